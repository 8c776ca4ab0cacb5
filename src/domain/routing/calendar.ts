/**
 * Shared calendars of dates that differ from the week: holidays on which nobody works, and days with hours of their own. A date is
 * one of the row's own time zone, so that one calendar serves targets everywhere.
 */
export interface DayRange {
  /** Minutes after local midnight. */
  readonly fromMinute: number;
  /** Exclusive; a range that ends before it starts runs past midnight. */
  readonly toMinute: number;
}

export interface CalendarDay {
  /** `2026-12-25`, or `12-25` for every year. */
  readonly date: string;
  /** For people; may be empty. */
  readonly name: string;
  /** Hours in place of those of the week; none is closed. */
  readonly ranges: readonly DayRange[];
}

export interface Calendar {
  readonly id: string;
  readonly name: string;
  readonly days: readonly CalendarDay[];
}

/** Days by their date, made when a calendar is first asked. */
const byDate = new WeakMap<Calendar, ReadonlyMap<string, CalendarDay>>();

function daysOf(calendar: Calendar): ReadonlyMap<string, CalendarDay> {
  const known = byDate.get(calendar);
  if (known !== undefined) return known;
  const days = new Map(calendar.days.map((day) => [day.date, day]));
  byDate.set(calendar, days);
  return days;
}

/** What the first calendar that knows the date says of it; a date of one year goes before one of every year. Null: a day as others. */
export function dayOn(calendars: readonly Calendar[], date: string): CalendarDay | null {
  for (const calendar of calendars) {
    const days = daysOf(calendar);
    const day = days.get(date) ?? days.get(date.slice(5));
    if (day !== undefined) return day;
  }
  return null;
}
