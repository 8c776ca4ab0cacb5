/**
 * How many calls at once a target, a buyer or a group takes, by the hour of its week: a team of ten in the morning may be one of two at
 * night. Outside of the grid the plain limit holds.
 */
import { isOpenAt, type OpeningRange } from './schedule.js';

export interface GridRange extends OpeningRange {
  /** 0 takes none. */
  readonly maxCalls: number;
}

export interface ConcurrencyGrid {
  readonly timeZone: string;
  /** The first that covers the moment counts. */
  readonly ranges: readonly GridRange[];
}

export interface Limited {
  /** Null for no limit. */
  readonly maxCalls: number | null;
  readonly concurrency?: ConcurrencyGrid | null;
}

const MINUTE_MS = 60_000;

interface KnownRange {
  readonly minute: number;
  readonly range: GridRange | undefined;
}

/** What covers the minute that was asked for last: decisions ask again and again within the same one. */
const knownRanges = new WeakMap<ConcurrencyGrid, KnownRange>();

function rangeAt(grid: ConcurrencyGrid, wallMs: number): GridRange | undefined {
  const minute = Math.floor(wallMs / MINUTE_MS);
  const known = knownRanges.get(grid);
  if (known !== undefined && known.minute === minute) return known.range;
  const { timeZone, ranges } = grid;
  const range = ranges.find((each) => isOpenAt({ timeZone, ranges: [each] }, wallMs));
  knownRanges.set(grid, { minute, range });
  return range;
}

/** The limit at `wallMs`, milliseconds since 1970-01-01 UTC; null for none. */
export function maxCallsAt({ maxCalls, concurrency = null }: Limited, wallMs: number): number | null {
  if (concurrency === null) return maxCalls;
  const range = rangeAt(concurrency, wallMs);
  return range === undefined ? maxCalls : range.maxCalls;
}
