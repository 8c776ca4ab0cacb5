// The lazy decision against the plain one: whatever is looked at only when it is needed must say what looking at everything says.
import fc from 'fast-check';
import t from 'tap';
import { Auction } from '../../src/domain/bidding/auction.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import { explainEligibility } from '../../src/domain/routing/eligibility.js';
import { slotNumbers } from '../../src/domain/routing/name-numbers.js';
import { routingPlanOf } from '../../src/domain/routing/routing-plan.js';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { CallFixture, fieldOf } from '../support/call-fixture.js';

const OPEN = { timeZone: 'UTC', ranges: [{ weekday: 1, fromMinute: 0, toMinute: 1_440 }] } as const;
const CLOSED = { timeZone: 'UTC', ranges: [] } as const;

/** A target by a few small numbers, so that ties, full targets, closed ones and dead trunks are all common. */
const anyTarget = fc.record({
  units: fc.integer({ min: 1, max: 3 }),
  priority: fc.integer({ min: 1, max: 2 }),
  weight: fc.integer({ min: 0, max: 3 }),
  maxCalls: fc.option(fc.integer({ min: 0, max: 2 })),
  schedule: fc.constantFrom(null, OPEN, CLOSED),
  isActive: fc.boolean(),
  trunkId: fc.constantFrom(null, 'trunk', 'nowhere'),
});
const anyTargets = fc
  .array(anyTarget, { maxLength: 12 })
  .map((all) => all.map(({ units, ...changes }, index) => staticTarget(`t${index}`, units, changes)));

const priceOf = ({ pricing }: Target): number => (pricing.kind === 'static' ? pricing.amountMicros : 0);
const moment = { usedSlots: (slot: number): number => slot % 3 };

function drawOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

t.test(
  'static prices come in the order of price and priority, everybody who may compete and nobody else',
  async (t) => {
    fc.assert(
      fc.property(anyTargets, fc.integer({ min: 1, max: 1_000 }), fc.nat(4), (targets, seed, handedOut) => {
        const field = fieldOf(targets, { minimumBidMicros: 2_000_000 }, moment);
        const auction = new Auction(field, drawOf(seed));
        for (let place = 0; place < handedOut; place += 1) auction.offerAt(place);
        const ranked = auction.ranking().map(({ target }) => target);
        const expected = field.plan.planned
          .filter((planned) => explainEligibility(planned, field.moment, 'USD').every(({ passed }) => passed))
          .map(({ target }) => target)
          .filter((target) => priceOf(target) >= 2_000_000);
        const rank = (target: Target): string => `${9_000_000 - priceOf(target)}/${target.priority}`;
        t.same(new Set(ranked.map(({ id }) => id)), new Set(expected.map(({ id }) => id)));
        t.equal(ranked.length, expected.length);
        t.same(ranked.map(rank), expected.map(rank).sort());
      }),
    );
  },
);

t.test('a bid stands among static prices by its price, and draws lots with those that ask the same', async (t) => {
  const places = new Set<string>();
  const random = drawOf(7);
  for (let round = 0; round < 200; round += 1) {
    const statics = [staticTarget('dear', 40), staticTarget('even', 30), staticTarget('cheap', 20)];
    const field = fieldOf([...statics, biddingTarget('live')]);
    const auction = new Auction(field, random);
    const [planned] = field.bidding();
    if (planned === undefined) throw new Error('live has a bidder');
    auction.awaitBid(planned);
    const bid = { kind: 'bid', destination: null, reference: null, billAfterMs: null, lifetimeMs: 1 } as const;
    auction.enterBid(planned, { ...bid, amountMicros: 30_000_000, latencyMs: 1 }, 0);
    const order = auction.ranking().map((offer) => offer.target.id);
    t.same([order[0], order[3]], ['dear', 'cheap']);
    places.add(order.slice(1, 3).join());
  }
  t.same([...places].sort(), ['even,live', 'live,even'], 'either may come first');
});

t.test('targets without weight are rung after those of the same price that have one', async (t) => {
  const field = fieldOf([
    staticTarget('spare', 30, { weight: 0 }),
    staticTarget('main', 30),
    staticTarget('second', 30),
  ]);
  const auction = new Auction(field, () => 0.5);
  t.equal([0, 1, 2].map((place) => auction.offerAt(place)?.target.id).at(-1), 'spare');
  t.equal(auction.offerAt(3), null);
});

t.test('slots that fill up after the decision change neither the offers nor the trace', async (t) => {
  const used = new Map<number, number>();
  const targets = [staticTarget('one', 30, { maxCalls: 1 }), staticTarget('two', 20, { maxCalls: 1 })];
  const field = fieldOf(targets, {}, { usedSlots: (slot) => used.get(slot) ?? 0 });
  const before = new Map(used);
  field.keepLoad({ usedSlots: (slot) => before.get(slot) ?? 0, usedCap: () => 0 });
  used.set(slotNumbers.of('target:one'), 1).set(slotNumbers.of('target:two'), 1);
  const auction = new Auction(field, () => 0.5);
  t.same(
    auction.ranking().map((offer) => offer.target.id),
    ['one', 'two'],
  );
});

t.test('a plan is made once for a campaign of a configuration version', async (t) => {
  const configuration = new CallFixture().deps.configuration.current();
  const campaign = configuration.campaigns.get('campaign');
  if (campaign === undefined) throw new Error('the fixture has a campaign');
  const plan = routingPlanOf(configuration, campaign);
  t.equal(routingPlanOf(configuration, campaign), plan);
  t.not(routingPlanOf({ ...configuration, version: 2 }, campaign), plan);
});
