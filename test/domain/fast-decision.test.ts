// What is compiled once and remembered between calls against the plain rules, asked anew each time: the same calls in any order.
import fc from 'fast-check';
import t from 'tap';
import { Auction } from '../../src/domain/bidding/auction.js';
import type { CallTags } from '../../src/domain/calls/call-tags.js';
import type { Buyer, Target } from '../../src/domain/campaigns/buyer.js';
import { indexConfiguration } from '../../src/domain/campaigns/configuration.js';
import type { Calendar, CalendarDay } from '../../src/domain/routing/calendar.js';
import type { Cap } from '../../src/domain/routing/cap.js';
import { type Condition, holds, TAG_OPERATORS } from '../../src/domain/routing/condition.js';
import { ConditionBook } from '../../src/domain/routing/condition-book.js';
import { explainEligibility, type Moment } from '../../src/domain/routing/eligibility.js';
import { meterNumbers } from '../../src/domain/routing/name-numbers.js';
import { OpeningHours } from '../../src/domain/routing/opening-hours.js';
import { RoutingField } from '../../src/domain/routing/routing-field.js';
import { type RoutingPlan, routingPlanOf } from '../../src/domain/routing/routing-plan.js';
import { isOpenAt, type OpeningRange, type Schedule } from '../../src/domain/routing/schedule.js';
import { CAMPAIGN, documentOf, staticTarget } from '../support/call-configuration.js';
import { seeded } from '../support/walked-plan.js';

const RUNS = Number(process.env.DECISION_RUNS ?? 150);
const QUARTER_MS = 900_000;
const START_MS = Date.UTC(2026, 9, 30);

const anyTag = fc.constantFrom('caller.state', 'caller.area_code', 'ivr.zip');
const anyValue = fc.constantFrom('TX', 'tx', 'CA', '512', '7', '78701', '');
const anyComparison = fc.record({
  kind: fc.constant('tag' as const),
  tag: anyTag,
  operator: fc.constantFrom('in' as const, 'equals' as const, ...TAG_OPERATORS),
  values: fc.array(anyValue, { maxLength: 3 }),
  passesIfMissing: fc.boolean(),
});
const anyCondition = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    anyComparison,
    fc.constant({ kind: 'attestation', atLeast: 'B' } as const),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      of: fc.array(tie('condition'), { maxLength: 3 }),
    }),
    fc.record({ kind: fc.constant('not' as const), of: tie('condition') }),
  ),
})).condition;
const anyTags = fc
  .dictionary(
    fc.oneof(anyTag, fc.constant('caller.attestation')),
    fc.oneof(anyValue, fc.constantFrom('A', 'C', 'none')),
  )
  .map((tags) => new Map(Object.entries(tags)));

const someConditions = fc.array(anyCondition, { minLength: 1, maxLength: 4 });

t.test('a condition made ready says of any call what the condition itself says', (t) => {
  fc.assert(
    fc.property(someConditions, fc.array(anyTags, { minLength: 1, maxLength: 4 }), (conditions, calls) => {
      const book = new ConditionBook();
      // The later ones are added, as of a draft, while calls are under way.
      return [...calls, ...calls].every((tags) =>
        conditions.every((condition) => book.holds(book.add(condition), tags) === holds(condition, tags)),
      );
    }),
    { numRuns: RUNS * 4 },
  );
  t.pass('no counterexample');
  t.end();
});

t.test('a value that only a later draft names is known of the call that is under way', (t) => {
  const asks = (state: string): Condition => {
    return { kind: 'tag', tag: 'caller.state', operator: 'equals', values: [state], passesIfMissing: false };
  };
  const book = new ConditionBook();
  const tags = new Map([['caller.state', 'TX']]);
  t.notOk(book.holds(book.add(asks('CA')), tags));
  t.ok(book.holds(book.add(asks('TX')), tags));
  t.end();
});

const anyMinute = fc.constantFrom(0, 1, 90, 150, 480, 719, 720, 1_320, 1_439, 1_440);
const anyRange = fc.record({
  weekday: fc.constantFrom<OpeningRange['weekday']>(1, 2, 3, 4, 5, 6, 7),
  fromMinute: anyMinute,
  toMinute: anyMinute,
});
const anyDay = fc.record({
  date: fc.constantFrom('2026-11-01', '2026-11-02', '11-03', '2026-10-31'),
  name: fc.constant(''),
  ranges: fc.array(fc.record({ fromMinute: anyMinute, toMinute: anyMinute }), { maxLength: 2 }),
});
/** One id for one calendar, as in a configuration. */
const calendarOf = (days: readonly CalendarDay[]): Calendar => ({ id: JSON.stringify(days), name: 'holidays', days });
const anySchedule: fc.Arbitrary<Schedule> = fc.record({
  timeZone: fc.constantFrom('America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC'),
  ranges: fc.array(anyRange, { maxLength: 6 }),
  calendars: fc.array(anyDay, { maxLength: 3 }).map((days) => (days.length === 0 ? [] : [calendarOf(days)])),
});
/** Around the end of daylight saving in the United States, and any time of it. */
const anyTime = fc.oneof(
  fc.integer({ min: 0, max: 9 * 86_400_000 }).map((ms) => START_MS + ms),
  fc.integer({ min: 0, max: 9 * 96 }).map((quarters) => START_MS + quarters * QUARTER_MS),
);

t.test('opening hours that are remembered are those of the schedule, in whatever order they are asked', (t) => {
  fc.assert(
    fc.property(
      anySchedule,
      anyTime,
      fc.array(fc.integer({ min: -8, max: 40 }), { maxLength: 60 }),
      (schedule, at, steps) => {
        const hours = new OpeningHours(schedule);
        let wallMs = at;
        return steps.every((minutes) => {
          wallMs += minutes * 60_000 + 17_000;
          return hours.isOpenAt(wallMs) === isOpenAt(schedule, wallMs) && hours.sameUntil(wallMs) > wallMs;
        });
      },
    ),
    { numRuns: RUNS * 4 },
  );
  t.pass('no counterexample');
  t.end();
});

const cap = (limit: number, kind: Cap['kind'], dimension: Cap['dimension']): Cap => {
  return { dimension, window: 'day', limit, timeZone: 'UTC', kind };
};
const anyCap = fc
  .tuple(
    fc.nat(4),
    fc.constantFrom<Cap['kind']>('hard', 'soft'),
    fc.constantFrom<Cap['dimension']>('connected', 'revenue'),
  )
  .map(([limit, kind, dimension]) => cap(dimension === 'revenue' ? limit * 1_000_000 : limit, kind, dimension));
const anyPause = fc.option(
  fc.option(anyTime).map((until) => ({ reason: '', by: 'ops', at: null, until })),
  { freq: 3 },
);
const anyGrid = fc.record({
  timeZone: fc.constantFrom('America/New_York', 'UTC'),
  ranges: fc.array(
    fc.tuple(anyRange, fc.nat(2)).map(([range, maxCalls]) => ({ ...range, maxCalls })),
    { maxLength: 3 },
  ),
});
const anyTarget = fc.record({
  units: fc.integer({ min: 1, max: 3 }),
  priority: fc.integer({ min: 1, max: 2 }),
  weight: fc.integer({ min: 0, max: 3 }),
  maxCalls: fc.option(fc.integer({ min: 0, max: 2 })),
  concurrency: fc.option(anyGrid),
  schedule: fc.option(anySchedule),
  condition: fc.option(anyCondition),
  caps: fc.array(anyCap, { maxLength: 2 }),
  pause: anyPause,
  buyerId: fc.constantFrom('buyer-a', 'buyer-b'),
});
const [BUYER] = documentOf({ targets: [staticTarget('sample', 1)] }).buyers;
if (BUYER === undefined) throw new Error('the sample has a buyer');

const anyBuyers = fc.tuple(anyPause, fc.array(anyCap, { maxLength: 1 }), fc.boolean()).map(([pause, caps, blocks]) => {
  const duplicates = { restrict: 'target', after: 'connected', days: 3 } as const;
  const paused: Buyer = { ...BUYER, id: 'buyer-a', pause, caps, duplicates };
  const blocking: Buyer = { ...BUYER, id: 'buyer-b', blockedCallers: blocks ? ['+1512*'] : [], maxCalls: 2 };
  return [paused, blocking];
});
interface AnyCall {
  readonly wallMs: number;
  readonly tags: CallTags;
  readonly used: number;
  readonly usedCap: number;
  readonly had: number | null;
}

const anyMoment: fc.Arbitrary<AnyCall> = fc.record({
  wallMs: anyTime,
  tags: anyTags,
  used: fc.nat(3),
  usedCap: fc.nat(3),
  had: fc.option(fc.nat(5)),
});

function revenueMetersOf({ planned }: RoutingPlan): ReadonlySet<number> {
  const counted = planned.flatMap(({ caps }) => caps).filter(({ cap: { dimension } }) => dimension === 'revenue');
  return new Set(counted.map(({ key }) => meterNumbers.of(key)));
}

function momentOf({ wallMs, tags, used, usedCap, had }: AnyCall, revenue: ReadonlySet<number>): Moment {
  const at = wallMs - 86_400_000;
  const contact = { firstConnectedAt: at, lastConnectedAt: at, lastConvertedAt: null };
  const contacts = had === null ? [] : [{ ...contact, targetId: `t${had}`, buyerId: 'buyer-a' }];
  return {
    wallMs,
    tags,
    history: { isKnown: true, contacts, lastCalledAt: null, recentCalls: 0 },
    caller: { callerNumber: '+15125550123', entries: [] },
    usedSlots: (slot) => (slot + used) % 3,
    usedCap: (meter) => (revenue.has(meter) ? usedCap * 1_000_000 : usedCap),
  };
}

const priceOf = ({ pricing }: Target): number => (pricing.kind === 'static' ? pricing.amountMicros : 0);
const rankOf = (target: Target): string => `${9_000_000 - priceOf(target)}/${target.priority}`;

t.test(
  'with every condition and limit, call after call: who is offered, and in which order, is what the checks of the trace say',
  (t) => {
    const anyCalls = fc.array(anyMoment, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(anyTarget, { maxLength: 14 }), anyBuyers, anyCalls, fc.nat(), (all, buyers, calls, seed) => {
        const targets = all.map(({ units, ...changes }, index) => staticTarget(`t${index}`, units, changes));
        const document = { ...documentOf({ targets, campaign: { minimumBidMicros: 2_000_000 } }), buyers };
        const configuration = indexConfiguration(1, document);
        const plan = routingPlanOf(configuration, configuration.campaigns.get(CAMPAIGN.id) ?? CAMPAIGN);
        const random = seeded(seed);
        const revenue = revenueMetersOf(plan);
        for (const call of calls) {
          const field = new RoutingField(plan, momentOf(call, revenue));
          const ranked = new Auction(field, random).ranking().map(({ target }) => target);
          const expected = plan.planned
            .filter((planned) => explainEligibility(planned, field.moment, 'USD').every(({ passed }) => passed))
            .map(({ target }) => target)
            .filter((target) => priceOf(target) >= 2_000_000);
          const ids = (rows: readonly Target[]): string =>
            rows
              .map(({ id }) => id)
              .sort()
              .join();
          if (ids(ranked) !== ids(expected)) throw new Error(`${ids(ranked)} instead of ${ids(expected)}`);
          if (ranked.map(rankOf).join() !== expected.map(rankOf).sort().join()) throw new Error('another order');
          const first = new Auction(new RoutingField(plan, momentOf(call, revenue)), random).offerAt(0);
          const [best = null] = expected.map(rankOf).sort();
          if ((first === null ? null : rankOf(first.target)) !== best) throw new Error('another winner');
        }
      }),
      { numRuns: RUNS * 2 },
    );
    t.pass('no counterexample');
    t.end();
  },
);
