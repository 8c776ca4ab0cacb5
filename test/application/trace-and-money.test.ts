// What the decision trace says of every candidate, and what is owed, when things end otherwise than in a plain sale.
import t from 'tap';
import type { Bidder } from '../../src/domain/bidding/bidder.js';
import { settle } from '../../src/domain/money/ledger.js';
import type { CandidateTrace } from '../../src/domain/routing/decision-trace.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { servedCall } from '../support/served-call.js';

async function candidatesOf(fixture: CallFixture): Promise<Readonly<Record<string, CandidateTrace>>> {
  const { trace } = await fixture.stored();
  return Object.fromEntries(trace?.candidates.map((each) => [each.targetId, each]) ?? []);
}

const failedChecks = (candidate: CandidateTrace | undefined): readonly string[] =>
  candidate?.checks.filter((each) => !each.passed).map((each) => `${each.check}: ${each.values}`) ?? [];

t.test('the caller leaves while the best one rings: he has failed, and the others were not reached', async (t) => {
  const fixture = new CallFixture({ targets: [staticTarget('alpha', 30), staticTarget('beta', 20)] });
  fixture.telephony.scripts.set('alpha', { kind: 'hang' });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(3_000);
  caller.end();
  await done;
  const { alpha, beta } = await candidatesOf(fixture);
  t.match(alpha, { outcome: 'failed', rank: 1, amountMicros: 30_000_000 });
  t.same(failedChecks(alpha), ['dial: the caller was gone before the bridge']);
  t.match(beta, { outcome: 'not-reached', rank: 2, amountMicros: 20_000_000 });
  t.same(fixture.leftovers(), []);
});

t.test('prices under the minimum are kept in the trace, and those who named them could not compete', async (t) => {
  const fixture = new CallFixture({
    targets: [staticTarget('alpha', 30), staticTarget('cheap', 5), biddingTarget('beta'), biddingTarget('gamma')],
    campaign: { minimumBidMicros: 10_000_000 },
  });
  fixture.pings.set('bidder-beta', bidOf(9, 20));
  fixture.pings.set('bidder-gamma', bidOf(40, 40));
  await servedCall(fixture);
  const { alpha, cheap, beta, gamma } = await candidatesOf(fixture);
  t.match(gamma, { outcome: 'won', rank: 1 });
  t.match(alpha, { outcome: 'outbid', rank: 2 });
  t.match(cheap, { outcome: 'ineligible', rank: null, amountMicros: 5_000_000 });
  t.match(beta, { outcome: 'ineligible', rank: null, amountMicros: 9_000_000 });
  t.same(failedChecks(beta), ['minimum-bid: 9.00 USD against a minimum of 10.00 USD']);
  const passed = gamma?.checks.find((each) => each.check === 'minimum-bid');
  t.equal(passed?.values, '40.00 USD against a minimum of 10.00 USD');
});

t.test('a bidder who was still to answer when the caller left is not told to bid more', async (t) => {
  const fixture = new CallFixture({ targets: [biddingTarget('beta')] });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(200);
  caller.end();
  await done;
  const { beta } = await candidatesOf(fixture);
  t.match(
    beta?.checks.find((each) => each.check === 'ping'),
    { passed: false, needed: 'a caller who stays' },
  );
});

function twoPhase(id: string): Bidder {
  return {
    ...ANY_BIDDER,
    id: `bidder-${id}`,
    name: id,
    dialect: { ...ANY_BIDDER.dialect, post: ANY_BIDDER.dialect.ping },
  };
}

const POSTED = { kind: 'accepted', destination: null, billAfterMs: null, latencyMs: 5 } as const;

t.test('a post that names a price under the minimum takes no call', async (t) => {
  const fixture = new CallFixture({
    targets: [biddingTarget('beta'), staticTarget('alpha', 30)],
    bidders: [twoPhase('beta')],
    campaign: { minimumBidMicros: 10_000_000 },
  });
  fixture.pings.set('bidder-beta', bidOf(100, 20));
  fixture.posts.set('bidder-beta', { ...POSTED, amountMicros: 10_000 });
  await servedCall(fixture);
  const { alpha, beta } = await candidatesOf(fixture);
  t.equal(alpha?.outcome, 'won');
  t.equal(beta?.outcome, 'failed');
  t.same(failedChecks(beta), ['post: the post names 0.01 USD against a minimum of 10.00 USD']);
  t.equal((await fixture.stored()).call.priceMicros, 30_000_000);
});

t.test('the price of the post is what is billed, and what the trace says that the winner paid', async (t) => {
  const fixture = new CallFixture({ targets: [biddingTarget('beta')], bidders: [twoPhase('beta')] });
  fixture.pings.set('bidder-beta', bidOf(40, 20));
  fixture.posts.set('bidder-beta', { ...POSTED, amountMicros: 38_500_000 });
  await servedCall(fixture);
  t.equal((await fixture.stored()).call.priceMicros, 38_500_000);
  t.match(await candidatesOf(fixture), { beta: { outcome: 'won', amountMicros: 38_500_000 } });
  t.match((await fixture.stored()).trace?.summary, /won with 38\.50 USD/);
});

t.test('hold time runs from the answer to the bridge, or to the end of who was never bridged', async (t) => {
  for (const [end, holdMs] of [
    [4_000, 1_000],
    [700, 700],
  ] as const) {
    const fixture = new CallFixture();
    await servedCall(fixture, { afterMs: end });
    t.equal((await fixture.stored()).call.holdMs, holdMs);
  }
});

t.test('a fault of ours in the middle of a talk leaves no price that was never billed', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.stopRecording = () => Promise.reject(new Error('a bug'));
  caller.greet();
  await fixture.clock.advance(4_000);
  caller.end();
  await done;
  const { call: record, ledger } = await fixture.stored();
  t.match(record, { outcome: 'failed', priceMicros: 0, payoutMicros: 0 });
  t.same(ledger, []);
  t.match(fixture.alarms, [/internal fault: a bug/]);
});

t.test('nobody who did not talk is paid for, on either side', (t) => {
  const terms = { callId: 'c', currency: 'USD', buyerId: 'b', sourceId: 's', at: 0, talkMs: 0 };
  const free = { priceMicros: 30_000_000, billAfterMs: 0, unbilledFor: null, payoutAfterMs: 0 };
  const settled = settle({ ...terms, ...free, payout: { kind: 'fixed', amountMicros: 5_000_000 } });
  t.match(settled, { isBilled: false, priceMicros: 0, payoutMicros: 0, entries: [] });
  t.end();
});
