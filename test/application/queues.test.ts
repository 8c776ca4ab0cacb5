// Callers who wait for the members of a queue: in the order in which they came, told where they stand, and not for ever.
import t from 'tap';
import type { FlowNode } from '../../src/domain/flows/flow.js';
import type { PlanGroup } from '../../src/domain/plans/plan.js';
import { group, planOf, tagIs } from '../domain/plan-samples.js';
import { staticTarget } from '../support/call-configuration.js';
import type { CallFixture } from '../support/call-fixture.js';
import { flowOf } from '../support/flow-samples.js';
import { fixtureWith } from '../support/flow-walk.js';
import type { ScriptedCallerLeg } from '../support/scripted-leg.js';

type QueueNode = Extract<FlowNode, { kind: 'queue' }>;

const TEAM = ['anna', 'ben'].map((id) => staticTarget(id, 0, { maxCalls: 1, ringTimeoutMs: 4_000 }));

function queueNode(changes: Partial<QueueNode> = {}): QueueNode {
  return {
    kind: 'queue',
    planId: 'main',
    maxWaitMs: 120_000,
    maxCallers: null,
    prompt: null,
    announceEveryMs: 30_000,
    onTimeout: 'bye',
    onFull: 'bye',
    onLeave: 'bye',
    leaveKey: null,
    ...changes,
  };
}

/** Nobody competes in an auction: whoever is rung is rung by the queue. */
function teamFixture(
  changes: Partial<QueueNode> = {},
  strategy: Parameters<typeof group>[1] = 'sequential',
  targets = TEAM,
): CallFixture {
  const plans = [planOf(group('team', strategy, ['anna', 'ben']))];
  return fixtureWith(flowOf({ team: queueNode(changes) }), {
    targets,
    campaign: { targetIds: [] },
    document: { plans },
  });
}

interface Caller {
  readonly leg: ScriptedCallerLeg;
  readonly done: Promise<void>;
}

async function callerOf(fixture: CallFixture, number: number): Promise<Caller> {
  const { call, done } = fixture.invite({ sipCallId: `call-${number}`, callerUser: `+1310555010${number}` });
  const leg = await call.answeredLeg.promise;
  leg.greet();
  await fixture.clock.advance(0);
  return { leg, done };
}

async function outcomes(fixture: CallFixture): Promise<readonly unknown[]> {
  const calls = [...(await fixture.calls.list({ limit: 10, before: null }))];
  const named = calls.map(({ callerNumber, outcome, targetId }) => [callerNumber.at(-1), outcome, targetId]);
  return named.sort(([left], [right]) => Number(left) - Number(right));
}

const rung = (fixture: CallFixture) => fixture.telephony.dialled.map(({ targetId }) => targetId);

t.test(
  'a free member is rung at once; when both talk, the next caller waits, and gets whoever is free first',
  async (t) => {
    const fixture = teamFixture();
    const callers = [await callerOf(fixture, 1)];
    await fixture.clock.advance(1_500);
    callers.push(await callerOf(fixture, 2));
    await fixture.clock.advance(1_500);
    callers.push(await callerOf(fixture, 3), await callerOf(fixture, 4));
    await fixture.clock.advance(10_000);
    t.same(rung(fixture), ['anna', 'ben'], 'nobody is rung who talks');
    callers[1]?.leg.end();
    await fixture.clock.advance(3_000);
    t.same(rung(fixture), ['anna', 'ben', 'ben'], 'the third caller has ben, the fourth waits on');
    callers[0]?.leg.end();
    await fixture.clock.advance(3_000);
    t.same(rung(fixture), ['anna', 'ben', 'ben', 'anna']);
    for (const { leg } of callers) leg.end();
    await fixture.clock.advance(1_000);
    await Promise.all(callers.map(({ done }) => done));
    t.same(await outcomes(fixture), [
      ['1', 'sold', 'anna'],
      ['2', 'sold', 'ben'],
      ['3', 'sold', 'ben'],
      ['4', 'sold', 'anna'],
    ]);
    t.same(fixture.leftovers(), []);
  },
);

t.test('a member who does not answer: the next one, then all again, until the wait is over', async (t) => {
  const fixture = teamFixture({ maxWaitMs: 20_000 });
  for (const { id } of TEAM) fixture.telephony.scripts.set(id, { kind: 'hang' });
  const { done } = await callerOf(fixture, 1);
  await fixture.clock.advance(40_000);
  await done;
  t.same(rung(fixture), ['anna', 'ben', 'anna', 'ben'], 'two rounds of 8 s each, 5 s between');
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye' } });
  t.ok(timeline.some(({ text }) => text === 'main, team: nobody was free within 20 s; on to bye'));
  t.same(fixture.leftovers(), []);
});

t.test('all members are rung at once: one takes the call, the other is let go', async (t) => {
  const fixture = teamFixture({}, 'simultaneous');
  fixture.telephony.scripts.set('anna', { kind: 'answer', afterMs: 2_000 });
  const { leg, done } = await callerOf(fixture, 1);
  await fixture.clock.advance(5_000);
  t.same([...rung(fixture)].sort(), ['anna', 'ben']);
  leg.end();
  await fixture.clock.advance(1_000);
  await done;
  t.same(await outcomes(fixture), [['1', 'sold', 'ben']]);
  t.same(fixture.leftovers(), []);
});

t.test('whoever has been idle longest is rung first', async (t) => {
  const fixture = teamFixture({}, 'longest-idle');
  for (let number = 1; number <= 3; number += 1) {
    const { leg, done } = await callerOf(fixture, number);
    await fixture.clock.advance(3_000);
    leg.end();
    await fixture.clock.advance(1_000);
    await done;
  }
  t.same(rung(fixture), ['anna', 'ben', 'anna']);
});

t.test('a caller hears where he stands when he comes, and again; one who leaves moves the others up', async (t) => {
  const prompt = { kind: 'text', text: 'You are number {{tag:queue.position}}.', voice: 'slt' } as const;
  const fixture = teamFixture({ prompt, announceEveryMs: 10_000 });
  const talkers = [await callerOf(fixture, 1)];
  await fixture.clock.advance(1_500);
  talkers.push(await callerOf(fixture, 2));
  await fixture.clock.advance(1_500);
  const waiting = [await callerOf(fixture, 3), await callerOf(fixture, 4)];
  await fixture.clock.advance(100);
  t.same(fixture.spokenTexts, ['You are number 1.', 'You are number 2.']);
  t.equal(fixture.telephony.log.at(-1), 'hold', 'and music again');
  waiting[0]?.leg.end();
  fixture.spokenTexts.length = 0;
  await fixture.clock.advance(10_000);
  t.same(fixture.spokenTexts, ['You are number 1.'], 'the second is the first now');
  for (const { leg } of [...talkers, ...waiting]) leg.end();
  await fixture.clock.advance(1_000);
  await Promise.all([...talkers, ...waiting].map(({ done }) => done));
  t.match((await outcomes(fixture)).slice(2), [
    ['3', 'abandoned', null],
    ['4', 'abandoned', null],
  ]);
  t.same(fixture.leftovers(), []);
});

t.test(
  'a queue that is full sends the caller on at once; a member whose hours or caps forbid is not rung',
  async (t) => {
    const closed = { timeZone: 'America/New_York', ranges: [{ weekday: 7, fromMinute: 0, toMinute: 1 }] } as const;
    const [anna, ben] = TEAM;
    if (anna === undefined || ben === undefined) throw new Error('there are two');
    const fixture = teamFixture({ maxCallers: 1 }, 'sequential', [{ ...anna, schedule: closed }, ben]);
    const first = await callerOf(fixture, 1);
    await fixture.clock.advance(2_000);
    const second = await callerOf(fixture, 2);
    const third = await callerOf(fixture, 3);
    await third.done;
    t.same(rung(fixture), ['ben']);
    for (const { leg } of [first, second]) leg.end();
    await fixture.clock.advance(1_000);
    await Promise.all([first.done, second.done]);
    t.same(await outcomes(fixture), [
      ['1', 'sold', 'ben'],
      ['2', 'abandoned', null],
      ['3', 'message', null],
    ]);
    t.same(fixture.leftovers(), []);
  },
);

const SPANIARD = '+13105550101';

t.test('who waits for a skill holds up nobody, and after a time anybody will do for him', async (t) => {
  const [anna, ben] = TEAM;
  if (anna === undefined || ben === undefined) throw new Error('there are two');
  const strategy = { kind: 'best-skilled', tags: ['ivr.language'], skill: null, minimumLevel: 1, widenAfterMs: 20_000 };
  const root = group('team', 'sequential', ['anna', 'ben'], { strategy: strategy as PlanGroup['strategy'] });
  const flow = flowOf({
    who: { kind: 'router', routes: [{ when: tagIs('caller.number', SPANIARD), next: 'tag' }], otherwise: 'team' },
    tag: { kind: 'set-tag', tag: 'language', value: 'spanish', next: 'team' },
    team: queueNode(),
  });
  const fixture = fixtureWith(flow, {
    targets: [{ ...anna, skills: [{ skill: 'spanish', level: 9 }] }, ben],
    campaign: { targetIds: [] },
    document: { plans: [planOf(root)] },
  });
  const callers = [await callerOf(fixture, 1)];
  await fixture.clock.advance(3_000);
  t.same(rung(fixture), ['anna'], 'the one who has the skill');
  callers.push(await callerOf(fixture, 1));
  await fixture.clock.advance(3_000);
  t.same(rung(fixture), ['anna'], 'the second who needs it waits');
  callers.push(await callerOf(fixture, 2));
  await fixture.clock.advance(3_000);
  t.same(rung(fixture), ['anna', 'ben'], 'who needs nothing is put through before him');
  callers[2]?.leg.end();
  await fixture.clock.advance(3_000);
  t.same(rung(fixture), ['anna', 'ben'], 'ben is free, and not asked');
  await fixture.clock.advance(15_000);
  t.same(rung(fixture), ['anna', 'ben', 'ben'], 'but he is when the caller has waited long enough');
  for (const { leg } of callers) leg.end();
  await fixture.clock.advance(1_000);
  await Promise.all(callers.map(({ done }) => done));
  t.same(fixture.leftovers(), []);
});
