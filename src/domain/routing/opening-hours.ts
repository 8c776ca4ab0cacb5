/**
 * The opening hours of one schedule as decisions ask for them: the answer stands until the clocks there come to the next minute at
 * which it could change, so that the thousand targets of one schedule are worked out once. What is open when says `schedule.ts`.
 */
import type { Configuration } from '../campaigns/configuration.js';
import { isOpenAt, localTimeIn, type Schedule } from './schedule.js';

const MINUTE_MS = 60_000;
/** Zones change their clocks at full quarters of an hour; no answer stands beyond one. */
const QUARTER_MINUTES = 15;

function boundariesOf({ ranges, calendars = [] }: Schedule): readonly number[] {
  const special = calendars.flatMap(({ days }) => days.flatMap((day) => day.ranges));
  const minutes = [...ranges, ...special].flatMap(({ fromMinute, toMinute }) => [fromMinute, toMinute]);
  return [...new Set(minutes)].sort((left, right) => left - right);
}

export class OpeningHours {
  readonly #schedule: Schedule;
  /** Minutes of the day at which a range begins or ends, ascending. */
  readonly #boundaries: readonly number[];
  #isOpen = false;
  /** Of the answer, exclusive at its end. Whole minutes since 1970-01-01 UTC: so small a number lies in the object itself. */
  #fromMinute = 0;
  #untilMinute = 0;

  constructor(schedule: Schedule) {
    this.#schedule = schedule;
    this.#boundaries = boundariesOf(schedule);
  }

  isOpenAt(wallMs: number): boolean {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute < this.#fromMinute || minute >= this.#untilMinute) this.#look(wallMs);
    return this.#isOpen;
  }

  /** Until when the answer for `wallMs` stands at least; it may stand longer. */
  sameUntil(wallMs: number): number {
    this.isOpenAt(wallMs);
    return this.#untilMinute * MINUTE_MS;
  }

  #look(wallMs: number): void {
    const { minuteOfDay } = localTimeIn(this.#schedule.timeZone, wallMs);
    const next = this.#boundaries.find((boundary) => boundary > minuteOfDay) ?? 1_440;
    const minute = Math.floor(wallMs / MINUTE_MS);
    const quarterEnds = (Math.floor(minute / QUARTER_MINUTES) + 1) * QUARTER_MINUTES;
    this.#isOpen = isOpenAt(this.#schedule, wallMs);
    this.#fromMinute = minute;
    this.#untilMinute = Math.min(minute + next - minuteOfDay, quarterEnds);
  }
}

/** Kept as long as the version itself is. */
const books = new WeakMap<Configuration, Map<string, OpeningHours>>();

/** One for all rows of the configuration whose hours are the same; null for who is always open. */
export function openingHoursOf(configuration: Configuration, schedule: Schedule | null): OpeningHours | null {
  if (schedule === null) return null;
  const { timeZone, ranges, calendars = [] } = schedule;
  const known = books.get(configuration) ?? new Map<string, OpeningHours>();
  books.set(configuration, known);
  const key = JSON.stringify([timeZone, ranges, calendars.map(({ id }) => id)]);
  const hours = known.get(key) ?? new OpeningHours(schedule);
  known.set(key, hours);
  return hours;
}
