// Callers who come back: to the target that had them first, or to any but those that had them.
import fc from 'fast-check';
import t from 'tap';
import { Auction } from '../../src/domain/bidding/auction.js';
import { type CallerContact, DAY_MS, NO_HISTORY } from '../../src/domain/callers/caller-history.js';
import type { SameBuyerRule } from '../../src/domain/callers/same-buyer.js';
import { explainEligibility, isEligible } from '../../src/domain/routing/eligibility.js';
import type { RoutingField } from '../../src/domain/routing/routing-field.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { fieldOf } from '../support/call-fixture.js';

const NOW = Date.UTC(2026, 10, 23, 12);
const ORIGINAL: SameBuyerRule = { mode: 'original', days: 30 };
const DIFFERENT: SameBuyerRule = { mode: 'different', days: 30 };
const TARGETS = [staticTarget('dear', 40), staticTarget('even', 30), staticTarget('cheap', 20)];

function contact(targetId: string, firstDaysAgo: number, lastDaysAgo = firstDaysAgo): CallerContact {
  const [firstConnectedAt, lastConnectedAt] = [NOW - firstDaysAgo * DAY_MS, NOW - lastDaysAgo * DAY_MS];
  return { targetId, buyerId: `buyer-${targetId}`, firstConnectedAt, lastConnectedAt, lastConvertedAt: null };
}

function fieldWith(sameBuyer: SameBuyerRule, contacts: readonly CallerContact[], targets = TARGETS): RoutingField {
  return fieldOf(targets, { sameBuyer }, { history: { ...NO_HISTORY, contacts } });
}

const orderIn = (field: RoutingField): readonly string[] =>
  new Auction(field, () => 0.5).ranking().map(({ target }) => target.id);

function sameBuyerOf(field: RoutingField, targetId: string) {
  const planned = field.plan.byTargetId.get(targetId);
  if (planned === undefined) throw new Error(`no target ${targetId}`);
  return explainEligibility(planned, field.moment, 'USD').find(({ check }) => check === 'same-buyer');
}

t.test('the target that took his first call comes before every price, the others after it as ever', (t) => {
  const field = fieldWith(ORIGINAL, [contact('even', 2), contact('cheap', 20, 3)]);
  t.same(orderIn(field), ['cheap', 'dear', 'even']);
  t.match(sameBuyerOf(field, 'cheap'), { passed: true, values: /first call, the last 3 days ago: it goes before/ });
  const auction = new Auction(fieldWith(ORIGINAL, [contact('cheap', 20, 3)]), () => 0.5);
  t.ok(auction.isDecided(), 'nobody else can come before it');
  t.same(
    [0, 1, 2, 3].map((place) => auction.offerAt(place)?.target.id),
    ['cheap', 'dear', 'even', undefined],
    'it is handed out once',
  );
  t.end();
});

t.test('an original that is closed leaves the choice to the prices, and the trace says so', (t) => {
  const closed = staticTarget('cheap', 20, { schedule: { timeZone: 'UTC', ranges: [] } });
  const field = fieldWith(ORIGINAL, [contact('cheap', 20)], [...TARGETS.slice(0, 2), closed]);
  t.same(orderIn(field), ['dear', 'even']);
  t.match(sameBuyerOf(field, 'cheap'), { passed: true, values: /the normal routing decides/ });
  t.end();
});

t.test('an original whose calls are too long ago, or that is gone, is none', (t) => {
  t.same(orderIn(fieldWith(ORIGINAL, [contact('cheap', 60, 31)])), ['dear', 'even', 'cheap']);
  t.same(orderIn(fieldWith({ ...ORIGINAL, days: null }, [contact('cheap', 900)])), ['cheap', 'dear', 'even']);
  t.same(orderIn(fieldWith(ORIGINAL, [contact('gone', 1)])), ['dear', 'even', 'cheap']);
  t.same(orderIn(fieldWith({ ...ORIGINAL, mode: 'normal' }, [contact('cheap', 1)])), ['dear', 'even', 'cheap']);
  t.end();
});

t.test('an original that bids is waited for, and its bid wins whatever the others offer', (t) => {
  const targets = [staticTarget('dear', 40), biddingTarget('live'), biddingTarget('slow')];
  const bidders = ['live', 'slow'].map((id) => ({ ...ANY_BIDDER, id: `bidder-${id}`, maximumBidMicros: 1_000_000 }));
  const history = { ...NO_HISTORY, contacts: [contact('live', 1)] };
  const field = fieldOf(targets, { sameBuyer: ORIGINAL }, { history }, { bidders });
  const auction = new Auction(field, () => 0.5);
  for (const planned of field.bidding()) auction.awaitBid(planned);
  t.notOk(auction.isDecided(), 'though it cannot bid as much as the static price');
  const planned = field.plan.byTargetId.get('live');
  if (planned === undefined) throw new Error('it is planned');
  const bid = { kind: 'bid', destination: null, reference: null, billAfterMs: null, lifetimeMs: 1_000 } as const;
  auction.enterBid(planned, { ...bid, amountMicros: 1_000_000, latencyMs: 5 }, 5);
  t.ok(auction.isDecided());
  t.same(
    auction.ranking().map(({ target }) => target.id),
    ['live', 'dear'],
  );
  t.end();
});

t.test('a different buyer is one that has not had the caller within the days', (t) => {
  const field = fieldWith(DIFFERENT, [contact('dear', 3), contact('even', 31)]);
  t.same(orderIn(field), ['even', 'cheap']);
  t.match(sameBuyerOf(field, 'dear'), {
    passed: false,
    values: 'it had the caller 3 days ago',
    needed: 'a target that has not had the caller in the last 30 days',
  });
  t.end();
});

const anyContacts = fc.array(
  fc
    .tuple(fc.constantFrom('dear', 'even', 'cheap', 'gone'), fc.nat(60), fc.nat(60))
    .map(([id, one, other]) => contact(id, Math.max(one, other), Math.min(one, other))),
  { maxLength: 4 },
);

t.test('whatever the rule and the history: each offer comes once, and the trace says what was decided', (t) => {
  const anyRule = fc.record({
    mode: fc.constantFrom('normal' as const, 'original' as const, 'different' as const),
    days: fc.constantFrom(null, 30),
  });
  fc.assert(
    fc.property(anyRule, anyContacts, fc.nat(3), (rule, contacts, handedOut) => {
      const field = fieldWith(rule, contacts);
      const auction = new Auction(field, () => 0.5);
      for (let place = 0; place < handedOut; place += 1) auction.offerAt(place);
      const ranked = auction.ranking().map(({ target }) => target.id);
      const eligible = field.plan.planned.filter((planned) => isEligible(planned, field.moment));
      t.same([...ranked].sort(), eligible.map(({ target }) => target.id).sort());
      for (const planned of field.plan.planned) {
        const passes = explainEligibility(planned, field.moment, 'USD').every(({ passed }) => passed);
        t.equal(passes, eligible.includes(planned));
      }
      const original = field.original();
      if (original !== null) t.equal(ranked[0], original.target.id);
    }),
  );
  t.end();
});
