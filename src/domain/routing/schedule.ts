/**
 * Weekly opening hours in the schedule's own IANA time zone. Several ranges a day make a lunch break; a range that ends
 * before it starts runs past midnight. `Intl` knows daylight saving, so a range means what the wall clock shows there. Calendars
 * put other hours in place of those of the week, date by date.
 */
import { type Calendar, type DayRange, dayOn } from './calendar.js';

export interface OpeningRange {
  /** ISO 8601 weekday on which the range starts: 1 is Monday, 7 is Sunday. */
  readonly weekday: 1 | 2 | 3 | 4 | 5 | 6 | 7;
  /** Minutes after local midnight. */
  readonly fromMinute: number;
  /** Minutes after local midnight, exclusive; 1440 is the end of the day. */
  readonly toMinute: number;
}

export interface Schedule {
  readonly timeZone: string;
  /** No range means open on days of the calendars alone; a campaign without a schedule is always open. */
  readonly ranges: readonly OpeningRange[];
  /** The first that knows a date decides over it. */
  readonly calendarIds?: readonly string[];
  /** The same, found: as long as a configuration is in force. */
  readonly calendars?: readonly Calendar[];
}

export interface LocalTime {
  readonly weekday: number;
  readonly minuteOfDay: number;
  /** Such as `2026-12-25`. */
  readonly date: string;
}

const WEEKDAYS: Readonly<Record<string, number>> = { Mon: 1, Tue: 2, Wed: 3, Thu: 4, Fri: 5, Sat: 6, Sun: 7 };
const formatters = new Map<string, Intl.DateTimeFormat>();

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

interface KnownMinute {
  readonly minute: number;
  readonly local: LocalTime;
}

/** What a zone's clocks show in the minute that was asked for last: a thousand targets ask within the same one. */
const knownMinutes = new Map<string, KnownMinute>();

/** Throws RangeError for a time zone that does not exist; `isTimeZone` asks first. */
function formatterOf(timeZone: string): Intl.DateTimeFormat {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  formatters.set(timeZone, made);
  return made;
}

export function isTimeZone(timeZone: string): boolean {
  try {
    formatterOf(timeZone);
    return true;
  } catch {
    return false;
  }
}

/** Local weekday and minute of the day at `wallMs`, milliseconds since 1970-01-01 UTC. */
export function localTimeIn(timeZone: string, wallMs: number): LocalTime {
  const minute = Math.floor(wallMs / MINUTE_MS);
  const known = knownMinutes.get(timeZone);
  if (known !== undefined && known.minute === minute) return known.local;
  const local = readClock(timeZone, wallMs);
  knownMinutes.set(timeZone, { minute, local });
  return local;
}

function readClock(timeZone: string, wallMs: number): LocalTime {
  let weekday = 0;
  let hour = 0;
  let minute = 0;
  let [year, month, day] = ['', '', ''];
  for (const part of formatterOf(timeZone).formatToParts(wallMs)) {
    if (part.type === 'year') year = part.value;
    else if (part.type === 'month') month = part.value;
    else if (part.type === 'day') day = part.value;
    else if (part.type === 'weekday') weekday = WEEKDAYS[part.value] ?? 0;
    else if (part.type === 'hour') hour = Number(part.value);
    else if (part.type === 'minute') minute = Number(part.value);
  }
  return { weekday, minuteOfDay: hour * 60 + minute, date: `${year}-${month}-${day}` };
}

const isOvernight = ({ fromMinute, toMinute }: DayRange): boolean => toMinute <= fromMinute;

/** Of a range that starts on this day: from its start to its end, or to midnight. */
function coversToday(range: DayRange, minute: number): boolean {
  return minute >= range.fromMinute && (isOvernight(range) || minute < range.toMinute);
}

/** Of a range that started the day before: what of it lies behind midnight. */
function coversNextDay(range: DayRange, minute: number): boolean {
  return isOvernight(range) && minute < range.toMinute;
}

function dayBefore(date: string): string {
  return new Date(Date.parse(date) - DAY_MS).toISOString().slice(0, 10);
}

/**
 * A date that a calendar knows has its own hours and no others: also what runs on from the day before ends with midnight. Hours of
 * such a date that run past midnight run on, unless the next day is such a date too.
 */
export function isOpenAt(schedule: Schedule | null, wallMs: number): boolean {
  if (schedule === null) return true;
  const { ranges, calendars = [] } = schedule;
  const { weekday, minuteOfDay, date } = localTimeIn(schedule.timeZone, wallMs);
  const today = calendars.length === 0 ? null : dayOn(calendars, date);
  if (today !== null) return today.ranges.some((range) => coversToday(range, minuteOfDay));
  if (ranges.some((range) => range.weekday === weekday && coversToday(range, minuteOfDay))) return true;
  const yesterday = calendars.length === 0 ? null : dayOn(calendars, dayBefore(date));
  if (yesterday !== null) return yesterday.ranges.some((range) => coversNextDay(range, minuteOfDay));
  return ranges.some((range) => (range.weekday % 7) + 1 === weekday && coversNextDay(range, minuteOfDay));
}

/** Neither in a week nor on a day of these calendars, which are those that the schedule names. */
export function isNeverOpen({ ranges }: Schedule, calendars: readonly Calendar[]): boolean {
  return ranges.length === 0 && !calendars.some(({ days }) => days.some((day) => day.ranges.length > 0));
}

/** For trace and log: what the clocks show there, and what the calendar says of the day. */
export function describeMoment({ timeZone, calendars = [] }: Schedule, wallMs: number): string {
  const local = localTimeIn(timeZone, wallMs);
  const text = `${formatLocalTime(local)} in ${timeZone}`;
  const day = dayOn(calendars, local.date);
  if (day === null) return text;
  const name = day.name === '' ? '' : ` (${day.name})`;
  return `${text}, ${day.date}${name} in its calendar: ${day.ranges.length === 0 ? 'closed' : 'special hours'}`;
}

/** The calendar date of a zone's clocks, and the instant at which their present hour began. */
export interface LocalHour {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly hourStartMs: number;
}

interface KnownHour {
  readonly minute: number;
  readonly local: LocalHour;
}

const dateFormatters = new Map<string, Intl.DateTimeFormat>();
const knownHours = new Map<string, KnownHour>();

/** Throws RangeError for a time zone that does not exist. `wallMs` is milliseconds since 1970-01-01 UTC. */
export function localHourIn(timeZone: string, wallMs: number): LocalHour {
  const minute = Math.floor(wallMs / MINUTE_MS);
  const known = knownHours.get(timeZone);
  if (known !== undefined && known.minute === minute) return known.local;
  const formatter =
    dateFormatters.get(timeZone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone,
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      minute: 'numeric',
    });
  dateFormatters.set(timeZone, formatter);
  const parts = new Map(formatter.formatToParts(wallMs).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  const local: LocalHour = {
    year: part('year'),
    month: part('month'),
    day: part('day'),
    // Zones are off by quarters of an hour, so the local minute says how far back the local hour began.
    hourStartMs: (minute - part('minute')) * MINUTE_MS,
  };
  knownHours.set(timeZone, { minute, local });
  return local;
}

export function formatLocalTime(local: LocalTime): string {
  const hours = String(Math.floor(local.minuteOfDay / 60)).padStart(2, '0');
  const minutes = String(local.minuteOfDay % 60).padStart(2, '0');
  const day = Object.keys(WEEKDAYS)[local.weekday - 1] ?? '?';
  return `${day} ${hours}:${minutes}`;
}
