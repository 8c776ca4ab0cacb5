// What publishers are bid before a call comes, and on what grounds they are bid nothing. On scripted ports and a virtual clock.
import t from 'tap';
import type { Cap } from '../../src/domain/routing/cap.js';
import type { Condition } from '../../src/domain/routing/condition.js';
import { biddingTarget, pingingSource, staticTarget } from '../support/call-configuration.js';
import { bidOf } from '../support/call-fixture.js';
import { CALLER, PingFixture } from '../support/ping-fixture.js';

t.test('the publisher is bid his share of the best offer, with our number, until it expires', async (t) => {
  const targets = [staticTarget('alpha', 20), biddingTarget('beta')];
  const fixture = new PingFixture({ targets }, pingingSource({ sipHost: 'sip.example.com' }));
  fixture.calls.pings.set('bidder-beta', bidOf(30, 80, { lifetimeMs: 120_000, billAfterMs: 45_000 }));
  const answering = fixture.bid();
  await fixture.calls.clock.advance(80);
  const { reservation, phoneNumber, sipAddress, isDuplicate, expiresInMs } = await answering;
  t.equal(reservation.bidMicros, 21_000_000);
  t.same([phoneNumber, sipAddress], ['+12025550100', '+12025550100@sip.example.com']);
  t.same([isDuplicate, expiresInMs], [false, 60_000]);
  t.equal(reservation.payoutAfterMs, 45_000, 'a share is due when the buyer pays');
  t.same(
    reservation.offers.map(({ targetId }) => targetId),
    ['beta'],
    'an offer under our bid would cost us money',
  );
  t.match(reservation.bids, [{ targetId: 'beta', outcome: 'bid' }]);
  t.same(fixture.results, ['bid']);
  t.same(fixture.calls.leftovers(), []);
});

t.test('our bid ends before the bid that it rests on, and the auction at the deadline of the campaign', async (t) => {
  const targets = [biddingTarget('beta'), biddingTarget('silent')];
  const fixture = new PingFixture({ targets, campaign: { auctionDeadlineMs: 500 } });
  fixture.calls.pings.set('bidder-beta', bidOf(30, 80, { lifetimeMs: 20_000 }));
  const answering = fixture.bid();
  await fixture.calls.clock.advance(500);
  const { expiresInMs } = await answering;
  t.equal(expiresInMs, 20_000 - 420 - 5_000, 'what the bid has left, less the way of the call');
  t.same(fixture.calls.leftovers(), []);
});

t.test('the same ping again gets the same answer, marked; other tags are another ping', async (t) => {
  const fixture = new PingFixture();
  const [first, twin] = await Promise.all([fixture.bid({ tags: { zip: '1' } }), fixture.bid({ tags: { zip: '1' } })]);
  t.equal(twin.reservation.reference, first.reservation.reference, 'also when both come at once');
  await fixture.calls.clock.advance(10_000);
  const again = await fixture.bid({ tags: { zip: '1' } });
  t.strictSame(again.reservation, first.reservation);
  t.same([again.isDuplicate, again.expiresInMs], [true, 50_000]);
  t.same(fixture.results, ['bid', 'duplicate', 'duplicate']);
  t.not((await fixture.bid({ tags: { zip: '2' } })).reservation.reference, first.reservation.reference);
  await fixture.calls.clock.advance(50_000);
  const anew = await fixture.bid({ tags: { zip: '1' } });
  t.not(anew.reservation.reference, first.reservation.reference, 'an expired bid is not told again');
});

t.test('what a ping says of the caller is a tag that conditions see', async (t) => {
  const near: Condition = {
    kind: 'tag',
    tag: 'ping.zip',
    operator: 'begins-with',
    values: ['733'],
    passesIfMissing: false,
  };
  const fixture = new PingFixture({
    targets: [staticTarget('near', 40, { condition: near }), staticTarget('far', 10)],
  });
  t.equal((await fixture.bid({ tags: { zip: '73301' } })).reservation.bidMicros, 28_000_000);
  t.equal((await fixture.bid({ tags: { zip: '10001' } })).reservation.bidMicros, 7_000_000);
});

t.test(
  'wrong numbers and tags that were not agreed are named in our own shape, and passed over in others',
  async (t) => {
    const fixture = new PingFixture();
    const tags = { zip: 'x'.repeat(121), age: '7' };
    const answer = await fixture.ping({ callerNumber: 'nobody', inboundNumber: '+12025550999', tags });
    t.match(answer, { kind: 'wrong' });
    const fields = answer.kind === 'wrong' ? answer.faults.map(({ field }) => field) : [];
    t.same(fields.sort(), ['callerNumber', 'inboundNumber', 'tags.age', 'tags.zip']);
    const lenient = await fixture.bid({ tags, isStrict: false });
    t.strictSame(lenient.reservation.tags, {});
    t.same(fixture.results, ['wrong', 'bid']);
  },
);

t.test('a ping without a caller needs the leave of the source and a number that nobody else waits for', async (t) => {
  const strict = new PingFixture();
  t.match(await strict.ping({ callerNumber: null }), { kind: 'no-bid', reason: 'caller-required' });
  const fixture = new PingFixture({}, pingingSource({ allowsUnknownCaller: true }));
  const { reservation } = await fixture.bid({ callerNumber: null });
  t.equal(reservation.signature, null);
  t.match(await fixture.ping({ callerNumber: null }), { kind: 'no-bid', reason: 'no-capacity' });
  await fixture.talk('+13105550123', 5_000);
  t.match((await fixture.calls.stored()).call, { outcome: 'sold', payoutMicros: 21_000_000 });
  t.match(await fixture.ping({ callerNumber: null }), { kind: 'bid' });
});

t.test('a key has so many pings a minute, and the next minute as many again', async (t) => {
  const fixture = new PingFixture();
  for (let count = 0; count < 5; count += 1) t.match(await fixture.ping(), { kind: 'bid' });
  t.match(await fixture.ping(), { kind: 'no-bid', reason: 'rate-limited' });
  t.match(await fixture.ping({}, { id: 'another' }), { kind: 'bid' });
  await fixture.calls.clock.advance(60_000);
  t.match(await fixture.ping(), { kind: 'bid' });
});

const FULL: Cap = { dimension: 'attempts', window: 'day', limit: 0, timeZone: 'UTC', kind: 'hard' };
const NEVER = { timeZone: 'UTC', ranges: [] };

for (const [why, options, source, reason] of [
  ['the campaign is paused', { campaign: { isActive: false } }, {}, 'disabled'],
  ['the source is paused', {}, { isActive: false }, 'disabled'],
  ['the source does not ping', {}, { pings: null }, 'disabled'],
  ['the campaign is closed', { campaign: { schedule: NEVER } }, {}, 'closed-or-capped'],
  ['a cap of the source is reached', {}, { caps: [FULL] }, 'closed-or-capped'],
  ['the caller is blocked', { campaign: { blockedCallers: ['+1512*'] } }, {}, 'caller-blocked'],
  ['the source may have no call at once', {}, { maxCalls: 0 }, 'no-capacity'],
  ['there is no buyer', { targets: [] }, {}, 'no-capacity'],
  [
    'the fixed payout is more than anybody offers',
    {},
    { payout: { kind: 'fixed', amountMicros: 31_000_000 } },
    'no-capacity',
  ],
  ['the source is paid nothing', {}, { payout: { kind: 'none' } }, 'no-capacity'],
] as const) {
  t.test(`no bid when ${why}`, async (t) => {
    const fixture = new PingFixture(options, pingingSource({}, source));
    t.strictSame(await fixture.ping(), { kind: 'no-bid', reason });
    t.same(fixture.results, [reason]);
  });
}

t.test('a node that takes no calls bids nothing', async (t) => {
  const fixture = new PingFixture();
  fixture.calls.live.stopIntake();
  t.strictSame(await fixture.ping({ callerNumber: CALLER }), { kind: 'no-bid', reason: 'unavailable' });
});

t.test('a publisher is bid nothing for a caller whom he would not be paid for again', async (t) => {
  const fixture = new PingFixture({ campaign: { payoutOnceDays: 30 } }, pingingSource({ isRequired: false }));
  await fixture.talk(CALLER, 5_000);
  t.match(await fixture.ping(), { kind: 'no-bid', reason: 'no-capacity' });
  t.match(await fixture.ping({ callerNumber: '+15125550199' }), { kind: 'bid' });
});
