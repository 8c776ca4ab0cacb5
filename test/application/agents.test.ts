/** Calls that go through an agent, on the scripted engine: he asks the bidders and forwards, cold or warm, by hand or automatically. */
import t from 'tap';
import { optionsOf, toldOfAgents as told, withAgent } from '../support/agent-fixture.js';
import type { CallFixture } from '../support/call-fixture.js';

const media = ({ telephony }: CallFixture) => telephony.log.filter((line) => !line.startsWith('dtmf'));
const REFUSED = (sentence: string | RegExp) => ({ kind: 'refused', sentence });

t.test(
  'by hand and cold: bids arrive, the agent chooses the second best, drops, and the talk with the buyer is billed',
  async (t) => {
    const { fixture, caller, agent, session, done } = await withAgent();
    t.match(fixture.live.list(), [{ state: 'bridged', bridgedAt: null }]);
    t.match(session.forward(null, 'key a'), REFUSED('no auction has been held: start one first'));
    t.match(session.enter({ zip: '78701', service: 'roof' }, 'key a'), { kind: 'done' });
    t.match(session.startAuction('key a'), { kind: 'done' });
    t.match(session.startAuction('key a'), REFUSED('an auction runs already'));
    t.match(session.forward(null, 'key a'), REFUSED('the auction still runs'));
    await fixture.clock.advance(200);
    t.match(session.view, {
      auction: 'closed',
      tags: { zip: '78701', service: 'roof' },
      offers: [
        { targetId: 'beta', amountMicros: 50_000_000 },
        { targetId: 'alpha', amountMicros: 20_000_000, standsForMs: null },
      ],
    });
    await fixture.clock.advance(3_000);
    t.match(session.forward('nobody', 'key a'), REFUSED('nobody has no bid in this auction'));
    t.match(session.forward('alpha', 'key a'), { kind: 'done' });
    t.match(session.forward('alpha', 'key a'), REFUSED('the call is being forwarded'));
    await fixture.clock.advance(1_500);
    t.equal(agent.hasEnded, true, 'he drops as the buyer is there');
    t.match(session.view.state, 'handed-over');
    t.equal(fixture.slots.used('agent:ann'), 0, 'and may take the next caller');
    await fixture.clock.advance(10_000);
    caller.end();
    await done;
    t.same(media(fixture), [
      'bridge, afterwards hold',
      'record start',
      'part',
      'bridge, afterwards ending',
      'record stop',
    ]);
    const { call, ledger, recordings, trace } = await fixture.stored();
    t.match(call, { outcome: 'sold', targetId: 'alpha', priceMicros: 20_000_000, talkMs: 10_500 });
    t.equal(ledger.length, 2);
    t.equal(recordings.length, 1, 'one recording of all parts');
    t.equal(trace?.winnerTargetId, 'alpha');
    t.match(told(fixture), [
      'INVITE to agent Ann',
      'agent Ann rings',
      'agent Ann answers after 1000 ms',
      'the caller talks to agent Ann',
      'Ann has entered zip, service',
      'Ann starts an auction',
      'Ann forwards to alpha at 20.00 USD, cold',
      'agent Ann drops',
    ]);
    t.same(fixture.leftovers(), []);
  },
);

t.test('a bid is judged at the click: one that has expired is refused, the next auction brings it again', async (t) => {
  const { fixture, caller, session, done } = await withAgent();
  session.startAuction('key a');
  await fixture.clock.advance(200);
  await fixture.clock.advance(6_000);
  t.match(session.forward('beta', 'key a'), REFUSED(/^the bid of beta expired 1\.\d s ago: start the auction again$/));
  t.match(session.view.offers[0], { targetId: 'beta', standsForMs: 0 });
  session.startAuction('key a');
  await fixture.clock.advance(200);
  t.match(session.forward(null, 'key a'), { kind: 'done' }, 'the best that stands');
  await fixture.clock.advance(1_500);
  t.match(fixture.live.list(), [{ state: 'bridged', targetId: 'beta' }]);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('warm: the agent stays as a third voice until he hangs up, and the buyer talks on', async (t) => {
  const { fixture, caller, agent, session, done } = await withAgent(optionsOf({ handover: 'warm' }));
  session.startAuction('key a');
  await fixture.clock.advance(200);
  session.forward('beta', 'key a');
  await fixture.clock.advance(1_500);
  t.ok(media(fixture).includes('attach join'));
  t.equal(agent.hasEnded, false);
  t.match(await session.leave('key a'), { kind: 'done' });
  t.match(await session.leave('key a'), REFUSED('the agent has left already'));
  await fixture.clock.advance(5_000);
  t.match(fixture.live.list(), [{ state: 'bridged', targetId: 'beta' }]);
  caller.end();
  await done;
  t.match((await fixture.stored()).call, { outcome: 'sold', targetId: 'beta' });
  t.same(fixture.leftovers(), []);
});

t.test(
  'automatic: the best bid is rung as the auction closes, and the next best when it does not answer',
  async (t) => {
    const { fixture, caller, session, done } = await withAgent(optionsOf({ forwarding: 'automatic' }));
    fixture.telephony.scripts.set('beta', { kind: 'fail', afterMs: 100, sipStatus: 486, cause: 'USER_BUSY' });
    session.startAuction('key a');
    await fixture.clock.advance(2_000);
    t.match(fixture.live.list(), [{ state: 'bridged', targetId: 'alpha' }]);
    caller.end();
    await done;
    t.ok(told(fixture).includes('Ann forwards to beta at 50.00 USD, cold'));
    t.same(fixture.leftovers(), []);
  },
);

t.test('the buyer refuses: the caller is back with the agent, who forwards to another', async (t) => {
  const { fixture, caller, session, done } = await withAgent();
  fixture.telephony.scripts.set('beta', { kind: 'fail', afterMs: 100, sipStatus: 603, cause: 'CALL_REJECTED' });
  session.startAuction('key a');
  await fixture.clock.advance(200);
  session.forward('beta', 'key a');
  await fixture.clock.advance(500);
  t.match(session.view.state, 'talking');
  t.match(told(fixture).at(-1), 'the caller talks to agent Ann');
  t.ok(told(fixture).includes('back with agent Ann: none of 1 offers took the call'));
  session.forward('alpha', 'key a');
  await fixture.clock.advance(1_500);
  caller.end();
  await done;
  t.match((await fixture.stored()).call, { outcome: 'sold', targetId: 'alpha' });
  t.equal((await fixture.stored()).recordings.length, 1);
  t.same(fixture.leftovers(), []);
});

const FALLBACK = { fallback: [{ kind: 'message', promptId: 'apology' }] } as const;

t.test('the agent hangs up without forwarding: the fallback chain, and nothing is owed', async (t) => {
  const { fixture, agent, done } = await withAgent(optionsOf({}, { campaign: FALLBACK }));
  agent.end();
  await done;
  const { call, ledger } = await fixture.stored();
  t.match(call, { outcome: 'message', priceMicros: null, release: { detail: 'agent Ann hung up; message played' } });
  t.same(ledger, []);
  t.same(fixture.leftovers(), []);
});

t.test('the agent hangs up while the buyer rings, and the buyer does not come: the fallback chain', async (t) => {
  const { fixture, agent, session, done } = await withAgent(optionsOf({}, { campaign: FALLBACK }));
  fixture.telephony.scripts.set('beta', { kind: 'fail', afterMs: 3_000, sipStatus: 486, cause: 'USER_BUSY' });
  session.startAuction('key a');
  await fixture.clock.advance(200);
  session.forward('beta', 'key a');
  await fixture.clock.advance(1_000);
  agent.end();
  await fixture.clock.advance(3_000);
  await done;
  t.match((await fixture.stored()).call, { outcome: 'message' });
  t.same(fixture.leftovers(), []);
});

t.test('the agent hangs up while the buyer rings, and the buyer comes: they talk', async (t) => {
  const { fixture, caller, agent, session, done } = await withAgent();
  session.startAuction('key a');
  await fixture.clock.advance(200);
  session.forward('beta', 'key a');
  await fixture.clock.advance(500);
  agent.end();
  await fixture.clock.advance(2_000);
  t.match(fixture.live.list(), [{ state: 'bridged', targetId: 'beta' }]);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('the caller hangs up while he talks to the agent, and while the buyer rings', async (t) => {
  for (const isForwarded of [false, true]) {
    const { fixture, caller, session, done } = await withAgent();
    session.startAuction('key a');
    await fixture.clock.advance(200);
    if (isForwarded) session.forward('beta', 'key a');
    await fixture.clock.advance(300);
    caller.end();
    await done;
    t.match((await fixture.stored()).call, {
      outcome: 'connected-unbilled',
      talkMs: 0,
      priceMicros: null,
      release: { by: 'caller', detail: 'talked to agent Ann; the caller left' },
    });
    t.match(session.startAuction('key a'), REFUSED('the agent has no caller any more'));
    t.same(fixture.leftovers(), []);
  }
});
