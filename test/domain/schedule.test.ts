// Opening hours and calendars against a slow reference that counts the minutes of a day one by one, in zones with clocks of every kind.
// Ten years of hours are looked at with SCHEDULE_HOURS=88000; CI looks at hours that are spread over the same ten years.
import fc from 'fast-check';
import t from 'tap';
import type { Calendar, DayRange } from '../../src/domain/routing/calendar.js';
import { describeMoment, isOpenAt, type OpeningRange, type Schedule } from '../../src/domain/routing/schedule.js';

const ZONES = [
  ...['America/New_York', 'America/Chicago', 'America/Denver', 'America/Phoenix', 'America/Los_Angeles'],
  ...['America/Anchorage', 'Pacific/Honolulu', 'America/St_Johns', 'America/Sao_Paulo', 'Europe/London'],
  ...['Europe/Berlin', 'Africa/Cairo', 'Asia/Tehran', 'Asia/Kolkata', 'Asia/Kathmandu'],
  ...['Australia/Lord_Howe', 'Australia/Sydney', 'Pacific/Chatham', 'Pacific/Apia', 'UTC'],
];
const HOUR_MS = 3_600_000;
const FIRST_MS = Date.UTC(2020, 0, 1);
const TEN_YEARS_HOURS = 87_672;
const HOURS_LOOKED_AT = Number(process.env.SCHEDULE_HOURS ?? 400);

/** As Swedes write it: 2026-11-23 12:00:00. Read anew each time, by another road than the code under test. */
function clockIn(timeZone: string, wallMs: number): { readonly date: string; readonly minute: number } {
  const [date = '', time = ''] = new Date(wallMs).toLocaleString('sv-SE', { timeZone }).split(' ');
  return { date, minute: Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5)) };
}

function shifted(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * 24 * HOUR_MS).toISOString().slice(0, 10);
}

/** Minutes of two days on which a range is open, counted from the midnight on which its day begins. */
function minutesOf(ranges: readonly DayRange[]): ReadonlySet<number> {
  const open = new Set<number>();
  for (const { fromMinute, toMinute } of ranges) {
    const end = toMinute <= fromMinute ? toMinute + 1_440 : toMinute;
    for (let minute = fromMinute; minute < end; minute += 1) open.add(minute);
  }
  return open;
}

/** The hours that begin on a date, and whether a calendar says so. */
function hoursOn(
  { ranges, calendars = [] }: Schedule,
  date: string,
): { readonly isDated: boolean; readonly ranges: readonly DayRange[] } {
  for (const { days } of calendars) {
    const day = days.find((each) => each.date === date) ?? days.find((each) => each.date === date.slice(5));
    if (day !== undefined) return { isDated: true, ranges: day.ranges };
  }
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay() || 7;
  return { isDated: false, ranges: ranges.filter((range) => range.weekday === weekday) };
}

function isOpenSlowly(schedule: Schedule, wallMs: number): boolean {
  const { date, minute } = clockIn(schedule.timeZone, wallMs);
  const today = hoursOn(schedule, date);
  if (minutesOf(today.ranges).has(minute)) return true;
  return !today.isDated && minutesOf(hoursOn(schedule, shifted(date, -1)).ranges).has(minute + 1_440);
}

const anyMinute = fc.integer({ min: 0, max: 47 }).map((half) => half * 30);
const anyRange: fc.Arbitrary<DayRange> = fc
  .record({ fromMinute: anyMinute, toMinute: anyMinute.map((minute) => (minute === 0 ? 1_440 : minute)) })
  .filter(({ fromMinute, toMinute }) => fromMinute !== toMinute);
const anyOpening: fc.Arbitrary<OpeningRange> = fc
  .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6, 7), anyRange)
  .map(([weekday, range]) => ({ weekday: weekday as OpeningRange['weekday'], ...range }));
const anyDate = fc.oneof(
  fc.integer({ min: 0, max: 3_652 }).map((days) => shifted('2020-01-01', days)),
  fc.integer({ min: 0, max: 365 }).map((days) => shifted('2020-01-01', days).slice(5)),
);
const anyCalendar: fc.Arbitrary<Calendar> = fc
  .uniqueArray(fc.record({ date: anyDate, name: fc.constant(''), ranges: fc.array(anyRange, { maxLength: 2 }) }), {
    maxLength: 60,
    selector: ({ date }) => date,
  })
  .map((days) => ({ id: 'any', name: 'any', days }));

t.test('in twenty zones, over ten years, a schedule is open exactly when the slow reference says so', (t) => {
  const step = Math.max(1, Math.floor(TEN_YEARS_HOURS / HOURS_LOOKED_AT));
  const hours = Array.from(
    { length: Math.ceil(TEN_YEARS_HOURS / step) },
    (_each, index) => FIRST_MS + index * step * HOUR_MS,
  );
  for (const [index, timeZone] of ZONES.entries()) {
    const anySchedule = fc.tuple(fc.array(anyOpening, { maxLength: 10 }), fc.array(anyCalendar, { maxLength: 2 }));
    const [[ranges, calendars] = [[], []]] = fc.sample(anySchedule, { numRuns: 1, seed: index + 1 });
    const schedule = { timeZone, ranges, calendars };
    // Half an hour off every other time: some zones are.
    const differing = hours
      .map((at, hour) => at + (hour % 2) * (HOUR_MS / 2))
      .filter((at) => isOpenAt(schedule, at) !== isOpenSlowly(schedule, at));
    t.same(
      differing.slice(0, 3).map((at) => new Date(at).toISOString()),
      [],
      timeZone,
    );
  }
  t.end();
});

t.test('any schedule with any calendars, at any minute of ten years', (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ZONES),
      fc.array(anyOpening, { maxLength: 10 }),
      fc.array(anyCalendar, { maxLength: 3 }),
      fc.integer({ min: 0, max: TEN_YEARS_HOURS * 60 }),
      (timeZone, ranges, calendars, minute) => {
        const schedule = { timeZone, ranges, calendars };
        const wallMs = FIRST_MS + minute * 60_000;
        t.equal(isOpenAt(schedule, wallMs), isOpenSlowly(schedule, wallMs));
      },
    ),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 100) },
  );
  t.end();
});

const WEEK = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, fromMinute: 1_320, toMinute: 120 }));
const CHRISTMAS: Calendar = { id: 'us', name: 'US', days: [{ date: '12-25', name: 'Christmas', ranges: [] }] };
const NIGHTLY: Schedule = { timeZone: 'America/New_York', ranges: WEEK, calendars: [CHRISTMAS] };
const at = (instant: string): number => Date.parse(instant);

t.test('a holiday begins and ends at midnight of the target, and ends the night before it', (t) => {
  const rows = [
    ['2026-12-24T23:59:00-05:00', true],
    ['2026-12-25T00:00:00-05:00', false],
    ['2026-12-25T23:00:00-05:00', false],
    ['2026-12-26T00:30:00-05:00', false],
    ['2026-12-26T22:00:00-05:00', true],
    ['2026-12-27T01:59:00-05:00', true],
  ] as const;
  for (const [instant, isOpen] of rows) t.equal(isOpenAt(NIGHTLY, at(instant)), isOpen, instant);
  t.equal(
    describeMoment(NIGHTLY, at('2026-12-25T23:00:00-05:00')),
    'Fri 23:00 in America/New_York, 12-25 (Christmas) in its calendar: closed',
  );
  t.end();
});

t.test('a date of one year goes before one of every year, the first calendar before the next', (t) => {
  const hours = [{ fromMinute: 540, toMinute: 720 }];
  const open: Calendar = { id: 'own', name: 'Own', days: [{ date: '2026-12-25', name: '', ranges: hours }] };
  const both = { ...CHRISTMAS, days: [...CHRISTMAS.days, ...open.days] };
  const noon = at('2026-12-25T11:00:00-05:00');
  const nextYear = at('2027-12-25T11:00:00-05:00');
  for (const calendars of [[both], [open, CHRISTMAS]]) {
    t.ok(isOpenAt({ ...NIGHTLY, calendars }, noon));
    t.notOk(isOpenAt({ ...NIGHTLY, calendars }, nextYear));
  }
  t.notOk(isOpenAt({ ...NIGHTLY, calendars: [CHRISTMAS, open] }, noon));
  t.end();
});

t.test('the hour that clocks skip is never open, the hour that they show twice is open twice', (t) => {
  const ranges = [{ weekday: 7, fromMinute: 60, toMinute: 180 }] as const;
  const schedule = { timeZone: 'America/New_York', ranges };
  const opened = (from: string): number =>
    Array.from({ length: 24 * 60 }, (_each, minute) => at(from) + minute * 60_000).filter((each) =>
      isOpenAt(schedule, each),
    ).length;
  t.equal(opened('2026-03-08T05:00:00Z'), 60, '1:00 to 2:00; there is no 2:00 to 3:00');
  t.equal(opened('2026-11-01T04:00:00Z'), 180, '1:00 to 2:00 twice, and 2:00 to 3:00');
  t.end();
});
