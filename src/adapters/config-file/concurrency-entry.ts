/** Limits of concurrent calls by the hour, as a configuration file has them, to and from the domain's ranges. */
import Type, { type Static } from 'typebox';
import type { ConcurrencyGrid, GridRange } from '../../domain/routing/concurrency-grid.js';
import { oneOf, orNull, TIME_ZONE, wholeNumber } from './field.js';
import { DAYS, type Day, parseRange, textsOf } from './opening-hours.js';

const RANGE = Type.Object(
  {
    days: Type.Optional(
      Type.Array(oneOf(...DAYS), { minItems: 1, maxItems: 7, description: 'a list of days such as ["mon", "tue"]' }),
    ),
    hours: Type.Refine(
      Type.String({ description: 'a range such as "09:00-17:00"; "22:00-02:00" runs past midnight' }),
      (text) => parseRange(text) !== null,
    ),
    maxCalls: wholeNumber(0, 100_000),
  },
  { description: 'hours with their maxCalls' },
);

const GRID = Type.Object(
  { timeZone: TIME_ZONE, ranges: Type.Array(RANGE, { minItems: 1, maxItems: 200, description: 'a list of hours' }) },
  { description: 'a timeZone and its ranges' },
);

export const CONCURRENCY = orNull(GRID);

export type GridEntry = Static<typeof GRID>;

function rangesOf({ days = [...DAYS], hours, maxCalls }: GridEntry['ranges'][number]): readonly GridRange[] {
  const minutes = parseRange(hours);
  if (minutes === null) return [];
  return [...new Set(days)].map((day) => {
    return { weekday: (DAYS.indexOf(day) + 1) as GridRange['weekday'], ...minutes, maxCalls };
  });
}

export function concurrencyOf(entry: GridEntry | null | undefined): ConcurrencyGrid | null {
  if (entry === null || entry === undefined) return null;
  return { timeZone: entry.timeZone, ranges: entry.ranges.flatMap(rangesOf) };
}

/** One line for each day. */
export function concurrencyEntry(grid: ConcurrencyGrid | null | undefined): GridEntry | null {
  if (grid === null || grid === undefined) return null;
  const ranges = grid.ranges.map((range) => {
    const [hours = ''] = textsOf([range]);
    return { days: [DAYS[range.weekday - 1] as Day], hours, maxCalls: range.maxCalls };
  });
  return { timeZone: grid.timeZone, ranges };
}
