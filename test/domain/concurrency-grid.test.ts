/** Limits of concurrent calls by the hour, on targets, buyers and groups. */
import fc from 'fast-check';
import t from 'tap';
import { type ConcurrencyGrid, type GridRange, maxCallsAt } from '../../src/domain/routing/concurrency-grid.js';
import { slotNumbers } from '../../src/domain/routing/name-numbers.js';
import { localTimeIn } from '../../src/domain/routing/schedule.js';
import { staticTarget } from '../support/call-configuration.js';
import { idsOf, NOON, walked } from '../support/walked-plan.js';
import { group, planOf } from './plan-samples.js';

/** A Monday in New York, where noon in UTC is seven in the morning. */
const AT = NOON;
const HOUR_MS = 3_600_000;

const gridOf = (...ranges: GridRange[]): ConcurrencyGrid => ({ timeZone: 'America/New_York', ranges });
const MORNING: GridRange = { weekday: 1, fromMinute: 420, toMinute: 720, maxCalls: 2 };
const NIGHT: GridRange = { weekday: 1, fromMinute: 1_320, toMinute: 120, maxCalls: 0 };

t.test('the first range that covers the hour counts, also past midnight; outside of the grid the plain limit', (t) => {
  const row = { maxCalls: 9, concurrency: gridOf(MORNING, NIGHT, { ...MORNING, maxCalls: 7 }) };
  t.equal(maxCallsAt(row, AT), 2);
  t.equal(maxCallsAt(row, AT - 1), 9);
  t.equal(maxCallsAt(row, AT + 5 * HOUR_MS), 9, 'noon is not of the morning');
  t.equal(maxCallsAt(row, AT + 15 * HOUR_MS), 0);
  t.equal(maxCallsAt(row, AT + 18 * HOUR_MS), 0, 'one in the night of Tuesday');
  t.equal(maxCallsAt(row, AT + 19 * HOUR_MS), 9);
  t.equal(maxCallsAt({ maxCalls: null, concurrency: gridOf(NIGHT) }, AT), null);
  t.equal(maxCallsAt({ maxCalls: 4 }, AT), 4);
  t.end();
});

function covers({ weekday: day, fromMinute, toMinute }: GridRange, wallMs: number): boolean {
  const { weekday, minuteOfDay } = localTimeIn('America/New_York', wallMs);
  if (toMinute > fromMinute) return day === weekday && minuteOfDay >= fromMinute && minuteOfDay < toMinute;
  const isEvening = day === weekday && minuteOfDay >= fromMinute;
  return isEvening || ((day % 7) + 1 === weekday && minuteOfDay < toMinute);
}

t.test('any grid agrees with a plain look at the clock, in whatever order it is asked', (t) => {
  const anyRange = fc.record({
    weekday: fc.constantFrom(1, 3, 7),
    fromMinute: fc.integer({ min: 0, max: 1_439 }),
    toMinute: fc.integer({ min: 1, max: 1_440 }),
    maxCalls: fc.integer({ min: 0, max: 5 }),
  }) as fc.Arbitrary<GridRange>;
  const anyMinute = fc.integer({ min: 0, max: 14 * 24 * 60 });
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 4 }), fc.array(anyMinute, { maxLength: 9 }), (ranges, asked) => {
      const row = { maxCalls: 8, concurrency: gridOf(...ranges) };
      return asked.every((minutes) => {
        const wallMs = AT + minutes * 60_000;
        const expected = ranges.find((range) => covers(range, wallMs))?.maxCalls ?? 8;
        return maxCallsAt(row, wallMs) === expected && maxCallsAt(row, wallMs + 59_999) === expected;
      });
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  );
  t.pass('no counterexample');
  t.end();
});

function rung(used: Readonly<Record<string, number>>, grid: ConcurrencyGrid, onGroup = false) {
  const targets = ['alpha', 'beta'].map((id) => staticTarget(id, 10, onGroup ? {} : { concurrency: grid }));
  const root = group('all', 'sequential', ['alpha', 'beta'], onGroup ? { concurrency: grid, maxCalls: 50 } : {});
  const bySlot = new Map(Object.entries(used).map(([key, count]) => [slotNumbers.of(key), count]));
  const moment = { usedSlots: (slot: number) => bySlot.get(slot) ?? 0 };
  const { steps, trace } = walked(planOf(root), { targets, moment });
  return { steps: steps.flatMap(idsOf), trace };
}

t.test('a target that is full for this hour is passed over, and the trace shows the limit of the hour', (t) => {
  const { steps, trace } = rung({ 'target:alpha': 2 }, gridOf(MORNING));
  t.same(steps, ['beta']);
  const checks = trace.candidates[0]?.checks.filter(({ passed }) => !passed);
  t.match(checks, [{ check: 'concurrency', values: 'target has 2 of 2 calls' }]);
  t.same(rung({ 'target:alpha': 1 }, gridOf(MORNING)).steps, ['alpha', 'beta']);
  t.end();
});

t.test('a group has the limit of the hour in place of its own', (t) => {
  const { steps, trace } = rung({ 'group:main/all': 2 }, gridOf(MORNING), true);
  t.same(steps, []);
  t.match(trace.plan?.groups[0]?.checks.at(-1), { passed: false, values: 'group has 2 of 2 calls' });
  t.same(rung({ 'group:main/all': 1 }, gridOf(MORNING), true).steps, ['alpha', 'beta']);
  t.end();
});
