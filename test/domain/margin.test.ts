// Auctions that rank by expected margin, against plain arithmetic.
import fc from 'fast-check';
import t from 'tap';
import { Auction } from '../../src/domain/bidding/auction.js';
import { type CallTerms, Margins } from '../../src/domain/bidding/margin.js';
import type { MarginRule } from '../../src/domain/bidding/margin-rule.js';
import type { Payout } from '../../src/domain/campaigns/source.js';
import type { Experience } from '../../src/domain/plans/plan-memory.js';
import { RoutingField } from '../../src/domain/routing/routing-field.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { fieldOf } from '../support/call-fixture.js';
import { idsOf, seeded, turnsOnly, walked } from '../support/walked-plan.js';
import { group, planOf } from './plan-samples.js';

const RUNS = Number(process.env.PLAN_RUNS ?? 300);
const STATIC = ['s0', 's1', 's2', 's3'];
const LIVE = ['b0', 'b1', 'b2', 'b3'];
const UNKNOWN: Experience = { dials: 0, connected: 0, converted: 0, talkMs: 0 };
const RULE: MarginRule = { lastCalls: 100, minimumCalls: 0, within: null, factors: {}, targets: {} };
const NEUTRAL = { answerPercent: 100, convertPercent: 100, payoutMicros: 0, costPerMinuteMicros: 0 };

const anyExperience: fc.Arbitrary<Experience> = fc
  .tuple(fc.nat(50), fc.nat(50), fc.nat(50), fc.nat(600_000))
  .map(([missed, unbilled, converted, ms]) => {
    const connected = unbilled + converted;
    return { dials: missed + connected, connected, converted, talkMs: connected * ms };
  });
const anyPayout: fc.Arbitrary<Payout> = fc.oneof(
  fc.constant({ kind: 'none' } as const),
  fc.nat(30_000_000).map((amountMicros) => ({ kind: 'fixed', amountMicros }) as const),
  fc.nat(10_000).map((basisPoints) => ({ kind: 'share', basisPoints }) as const),
);
const anyMarket = fc.record({
  prices: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 4, maxLength: 4 }),
  bids: fc.array(fc.option(fc.integer({ min: 0, max: 6 })), { minLength: 4, maxLength: 4 }),
  maxima: fc.array(fc.option(fc.integer({ min: 6, max: 9 })), { minLength: 4, maxLength: 4 }),
  priorities: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 8, maxLength: 8 }),
  experiences: fc.array(anyExperience, { minLength: 8, maxLength: 8 }),
  payout: anyPayout,
  costPerMinuteMicros: fc.nat(200_000),
  seed: fc.nat(),
});
type Market = typeof anyMarket extends fc.Arbitrary<infer Drawn> ? Drawn : never;

function marketOf({ prices, priorities, maxima, experiences, payout, costPerMinuteMicros }: Market, rule: MarginRule) {
  const targets = [
    ...STATIC.map((id, at) => staticTarget(id, prices[at] ?? 0, { priority: priorities[at] ?? 1 })),
    ...LIVE.map((id, at) => biddingTarget(id, { priority: priorities[at + 4] ?? 1 })),
  ];
  const bidders = LIVE.map((id, at) => {
    const maximum = maxima[at] ?? null;
    return { ...ANY_BIDDER, id: `bidder-${id}`, maximumBidMicros: maximum === null ? null : maximum * 1_000_000 };
  });
  const plain = fieldOf(targets, {}, {}, { bidders });
  const terms: CallTerms = { payout, inboundCostPerMinuteMicros: costPerMinuteMicros };
  const ids = [...STATIC, ...LIVE];
  const experienceOf = ({ targetId }: { readonly targetId: string }) => experiences[ids.indexOf(targetId)] ?? UNKNOWN;
  const margins = new Margins(rule, plain.plan.planned, 'campaign', { memory: { experienceOf }, sourceId: 's', terms });
  return { plain, margins, ranked: new RoutingField(plain.plan, plain.moment, undefined, margins) };
}

function auctionOf(field: RoutingField, { bids, seed }: Market, until = bids.length): Auction {
  const auction = new Auction(field, seeded(seed));
  for (const planned of field.bidding()) auction.awaitBid(planned);
  for (const [at, id] of LIVE.slice(0, until).entries()) enter(auction, field, id, bids[at] ?? null);
  return auction;
}

function enter(auction: Auction, field: RoutingField, id: string, units: number | null): void {
  const planned = field.plan.byTargetId.get(id);
  if (planned === undefined) throw new Error('the field has it');
  const terms = { destination: null, reference: null, billAfterMs: null, lifetimeMs: 60_000, latencyMs: 1 };
  const none = { kind: 'no-bid', reason: 'refused', detail: '', latencyMs: 1 } as const;
  auction.enterBid(planned, units === null ? none : { kind: 'bid', amountMicros: units * 1_000_000, ...terms }, 0);
}

t.test('the margin never falls when the price rises, whatever the factors, the payout and the costs', (t) => {
  const anyAmount = fc.integer({ min: 0, max: 1_000_000_000 });
  fc.assert(
    fc.property(anyMarket, anyAmount, anyAmount, (market, one, other) => {
      const { margins, plain } = marketOf(market, RULE);
      const [less, more] = one < other ? [one, other] : [other, one];
      return plain.plan.planned.every((each) => margins.valueOf(each, less) <= margins.valueOf(each, more));
    }),
    { numRuns: RUNS },
  );
  t.pass('no counterexample');
  t.end();
});

t.test('with factors of 1 and without costs the ranking is that of the plain prices', (t) => {
  fc.assert(
    fc.property(anyMarket, (market) => {
      const { plain, ranked } = marketOf(market, { ...RULE, factors: NEUTRAL });
      const places = (field: RoutingField) =>
        auctionOf(field, market)
          .ranking()
          .map(({ target, amountMicros }) => [amountMicros, target.priority]);
      t.same(places(ranked), places(plain));
    }),
    { numRuns: RUNS },
  );
  t.end();
});

t.test('offers come by margin, then price, then priority, the same again with the same draws', (t) => {
  fc.assert(
    fc.property(anyMarket, (market) => {
      const { margins, ranked } = marketOf(market, RULE);
      const ranking = auctionOf(ranked, market).ranking();
      const keys = ranking.map(({ planned, target, amountMicros }) => {
        return [-margins.valueOf(planned, amountMicros), -amountMicros, target.priority] as const;
      });
      const sorted = [...keys].sort((left, right) => {
        return left[0] - right[0] || left[1] - right[1] || left[2] - right[2];
      });
      t.same(keys, sorted);
      t.equal(ranking.length, 4 + market.bids.filter((bid) => bid !== null).length);
      const again = auctionOf(ranked, market).ranking();
      t.same(
        again.map(({ target }) => target.id),
        ranking.map(({ target }) => target.id),
      );
      const one = auctionOf(ranked, market);
      t.equal(one.offerAt(0)?.target.id, ranking[0]?.target.id, 'asked for alone it is the same');
    }),
    { numRuns: RUNS },
  );
  t.end();
});

t.test('an auction that is decided early has the winner that it would have had at its end', (t) => {
  fc.assert(
    fc.property(anyMarket, fc.integer({ min: 0, max: 3 }), (market, until) => {
      const { ranked } = marketOf(market, RULE);
      const auction = auctionOf(ranked, market, until);
      if (!auction.isDecided()) return;
      const late = new Map<string, number>();
      for (const id of auction.outstandingTargetIds()) late.set(id, market.bids[LIVE.indexOf(id)] ?? 0);
      const early = auction.offerAt(0);
      const whole = auctionOf(ranked, market, until);
      for (const [id, units] of late) enter(whole, ranked, id, units);
      const [best] = whole.ranking();
      t.equal(best?.amountMicros, early?.amountMicros);
      t.equal(best?.target.priority, early?.target.priority);
    }),
    { numRuns: RUNS },
  );
  t.end();
});

t.test('who answers seldom and is billed seldom loses to a lower price; every factor stands in the trace', (t) => {
  const experiences: Readonly<Record<string, Experience>> = {
    dear: { dials: 50, connected: 10, converted: 5, talkMs: 600_000 },
    sure: { dials: 20, connected: 19, converted: 19, talkMs: 19 * 120_000 },
  };
  const memory = turnsOnly({ experienceOf: ({ targetId }) => experiences[targetId] ?? UNKNOWN });
  const margin: MarginRule = {
    ...RULE,
    minimumCalls: 5,
    targets: { set: { answerPercent: 50, payoutMicros: 1_000_000 } },
  };
  const root = group('root', 'auction', ['dear', 'sure', 'new', 'set'], { strategy: { kind: 'auction', margin } });
  const targets = [
    staticTarget('dear', 60),
    staticTarget('sure', 30),
    staticTarget('new', 10),
    staticTarget('set', 20),
  ];
  const { steps, trace } = walked(planOf(root), { targets, memory });
  t.same(steps.map(idsOf), [['sure'], ['set'], ['dear'], ['new']]);
  const said = (id: string): string | undefined =>
    trace.candidates.find(({ targetId }) => targetId === id)?.checks.find(({ check }) => check === 'margin')?.values;
  t.equal(
    said('dear'),
    'expected margin 6.00 USD = answers 20.0 % (10 of 50 dials) × (billed 50.0 % (5 of 10 talks) × ' +
      "(60.00 USD − payout 0.00 USD (the source's terms)) − 1.00 min (over 10 talks) × 0.00 USD a minute (both trunks))",
  );
  t.match(said('new'), 'answers 41.4 % (average of the group, 29 of 70 dials)');
  t.match(said('set'), 'answers 50.0 % (set in the plan)');
  t.match(said('set'), 'payout 1.00 USD (set in the plan)');
  t.end();
});
