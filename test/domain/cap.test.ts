// Windows of caps: they begin and end by the clocks of their zone, and no two of them are one.
import fc from 'fast-check';
import t from 'tap';
import { type Cap, type CapWindow, fits, windowAt, windowEndAt } from '../../src/domain/routing/cap.js';

const HOUR_MS = 3_600_000;

function cap(window: CapWindow, timeZone: string): Cap {
  return { dimension: 'connected', window, limit: 5, timeZone, kind: 'hard' };
}

/** The date on the zone's clocks, found another way. */
function isoDate(timeZone: string, wallMs: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' }).format(wallMs);
}

t.test('a day ends at midnight of its zone: 22:30 and 00:30 in Chicago are two days, though one day in UTC', (t) => {
  const before = Date.UTC(2026, 10, 21, 4, 30);
  const after = Date.UTC(2026, 10, 21, 6, 30);
  t.not(windowAt(cap('day', 'America/Chicago'), before), windowAt(cap('day', 'America/Chicago'), after));
  t.equal(windowAt(cap('day', 'UTC'), before), windowAt(cap('day', 'UTC'), after));
  t.end();
});

t.test('the hour that clocks show twice when daylight saving ends is two windows', (t) => {
  const first = Date.UTC(2026, 10, 1, 5, 30);
  t.not(
    windowAt(cap('hour', 'America/New_York'), first),
    windowAt(cap('hour', 'America/New_York'), first + HOUR_MS),
    '01:30 EDT and 01:30 EST',
  );
  t.equal(
    windowAt(cap('hour', 'America/New_York'), first),
    windowAt(cap('hour', 'America/New_York'), first + 29 * 60_000),
  );
  t.end();
});

t.test('hours of a zone that is off by half an hour begin at its own full hour', (t) => {
  const half = Date.UTC(2026, 10, 21, 6, 30);
  const kolkata = cap('hour', 'Asia/Kolkata');
  t.equal(windowAt(kolkata, half), windowAt(kolkata, half + 59 * 60_000), '12:00 to 12:59');
  t.not(windowAt(kolkata, half), windowAt(kolkata, half - 60_000), '11:59');
  t.end();
});

t.test('two moments are in one day or month exactly if the zone shows the same date or month', (t) => {
  const zone = fc.constantFrom('America/New_York', 'Europe/Berlin', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'UTC');
  const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2032, 0, 1) });
  fc.assert(
    fc.property(zone, moment, fc.integer({ min: 0, max: 40 * 24 * HOUR_MS }), (timeZone, wallMs, laterMs) => {
      const [left, right] = [isoDate(timeZone, wallMs), isoDate(timeZone, wallMs + laterMs)];
      const isOne = (window: CapWindow): boolean =>
        windowAt(cap(window, timeZone), wallMs) === windowAt(cap(window, timeZone), wallMs + laterMs);
      t.equal(isOne('day'), left === right);
      t.equal(isOne('month'), left.slice(0, 7) === right.slice(0, 7));
      t.ok(isOne('total'));
    }),
  );
  t.end();
});

t.test('a window ends at the first instant of the next one, by the clocks of its zone', (t) => {
  const zone = fc.constantFrom(
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'Pacific/Apia',
  );
  const window = fc.constantFrom('hour', 'day', 'month');
  const moment = fc.integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2032, 0, 1) });
  fc.assert(
    fc.property(zone, window, moment, fc.nat(999), (...drawn) => {
      const [timeZone, kind, wallMs, permille] = drawn;
      const each = cap(kind, timeZone);
      const end = windowEndAt(each, wallMs) ?? 0;
      const now = windowAt(each, wallMs);
      t.ok(end > wallMs);
      t.not(windowAt(each, end), now);
      t.equal(windowAt(each, end - 1), now);
      t.equal(windowAt(each, Math.floor(wallMs + (permille / 1_000) * (end - wallMs))), now);
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 100) },
  );
  const day = new Date(windowEndAt(cap('day', 'America/New_York'), Date.UTC(2026, 10, 1, 12)) ?? 0);
  t.equal(day.toISOString(), '2026-11-02T05:00:00.000Z', 'the day on which clocks are put back has 25 hours');
  t.equal(windowEndAt(cap('total', 'UTC'), 0), null);
  t.end();
});

t.test('a cap takes what reaches its limit exactly, and not one more', (t) => {
  t.ok(fits(cap('day', 'UTC'), 4, 1));
  t.notOk(fits(cap('day', 'UTC'), 5, 1));
  t.end();
});
