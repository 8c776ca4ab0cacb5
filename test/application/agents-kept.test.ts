/** Who is rung of the agents, that each has one caller at a time, and what becomes of his call when the control app is killed. */
import t from 'tap';
import { PlanRecords } from '../../src/application/sale/plan-records.js';
import { AGENT, optionsOf, toldOfAgents as told, withAgent } from '../support/agent-fixture.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const FALLBACK = { fallback: [{ kind: 'message', promptId: 'apology' }] } as const;

t.test('nobody to talk to: each agent says why, and the fallback chain follows', async (t) => {
  const agents = [
    { ...AGENT, id: 'ann', pause: { reason: 'lunch', by: 'ops', at: null, until: null } },
    { ...AGENT, id: 'bob', name: 'Bob', isActive: false },
    { ...AGENT, id: 'cid', name: 'Cid', skills: [{ skill: 'spanish', level: 10 }] },
    { ...AGENT, id: 'dee', name: 'Dee' },
    { ...AGENT, id: 'eva', name: 'Eva', skills: [{ skill: 'spanish', level: 90 }] },
  ];
  const plan = {
    agentIds: agents.map(({ id }) => id),
    need: { tags: [], skill: 'spanish', minimumLevel: 1, widenAfterMs: null },
  };
  const fixture = new CallFixture(optionsOf(plan, { campaign: FALLBACK, document: { agents } }));
  fixture.telephony.scripts.set('fallback', { kind: 'fail', afterMs: 100, sipStatus: 480, cause: 'NO_USER_RESPONSE' });
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(1_000);
  await done;
  t.match(
    told(fixture).filter((text) => /^(not rung|INVITE)/.test(text)),
    [
      'not rung: Ann is away, paused by ops: lunch',
      'not rung: Bob is switched off',
      'not rung: Dee lacks the skill spanish',
      'INVITE to agent Eva',
      'INVITE to agent Cid',
    ],
  );
  t.match((await fixture.stored()).call, {
    outcome: 'message',
    release: { detail: 'no agent answered; message played' },
  });
  t.same(fixture.leftovers(), []);
});

t.test('an agent has one caller at a time', async (t) => {
  const { fixture, caller, done } = await withAgent(optionsOf({}, { campaign: FALLBACK }));
  const second = fixture.invite({ sipCallId: 'call-2@caller' });
  (await second.call.answeredLeg.promise).greet();
  await second.done;
  t.ok(told(fixture).includes('not rung: Ann talks to another caller'));
  caller.end();
  await done;
  await settled();
  t.same(fixture.leftovers(), []);
});

t.test(
  'the control app is killed while he talks to the agent: the next one gives the caller back to the same agent',
  async (t) => {
    const options = optionsOf();
    const { fixture: first } = await withAgent(options);
    const before = await killed(first);
    const next = nextProcess(first, 2_000, options);
    next.pings.set('bidder-beta', bidOf(50, 100));
    next.telephony.survivors.carry(before.caller, {
      bridgedTo: before.buyer.channelId,
      recordingPaths: [before.recordPath],
      bridgedAtMs: first.clock.wallMs(),
    });
    next.telephony.survivors.carry(before.buyer, { bridgedTo: before.caller.channelId });
    t.match(await adopt(first, next), { counts: { adopted: 1 } });
    t.equal(next.slots.used('agent:ann'), 1);
    const session = next.live.find(before.details.call.callId)?.desk.agent;
    session?.startAuction('key a');
    await next.clock.advance(200);
    t.match(session?.forward('beta', 'key a'), { kind: 'done' });
    await next.clock.advance(5_000);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call, recordings, ledger } = await next.stored();
    t.match(call, { outcome: 'sold', targetId: 'beta', talkMs: 4_000 });
    t.equal(recordings.length, 1, 'the recording goes on');
    t.equal(ledger.length, 2);
    t.same(next.leftovers(), []);
  },
);

t.test(
  'the control app is killed while the buyer rings: nothing is billed of what the agent said, and an agent is rung again',
  async (t) => {
    const options = optionsOf();
    const { fixture: first, session } = await withAgent(options);
    first.telephony.scripts.set('beta', { kind: 'hang' });
    session.startAuction('key a');
    await first.clock.advance(200);
    session.forward('beta', 'key a');
    await first.clock.advance(1_000);
    const before = await killed(first);
    const next = nextProcess(first, 2_000, options);
    next.telephony.survivors.carry(before.caller, {
      bridgedTo: null,
      application: 'loop_playback',
      recordingPaths: [before.recordPath],
      bridgedAtMs: first.clock.wallMs() - 3_000,
    });
    t.match(await adopt(first, next), { counts: { routed: 1 } });
    await next.clock.advance(2_000);
    t.match(next.live.list(), [{ state: 'bridged', bridgedAt: null, targetId: null }]);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    t.match((await next.stored()).call, { outcome: 'connected-unbilled', priceMicros: null });
    t.same((await next.stored()).ledger, []);
    t.same(next.leftovers(), []);
  },
);

t.test('several agents ring at once: one takes the call, the others are let go and free again', async (t) => {
  const agents = ['ann', 'bob', 'cid'].map((id) => ({ ...AGENT, id, name: id }));
  const plan = { agentIds: agents.map(({ id }) => id), order: 'simultaneous' } as const;
  const fixture = new CallFixture(optionsOf(plan, { document: { agents } }));
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(1_500);
  t.match(fixture.live.list(), [{ state: 'bridged' }]);
  t.equal(told(fixture).filter((text) => text.startsWith('INVITE')).length, 3);
  t.equal(told(fixture).filter((text) => /^agent \w+ is let go: \w+ took the call$/.test(text)).length, 2);
  const used = agents.map(({ id }) => fixture.slots.used(`agent:${id}`));
  t.equal(used.filter((each) => each === 1).length, 1, 'one slot is held');
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('whoever has been idle longest is rung first, also after a restart', async (t) => {
  const agents = ['ann', 'bob'].map((id) => ({ ...AGENT, id, name: id }));
  const options = optionsOf({ agentIds: ['ann', 'bob'], order: 'longest-idle' }, { document: { agents } });
  const { fixture, caller, done } = await withAgent(options);
  caller.end();
  await done;
  await settled();
  const again = fixture.invite({ sipCallId: 'call-2@caller', callerUser: '+13105550177' });
  const second = await again.call.answeredLeg.promise;
  second.greet();
  await fixture.clock.advance(2_000);
  t.same(
    told(fixture).filter((text) => text.startsWith('INVITE')),
    ['INVITE to agent ann', 'INVITE to agent bob'],
  );
  second.end();
  await again.done;
  const store = { saveTurn: async () => undefined };
  const turns = [{ groupKey: 'agents', memberKey: 'ann', turn: 5_000 }];
  const next = new PlanRecords(store, { alarm: () => undefined }, { turns, dials: [] });
  t.equal(next.agentTalkEndedAt('ann'), 5_000, 'as the turns of plans are kept');
  t.equal(next.lastTurn('agents', 'ann'), 0);
  t.same(fixture.leftovers(), []);
});
