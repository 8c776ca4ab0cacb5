/** Opening hours as people write them, `{"mon": ["09:00-12:00", "13:00-17:00"]}`, to and from the domain's ranges. */
import type { DayRange } from '../../domain/routing/calendar.js';
import type { OpeningRange } from '../../domain/routing/schedule.js';

export const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

export type Day = (typeof DAYS)[number];

export type OpeningHours = { readonly [Key in Day]?: readonly string[] | undefined };

const RANGE = /^([01]\d|2[0-3]):([0-5]\d)-(?:([01]\d|2[0-3]):([0-5]\d)|(24):(00))$/;

type Minutes = Pick<OpeningRange, 'fromMinute' | 'toMinute'>;

/** Null when it is no range. One that ends before it starts runs past midnight; `24:00` is the end of the day. */
export function parseRange(text: string): Minutes | null {
  const match = RANGE.exec(text);
  if (match === null) return null;
  const fromMinute = Number(match[1]) * 60 + Number(match[2]);
  const toMinute = Number(match[3] ?? match[5]) * 60 + Number(match[4] ?? match[6]);
  return fromMinute === toMinute ? null : { fromMinute, toMinute };
}

export function rangesOf(hours: OpeningHours): readonly OpeningRange[] {
  return DAYS.flatMap((day, index) =>
    (hours[day] ?? []).flatMap((text) => {
      const minutes = parseRange(text);
      return minutes === null ? [] : [{ weekday: (index + 1) as OpeningRange['weekday'], ...minutes }];
    }),
  );
}

const clock = (minute: number): string =>
  `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;

/** Of a date in a calendar; none is closed. */
export function dayRangesOf(texts: readonly string[] | undefined): readonly DayRange[] {
  return (texts ?? []).flatMap((text) => parseRange(text) ?? []);
}

export function textsOf(ranges: readonly DayRange[]): string[] {
  return ranges.map(({ fromMinute, toMinute }) => `${clock(fromMinute)}-${clock(toMinute)}`);
}

const WHOLE_DAY = ['00:00-24:00'];

/** The hours of a schedule that leaves all to its calendars. */
export const ALWAYS: OpeningHours = Object.fromEntries(DAYS.map((day) => [day, WHOLE_DAY]));

/** `2026-12-25` or `12-25`; the 29th of February is a day of some years. */
export function isCalendarDate(text: string): boolean {
  const match = /^(?:(\d{4})-)?(\d\d-\d\d)$/.exec(text);
  if (match === null) return false;
  const date = `${match[1] ?? '2028'}-${match[2]}`;
  const at = Date.parse(date);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

export function hoursOf(ranges: readonly OpeningRange[]): OpeningHours {
  const days = DAYS.map((day, index) => {
    const own = ranges.filter(({ weekday }) => weekday === index + 1);
    return [day, textsOf(own)] as const;
  });
  return Object.fromEntries(days.filter(([, ranges]) => ranges.length > 0));
}
