/** A bidder that lets its answers be used again: a caller who calls again is not asked for anew while the bid stands and is nobody's. */
import t from 'tap';
import { CallScope } from '../../src/application/calls/call-scope.js';
import { type Bid, KeptAnswers } from '../../src/application/sale/kept-answers.js';
import type { Bidder } from '../../src/domain/bidding/bidder.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';

const CALLER = '+13105550123';

function fixtureOf(reuseAnswers = true, lifetimeMs = 60_000): CallFixture {
  const bidder: Bidder = { ...ANY_BIDDER, id: 'bidder-live', name: 'Live', reuseAnswers };
  const targets = [staticTarget('house', 50), biddingTarget('live')];
  const fixture = new CallFixture({ targets, bidders: [bidder] });
  fixture.pings.set('bidder-live', bidOf(40, 30, { lifetimeMs }));
  return fixture;
}

/** Talks for a second to whoever takes the call. */
async function callFrom(fixture: CallFixture, callerUser = CALLER, isPrivate = false): Promise<void> {
  const { call, done } = fixture.invite({ callerUser, isPrivate });
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(2_000);
  (await call.answeredLeg.promise).end();
  await fixture.clock.advance(100);
  await done;
  t.same(fixture.leftovers(), []);
}

const dialled = (fixture: CallFixture): readonly (string | null)[] =>
  fixture.telephony.dialled.map(({ targetId }) => targetId);

/** So that the next call goes to the bidder. */
function closeHouse(fixture: CallFixture): void {
  fixture.telephony.scripts.set('house', { kind: 'fail', afterMs: 10, sipStatus: 486, cause: 'USER_BUSY' });
}

t.test('a bid that lost stands for the next call of the caller, which is marked as cached everywhere', async (t) => {
  const fixture = fixtureOf();
  await callFrom(fixture);
  t.same(dialled(fixture), ['house']);
  closeHouse(fixture);
  await callFrom(fixture);
  t.same(dialled(fixture), ['house', 'house', 'live']);
  t.equal(fixture.pingsSent.length, 1);
  const { trace, bids, timeline } = await fixture.stored();
  const asked = trace?.candidates
    .find(({ targetId }) => targetId === 'live')
    ?.checks.find(({ check }) => check === 'ping');
  t.match(asked, { passed: true, values: /bids 40\.00 USD, cached: asked 2\.\d s ago$/ });
  t.match(bids, [{ bidderId: 'bidder-live', outcome: 'bid', detail: 'cached', latencyMs: 0 }]);
  t.match(
    timeline.find(({ step }) => step === 'ping'),
    { text: /cached: asked 2\.\d s ago$/, data: { cached: true } },
  );
});

t.test('a bid that was dialled is not used again', async (t) => {
  const fixture = fixtureOf();
  closeHouse(fixture);
  await callFrom(fixture);
  await callFrom(fixture);
  t.same(dialled(fixture), ['house', 'live', 'house', 'live']);
  t.equal(fixture.pingsSent.length, 2);
  t.notMatch((await fixture.stored()).bids, [{ detail: 'cached' }]);
});

t.test('two calls of the caller at once never share a bid', async (t) => {
  const fixture = fixtureOf();
  const calls = [fixture.invite({ callerUser: CALLER }), fixture.invite({ callerUser: CALLER })];
  for (const { call } of calls) (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(2_000);
  t.equal(fixture.pingsSent.length, 2);
  for (const { call } of calls) (await call.answeredLeg.promise).end();
  await fixture.clock.advance(100);
  for (const { done } of calls) await done;
  t.same(fixture.leftovers(), []);
});

t.test(
  'it is asked anew: after the life of the bid, for another caller, for a hidden one, and when it did not say so',
  async (t) => {
    const expired = fixtureOf(true, 5_000);
    await callFrom(expired);
    await expired.clock.advance(3_500);
    await callFrom(expired);
    t.equal(expired.pingsSent.length, 2, 'expired');
    const other = fixtureOf();
    await callFrom(other);
    await callFrom(other, '+13105550199');
    t.equal(other.pingsSent.length, 2, 'another caller');
    const hidden = fixtureOf();
    for (let count = 0; count < 2; count += 1) await callFrom(hidden, CALLER, true);
    t.equal(hidden.pingsSent.length, 2, 'who hides his number may be anybody');
    const unknown = fixtureOf();
    for (let count = 0; count < 2; count += 1) await callFrom(unknown, 'Unavailable');
    t.equal(unknown.pingsSent.length, 2, 'what is no number may be anybody too');
    const silent = fixtureOf(false);
    await callFrom(silent);
    await callFrom(silent);
    t.equal(silent.pingsSent.length, 2, 'not opted in');
  },
);

t.test(
  'a part of the call is over, such as a queue: what it has asked before that part and dials now is not used again',
  async (t) => {
    const kept = new KeptAnswers(() => 0);
    const bidder: Bidder = { ...ANY_BIDDER, reuseAnswers: true };
    const tokens = { call_id: 'c1', caller_number: CALLER };
    const bid: Bid = {
      kind: 'bid',
      amountMicros: 40,
      destination: null,
      reference: null,
      billAfterMs: null,
      lifetimeMs: 60_000,
      latencyMs: 30,
    };
    const asking = { callId: 'c1', targetId: 'live', bidder, tokens, configurationVersion: 1 };
    const call = new CallScope((error) => t.fail(String(error)));
    const queue = call.fork();
    kept.keepAfter(call, asking, { bid, ageMs: 0 });
    kept.keepAfter(queue, { ...asking, tokens: { ...tokens, zip: '78701' } }, { bid, ageMs: 0 });
    await queue[Symbol.asyncDispose]();
    kept.spend(asking);
    await call[Symbol.asyncDispose]();
    t.equal(kept.take(asking), null);
  },
);
