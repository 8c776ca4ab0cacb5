/** A schedule in a configuration file: a time zone and hours by day, to and from the domain's ranges. */
import Type, { type Static } from 'typebox';
import type { Schedule } from '../../domain/routing/schedule.js';
import { TIME_ZONE } from './field.js';
import { hoursOf, type OpeningHours, parseRange, rangesOf } from './opening-hours.js';

export const RANGES = Type.Optional(
  Type.Array(
    Type.Refine(
      Type.String({ description: 'a range such as "09:00-17:00"; 24:00 ends a day, "22:00-02:00" runs past midnight' }),
      (text) => parseRange(text) !== null,
    ),
    { maxItems: 24, description: 'a list of ranges such as ["09:00-12:00", "13:00-17:00"]' },
  ),
);

export const HOURS = Type.Refine(
  Type.Object(
    { mon: RANGES, tue: RANGES, wed: RANGES, thu: RANGES, fri: RANGES, sat: RANGES, sun: RANGES },
    {
      description:
        'at least one range on one of mon, tue, wed, thu, fri, sat, sun: without it the schedule is never open',
    },
  ),
  (hours: OpeningHours) => Object.values(hours).some((ranges) => ranges !== undefined && ranges.length > 0),
);

export const OPEN_HOURS = Type.Object(
  { timeZone: TIME_ZONE, hours: HOURS },
  { description: 'a timeZone and its hours' },
);

type ScheduleEntry = Static<typeof OPEN_HOURS>;

export function openHoursOf({ timeZone, hours }: ScheduleEntry): Schedule {
  return { timeZone, ranges: rangesOf(hours) };
}

export function scheduleEntry(schedule: Schedule): ScheduleEntry {
  const hours = hoursOf(schedule.ranges) as ScheduleEntry['hours'];
  return { timeZone: schedule.timeZone, hours };
}
