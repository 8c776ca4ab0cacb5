/** The hours of a schedule in a configuration file: ranges by day of the week. calendar-entry.ts makes a schedule of them. */
import Type from 'typebox';
import { parseRange } from './opening-hours.js';

export const RANGES = Type.Optional(
  Type.Array(
    Type.Refine(
      Type.String({ description: 'a range such as "09:00-17:00"; 24:00 ends a day, "22:00-02:00" runs past midnight' }),
      (text) => parseRange(text) !== null,
    ),
    { maxItems: 24, description: 'a list of ranges such as ["09:00-12:00", "13:00-17:00"]' },
  ),
);

export const HOURS = Type.Object(
  { mon: RANGES, tue: RANGES, wed: RANGES, thu: RANGES, fri: RANGES, sat: RANGES, sun: RANGES },
  { description: 'ranges for any of mon, tue, wed, thu, fri, sat, sun' },
);
