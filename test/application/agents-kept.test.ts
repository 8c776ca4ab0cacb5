/** Who is rung of the agents, that each has one caller at a time, and what becomes of his call when the control app is killed. */
import t from 'tap';
import { AGENT, optionsOf, toldOfAgents as told, withAgent } from '../support/agent-fixture.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const FALLBACK = { fallback: [{ kind: 'message', promptId: 'apology' }] } as const;

t.test('nobody to talk to: each agent says why, and the fallback chain follows', async (t) => {
  const agents = [
    { ...AGENT, id: 'ann', isAway: true, awayReason: 'lunch' },
    { ...AGENT, id: 'bob', name: 'Bob', isActive: false },
    { ...AGENT, id: 'cid', name: 'Cid', skills: [{ skill: 'spanish', level: 10 }] },
    { ...AGENT, id: 'dee', name: 'Dee' },
    { ...AGENT, id: 'eva', name: 'Eva', skills: [{ skill: 'spanish', level: 90 }] },
  ];
  const plan = { agentIds: agents.map(({ id }) => id), skill: 'spanish' };
  const fixture = new CallFixture(optionsOf(plan, { campaign: FALLBACK, document: { agents } }));
  fixture.telephony.scripts.set('fallback', { kind: 'fail', afterMs: 100, sipStatus: 480, cause: 'NO_USER_RESPONSE' });
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(1_000);
  await done;
  t.match(
    told(fixture).filter((text) => /^(not rung|INVITE)/.test(text)),
    [
      'not rung: Ann is away: lunch',
      'not rung: Bob is paused',
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
