/** Calendars in a configuration file, and the schedules of rows that may name some beside their week. */
import Type, { type Static } from 'typebox';
import type { Calendar } from '../../domain/routing/calendar.js';
import type { Schedule } from '../../domain/routing/schedule.js';
import { type Fault, faultAt } from './fault.js';
import { ID_FIELD, NAME, orNull, TIME_ZONE } from './field.js';
import { ALWAYS, dayRangesOf, hoursOf, isCalendarDate, rangesOf, textsOf } from './opening-hours.js';
import { HOURS, RANGES } from './schedule-entry.js';

const CALENDAR_IDS = Type.Optional(Type.Array(ID_FIELD, { maxItems: 20, description: 'a list of ids of calendars' }));

const DATED_HOURS = Type.Object(
  { timeZone: TIME_ZONE, hours: Type.Optional(HOURS), calendars: CALENDAR_IDS },
  { description: 'a timeZone with hours, calendars or both' },
);

/** Whether it is ever open is asked when its calendars are known (check-references.ts). */
export const DATED = Type.Refine(
  DATED_HOURS,
  ({ hours, calendars }) => hours !== undefined || (calendars ?? []).length > 0,
);

/** Null is always open. */
export const DATED_SCHEDULE = orNull(DATED);

const CALENDAR_DAY = Type.Object({
  date: Type.Refine(Type.String({ description: 'a date such as "2026-12-25", or "12-25" for every year' }), (text) =>
    isCalendarDate(text),
  ),
  name: Type.Optional(NAME),
  hours: RANGES,
});

export const CALENDAR = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  days: Type.Array(CALENDAR_DAY, { maxItems: 2_000, description: 'a list of days' }),
});

export type DatedEntry = Static<typeof DATED_HOURS>;

export function datedScheduleOf(entry: DatedEntry | null | undefined): Schedule | null {
  return entry === null || entry === undefined ? null : datesOf(entry);
}

export function datesOf({ timeZone, hours, calendars = [] }: DatedEntry): Schedule {
  const ranges = rangesOf(hours ?? ALWAYS);
  return calendars.length === 0 ? { timeZone, ranges } : { timeZone, ranges, calendarIds: [...new Set(calendars)] };
}

export function datedScheduleEntry(schedule: Schedule | null): DatedEntry | null {
  return schedule === null ? null : datesEntry(schedule);
}

export function datesEntry({ timeZone, ranges, calendarIds }: Schedule): DatedEntry {
  const hours = hoursOf(ranges) as NonNullable<DatedEntry['hours']>;
  return calendarIds === undefined ? { timeZone, hours } : { timeZone, hours, calendars: [...calendarIds] };
}

export function buildCalendar(
  { id, name = id, days }: Static<typeof CALENDAR>,
  path: string,
  faults: Fault[],
): Calendar {
  days.forEach(({ date }, index) => {
    const first = days.findIndex((day) => day.date === date);
    if (first === index) return;
    faults.push(faultAt(`${path}.days[${index}].date`, date, `a date that days[${first}] does not have already`));
  });
  return {
    ...{ id, name },
    days: days.map((day) => ({ date: day.date, name: day.name ?? '', ranges: dayRangesOf(day.hours) })),
  };
}

export function calendarEntry({ id, name, days }: Calendar): object {
  const entries = days.map((day) => {
    return { date: day.date, ...(day.name === '' ? {} : { name: day.name }), hours: textsOf(day.ranges) };
  });
  return { id, name, days: entries };
}
