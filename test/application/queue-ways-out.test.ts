/** How callers leave queues: by a key, when their time is over, through the fallback chain; and queues of agents. */
import t from 'tap';
import type { FallbackStep } from '../../src/domain/campaigns/campaign.js';
import type { FlowNode } from '../../src/domain/flows/flow.js';
import type { ChainedQueue } from '../../src/domain/routing/queue.js';
import { group, planOf } from '../domain/plan-samples.js';
import { AGENT, optionsOf, toldOfAgents, withAgent } from '../support/agent-fixture.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { flowOf } from '../support/flow-samples.js';
import { fixtureWith, greeted, press } from '../support/flow-walk.js';
import { settled } from '../support/virtual-clock.js';

const DESK = staticTarget('desk', 0, { maxCalls: 1, ringTimeoutMs: 8_000 });
const TEAM = planOf(group('team', 'sequential', ['desk']), 'team');

const QUEUE: ChainedQueue = {
  ...{ maxWaitMs: 60_000, maxCallers: null, prompt: null, announceEveryMs: 10_000, leaveKey: '9', leaveTo: 'next' },
};

const VOICEMAIL: FallbackStep = { kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 };
const MESSAGE: FallbackStep = { kind: 'message', promptId: 'apology' };

const stepsOf = (fixture: CallFixture): readonly string[] =>
  fixture.steps.filter(({ step }) => step === 'fallback').map(({ text }) => text);

function queueFlow(changes: Partial<Extract<FlowNode, { kind: 'queue' }>> = {}) {
  return flowOf({
    team: { kind: 'queue', planId: 'team', onTimeout: 'bye', onFull: 'bye', onLeave: 'mail', ...QUEUE, ...changes },
    mail: { kind: 'voicemail', prompt: null, limitMs: 60_000 },
  });
}

function inFlow(changes: Partial<Extract<FlowNode, { kind: 'queue' }>> = {}): CallFixture {
  const fixture = fixtureWith(queueFlow(changes), {
    ...{ targets: [DESK], campaign: { targetIds: [] }, document: { plans: [TEAM] } },
  });
  fixture.telephony.scripts.set('desk', { kind: 'hang' });
  return fixture;
}

t.test('a caller presses the key while a member rings: the member is let go, and he leaves a voicemail', async (t) => {
  const fixture = inFlow();
  const { caller, done } = await greeted(fixture);
  await fixture.clock.advance(1_000);
  t.equal(fixture.telephony.dialled.length, 1);
  await press(fixture, caller, '3');
  t.equal(fixture.slots.used('target:desk'), 1, 'another key means nothing');
  await press(fixture, caller, '9');
  t.equal(fixture.slots.used('target:desk'), 0);
  t.equal(fixture.telephony.log.at(-1), 'voicemail 60000');
  caller.end();
  await done;
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'voicemail', flow: { nodeId: 'mail' } });
  t.ok(timeline.some(({ text }) => text === 'main, team: the caller leaves the queue by his key; on to mail'));
  t.same(fixture.leftovers(), []);
});

t.test(
  'the key counts between two rings and over the announcement; one that was pressed before means nothing',
  async (t) => {
    for (const atMs of [9_000, 100]) {
      const prompt = atMs === 100 ? ({ kind: 'prompt', promptId: 'question' } as const) : null;
      const fixture = inFlow({ prompt });
      const { call, done } = fixture.invite();
      const caller = await call.answeredLeg.promise;
      caller.press('9');
      caller.playsLast = prompt !== null;
      caller.greet();
      await fixture.clock.advance(atMs);
      t.equal(caller.hasEnded, false);
      t.notOk(fixture.telephony.log.includes('voicemail 60000'));
      await press(fixture, caller, '9');
      t.equal(fixture.telephony.log.at(-1), 'voicemail 60000');
      caller.end();
      await done;
      t.same(fixture.leftovers(), []);
    }
  },
);

t.test('once he talks to a member the key is his own again', async (t) => {
  const fixture = inFlow();
  fixture.telephony.scripts.delete('desk');
  const { caller, done } = await greeted(fixture);
  await fixture.clock.advance(3_000);
  t.match(fixture.live.list(), [{ state: 'bridged' }]);
  await press(fixture, caller, '9');
  t.match(fixture.live.list(), [{ state: 'bridged' }]);
  caller.end();
  await done;
  t.match((await fixture.stored()).call, { outcome: 'sold', targetId: 'desk' });
  t.same(fixture.leftovers(), []);
});

/** Nobody buys: the chain follows at once. */
function inChain(fallback: readonly FallbackStep[]): CallFixture {
  return new CallFixture({
    targets: [staticTarget('buyer', 20), DESK],
    campaign: { fallback, targetIds: ['buyer'] },
    document: { plans: [TEAM] },
  });
}

const inQueue = (changes: Partial<ChainedQueue> = {}): FallbackStep => ({
  ...{ kind: 'queue', planId: 'team', ...QUEUE, ...changes },
});

async function unsold(fixture: CallFixture) {
  fixture.telephony.scripts.set('buyer', { kind: 'fail', afterMs: 100, sipStatus: 486, cause: 'USER_BUSY' });
  const walk = await greeted(fixture);
  await fixture.clock.advance(500);
  return walk;
}

t.test('a queue of the fallback chain: the caller waits for the team, talks to it, and that is the sale', async (t) => {
  const fixture = inChain([inQueue(), MESSAGE]);
  const release = await fixture.slots.reserve([{ key: 'target:desk', limit: 1 }], 'another call');
  const { caller, done } = await unsold(fixture);
  await fixture.clock.advance(10_000);
  t.same(stepsOf(fixture), ['fallback: queue', 'waits in the queue as number 1']);
  t.equal(fixture.telephony.dialled.length, 1, 'nobody is rung who talks');
  if (release.kind === 'reserved') await release.release();
  await fixture.clock.advance(3_000);
  t.match(fixture.live.list(), [{ state: 'bridged', targetId: 'desk' }]);
  caller.end();
  await done;
  const { call, trace } = await fixture.stored();
  t.match(call, { outcome: 'sold', targetId: 'desk', planId: 'team' });
  t.equal(trace?.winnerTargetId, 'desk');
  t.same(fixture.leftovers(), []);
});

t.test('nobody of the team comes in time: the next step, and the way is told', async (t) => {
  const fixture = inChain([inQueue({ maxWaitMs: 20_000 }), MESSAGE]);
  fixture.telephony.scripts.set('desk', { kind: 'hang' });
  const { done } = await unsold(fixture);
  await fixture.clock.advance(40_000);
  await done;
  t.match((await fixture.stored()).call, { outcome: 'message' });
  const told = stepsOf(fixture);
  t.same([told.at(-2), told.at(-1)], ['nobody was free within 20 s', 'fallback: message']);
  t.same(fixture.leftovers(), []);
});

t.test('his key leads to the next step of the chain, or past it to the voicemail', async (t) => {
  for (const [leaveTo, outcome] of [
    ['next', 'message'],
    ['voicemail', 'voicemail'],
  ] as const) {
    const fixture = inChain([inQueue({ leaveTo }), MESSAGE, VOICEMAIL]);
    fixture.telephony.scripts.set('desk', { kind: 'hang' });
    const { caller, done } = await unsold(fixture);
    await press(fixture, caller, '9');
    caller.end();
    await done;
    t.match((await fixture.stored()).call, { outcome });
    t.ok(stepsOf(fixture).includes('the caller leaves the queue by his key'));
    t.same(fixture.leftovers(), []);
  }
});

const waiting = (changes: Partial<ChainedQueue> = {}) =>
  optionsOf({ queue: { ...QUEUE, ...changes } }, { campaign: { fallback: [MESSAGE, VOICEMAIL] } });

t.test('every agent talks: the caller waits, and has the first who is free', async (t) => {
  const { fixture, caller, done } = await withAgent(waiting());
  const second = fixture.invite({ sipCallId: 'call-2@caller', callerUser: '+13105550177' });
  const waiter = await second.call.answeredLeg.promise;
  waiter.greet();
  await fixture.clock.advance(5_000);
  t.ok(toldOfAgents(fixture).includes('waits in the queue as number 1'));
  t.equal(fixture.telephony.dialled.length, 1);
  caller.end();
  await done;
  await fixture.clock.advance(3_000);
  t.match(fixture.live.list(), [{ state: 'bridged', callerNumber: '+13105550177' }]);
  waiter.end();
  await second.done;
  await settled();
  t.same(fixture.leftovers(), []);
});

t.test('no agent comes in time: the fallback chain; his key leads to the voicemail of it', async (t) => {
  for (const [leaveTo, keys, outcome] of [
    ['next', '', 'message'],
    ['voicemail', '9', 'voicemail'],
  ] as const) {
    const fixture = new CallFixture(waiting({ leaveTo }));
    fixture.telephony.scripts.set('fallback', { kind: 'hang' });
    const { caller, done } = await greeted(fixture);
    await fixture.clock.advance(2_000);
    await press(fixture, caller, keys);
    await fixture.clock.advance(70_000);
    if (keys !== '') caller.end();
    await done;
    t.match((await fixture.stored()).call, { outcome });
    t.equal(fixture.slots.used('agent:ann'), 0);
    t.same(fixture.leftovers(), []);
  }
});

t.test('who waits for a language has an agent without it once he has waited long enough', async (t) => {
  const need = { tags: [], skill: 'spanish', minimumLevel: 1, widenAfterMs: 15_000 };
  const options = optionsOf({ need, queue: QUEUE }, { document: { agents: [{ ...AGENT, id: 'ann' }] } });
  const fixture = new CallFixture(options);
  const { caller, done } = await greeted(fixture);
  await fixture.clock.advance(14_000);
  t.equal(fixture.telephony.dialled.length, 0);
  await fixture.clock.advance(4_000);
  t.match(fixture.live.list(), [{ state: 'bridged' }]);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test(
  'on plain hold he hears now and then that he is not forgotten, and nothing of it once he is joined',
  async (t) => {
    const fixture = new CallFixture({
      targets: [staticTarget('buyer', 20, { ringTimeoutMs: 40_000 })],
      campaign: { holdPrompt: { promptId: 'apology', everyMs: 10_000 } },
    });
    fixture.telephony.scripts.set('buyer', { kind: 'answer', afterMs: 25_000 });
    const { caller, done } = await greeted(fixture);
    caller.playsLast = true;
    const prompts = () => fixture.telephony.log.filter((line) => line.startsWith('play '));
    await fixture.clock.advance(11_000);
    t.equal(prompts().length, 1);
    t.same(caller.silences, [0], 'and music again behind it');
    caller.finishPlay();
    await fixture.clock.advance(11_000);
    t.equal(prompts().length, 2);
    await fixture.clock.advance(8_000);
    t.notMatch(fixture.live.list(), [{ state: 'bridged' }], 'who answers meanwhile waits for the end of it');
    caller.finishPlay();
    await fixture.clock.advance(30_000);
    t.match(fixture.live.list(), [{ state: 'bridged' }]);
    t.equal(prompts().length, 2);
    caller.end();
    await done;
    t.same(fixture.leftovers(), []);
  },
);
