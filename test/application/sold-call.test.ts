// Calls that somebody buys: the auction under the greeting, the bridge, the money. On scripted ports and a virtual clock.
import t from 'tap';
import { parseDestination } from '../../src/domain/trunks/destination.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';

t.test('a static buyer takes the call: answered, greeted, bridged, recorded, billed, nothing left over', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(1_000);
  t.notOk(fixture.telephony.log.includes('record start'), 'nothing is bridged while the greeting plays');
  caller.greet();
  await fixture.clock.advance(10_000);
  t.match(fixture.telephony.log, ['bridge, afterwards ending', 'record start']);
  fixture.telephony.buyers[0]?.end();
  await fixture.clock.advance(500);
  caller.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
  await done;
  const { call: record, ledger, trace, timeline, recordings } = await fixture.stored();
  t.equal(record.state, 'ended');
  t.equal(record.outcome, 'sold');
  t.equal(record.talkMs, 10_000, 'talk time runs from the bridge to the unbridge');
  t.match(record.release, { by: 'buyer', cause: 'NORMAL_CLEARING' });
  t.same(
    ledger.map((entry) => [entry.kind, entry.amountMicros]),
    [
      ['buyer-charge', 30_000_000],
      ['source-payout', 21_000_000],
    ],
  );
  t.equal(trace?.winnerTargetId, 'alpha');
  t.same(
    recordings.map((recording) => recording.state),
    ['ready'],
  );
  t.same(
    timeline
      .map((entry) => entry.step)
      .filter((step) => ['answered', 'bridged', 'ending', 'released', 'billed'].includes(step)),
    ['answered', 'bridged', 'ending', 'released', 'billed'],
  );
  t.same(fixture.leftovers(), []);
});

t.test('the highest bid wins over a static price and its loser rings next when it is busy', async (t) => {
  const fixture = new CallFixture({
    targets: [staticTarget('alpha', 30), biddingTarget('beta'), biddingTarget('gamma')],
  });
  fixture.pings.set('bidder-beta', bidOf(45, 80));
  fixture.pings.set('bidder-gamma', bidOf(40, 120));
  fixture.telephony.scripts.set('beta', { kind: 'fail', afterMs: 200, sipStatus: 486, cause: 'USER_BUSY' });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(5_000);
  t.same(
    fixture.telephony.dialled.map((request) => request.targetId),
    ['beta', 'gamma'],
  );
  caller.end();
  await done;
  const { call: record, trace, bids } = await fixture.stored();
  t.equal(record.buyerId, 'buyer-gamma');
  t.equal(record.priceMicros, 40_000_000);
  t.same(
    bids.map((bid) => [bid.bidderId, bid.amountMicros]),
    [
      ['bidder-beta', 45_000_000],
      ['bidder-gamma', 40_000_000],
    ],
  );
  const outcomes = Object.fromEntries(trace?.candidates.map((each) => [each.targetId, each.outcome]) ?? []);
  t.same(outcomes, { alpha: 'outbid', beta: 'failed', gamma: 'won' });
  const beta = trace?.candidates.find((each) => each.targetId === 'beta');
  t.match(
    beta?.checks.find((each) => each.check === 'dial'),
    { passed: false, values: /486 USER_BUSY/ },
  );
  t.same(fixture.leftovers(), []);
});

t.test('the auction closes as soon as no outstanding bidder can still win', async (t) => {
  const slow = { ...ANY_BIDDER, id: 'bidder-slow', name: 'slow', maximumBidMicros: 35_000_000 };
  const quick = { ...ANY_BIDDER, id: 'bidder-quick', name: 'quick' };
  const fixture = new CallFixture({ targets: [biddingTarget('slow'), biddingTarget('quick')], bidders: [slow, quick] });
  fixture.pings.set('bidder-quick', bidOf(40, 50));
  fixture.pings.set('bidder-slow', bidOf(35, 1_500));
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(60);
  t.equal(fixture.telephony.dialled[0]?.targetId, 'quick', 'it is dialled long before the slow one answers');
  caller.end();
  await done;
  const closed = fixture.steps.find((entry) => entry.step === 'auction-closed');
  t.equal(closed?.data.durationMs, 50);
  t.same(fixture.leftovers(), []);
});

t.test('a bid that has expired when its turn comes is passed over, and the trace says so', async (t) => {
  const fixture = new CallFixture({
    targets: [biddingTarget('beta'), biddingTarget('gamma')],
    campaign: { fallback: [] },
  });
  fixture.pings.set('bidder-beta', bidOf(45, 50));
  fixture.pings.set('bidder-gamma', bidOf(40, 50, { lifetimeMs: 5_000 }));
  fixture.telephony.scripts.set('beta', { kind: 'hang' });
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(26_000);
  await done;
  const { trace, call: record } = await fixture.stored();
  const gamma = trace?.candidates.find((each) => each.targetId === 'gamma');
  t.match(
    gamma?.checks.find((each) => each.check === 'bid-expiry'),
    { passed: false, needed: 'a bid that still stands' },
  );
  t.equal(record.outcome, 'failed');
  t.same(fixture.leftovers(), []);
});

t.test('the post goes to the winner only, and a failed post falls to the next best bid', async (t) => {
  const { ping } = ANY_BIDDER.dialect;
  const twoPhase = { ...ANY_BIDDER, dialect: { ...ANY_BIDDER.dialect, post: ping } };
  const bidders = ['beta', 'gamma'].map((id) => ({ ...twoPhase, id: `bidder-${id}`, name: id }));
  const fixture = new CallFixture({
    targets: [biddingTarget('beta', { destination: null }), biddingTarget('gamma', { destination: null })],
    bidders,
  });
  fixture.pings.set('bidder-beta', bidOf(45, 50));
  fixture.pings.set('bidder-gamma', bidOf(40, 50));
  fixture.posts.set('bidder-gamma', {
    kind: 'accepted',
    destination: { kind: 'sip', uri: 'sip:g@127.0.0.1' },
    amountMicros: null,
    billAfterMs: 5_000,
    latencyMs: 9,
  });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(4_000);
  caller.end();
  await done;
  t.same(
    fixture.telephony.dialled.map((request) => request.address),
    [{ kind: 'uri', uri: 'sip:g@127.0.0.1' }],
  );
  const { call: record, ledger } = await fixture.stored();
  t.equal(record.outcome, 'connected-unbilled', 'three seconds of talk are under the five that the post asked for');
  t.same(ledger, []);
  t.same(fixture.leftovers(), []);
});

t.test('ten parallel calls on a cap of one: one rings, nine go on without it', async (t) => {
  const fixture = new CallFixture({ targets: [staticTarget('alpha', 30, { maxCalls: 1 })] });
  const invited = Array.from({ length: 10 }, () => fixture.invite());
  const callers = await Promise.all(invited.map(({ call }) => call.answeredLeg.promise));
  await fixture.clock.advance(10);
  t.equal(fixture.telephony.dialled.length, 1);
  for (const caller of callers) caller.end();
  await Promise.all(invited.map(({ done }) => done));
  t.same(fixture.leftovers(), []);
});

t.test('a target dials the number of its bidder at a SIP address of its own', async (t) => {
  const destination = { kind: 'sip', uri: 'sip:[number]@pbx.example' } as const;
  const beta = { ...ANY_BIDDER, id: 'bidder-beta', name: 'beta' };
  const fixture = new CallFixture({ targets: [biddingTarget('beta', { destination })], bidders: [beta] });
  const number = parseDestination('+13035550199');
  fixture.pings.set('bidder-beta', bidOf(45, 80, { destination: number }));
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(2_000);
  t.match(fixture.telephony.dialled[0]?.address, { kind: 'uri', uri: 'sip:+13035550199@pbx.example' });
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});
