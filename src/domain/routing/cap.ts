/**
 * Limits on how many calls, or how much money, a target, a buyer, a campaign or a source gets in a window of time. What is
 * counted here is kept after the call, unlike the slots of calls that are up at once.
 */
import { formatMicros } from '../money/money.js';
import { localHourIn } from './schedule.js';

/**
 * attempts: dials, whatever came of them (calls let in, on a campaign or a source). connected: bridged. converted: billed.
 * revenue: what buyers owe for them.
 */
export const CAP_DIMENSIONS = ['attempts', 'connected', 'converted', 'revenue'] as const;
export type CapDimension = (typeof CAP_DIMENSIONS)[number];

export const CAP_WINDOWS = ['hour', 'day', 'month', 'total'] as const;
export type CapWindow = (typeof CAP_WINDOWS)[number];

export interface Cap {
  readonly dimension: CapDimension;
  readonly window: CapWindow;
  /** Calls, or micro-units of the campaign's currency for revenue. */
  readonly limit: number;
  /** IANA zone whose clocks end the window. */
  readonly timeZone: string;
  /** hard: reached, the call goes elsewhere. soft: it rings on and is not billed. */
  readonly kind: 'hard' | 'soft';
}

export type CapSubject = 'target' | 'buyer' | 'group' | 'campaign' | 'source';

/** One cap of one subject, with the name under which its use is counted. */
export interface CountedCap {
  readonly key: string;
  /** For people, such as "buyer acme". */
  readonly label: string;
  readonly cap: Cap;
}

/** What a call uses of a cap: 1, or the price for revenue. */
export interface CapUse {
  readonly key: string;
  /** As `windowAt` numbers it. */
  readonly window: number;
  readonly amount: number;
}

/** Of campaign or source, which have one call however many buyers it was joined to. */
export function isOfWholeCall({ key }: CountedCap): boolean {
  return key.startsWith('campaign:') || key.startsWith('source:');
}

/** By whose clocks the windows of a cap end. */
export type CapPeriod = Pick<Cap, 'window' | 'timeZone'>;

export function countedCaps(subject: CapSubject, id: string, caps: readonly Cap[]): readonly CountedCap[] {
  return caps.map((cap) => ({
    // The zone belongs to the name: the windows of another zone are other windows.
    key: `${subject}:${id}:${cap.dimension}:${cap.window}:${cap.timeZone}`,
    label: `${subject} ${id}`,
    cap,
  }));
}

/** Of a cap that is known by its key alone: a zone has no colon in its name. */
export function periodOf(key: string): CapPeriod | null {
  const [window, timeZone] = key.split(':').slice(-2);
  const found = CAP_WINDOWS.find((each) => each === window);
  return found === undefined || timeZone === undefined ? null : { window: found, timeZone };
}

/**
 * Number of the window that `wallMs` (milliseconds since 1970-01-01 UTC) falls into: two moments are in the same one
 * exactly if the numbers are the same. The hour that a clock shows twice when daylight saving ends is two windows.
 */
export function windowAt({ window, timeZone }: CapPeriod, wallMs: number): number {
  if (window === 'total') return 0;
  const { year, month, day, hourStartMs } = localHourIn(timeZone, wallMs);
  switch (window) {
    case 'hour':
      return hourStartMs;
    case 'day':
      return year * 10_000 + month * 100 + day;
    case 'month':
      return year * 100 + month;
  }
}

const HOUR_MS = 3_600_000;
/** No window of the kind is longer, clocks that are put back included. */
const LONGEST_MS: Readonly<Record<Exclude<CapWindow, 'total'>, number>> = {
  hour: 3 * HOUR_MS,
  day: 50 * HOUR_MS,
  month: 33 * 24 * HOUR_MS,
};

/** The first instant of the next window by the cap's own clocks; null for a cap that never begins anew. */
export function windowEndAt(cap: Cap, wallMs: number): number | null {
  if (cap.window === 'total') return null;
  const now = windowAt(cap, wallMs);
  let inside = Math.floor(wallMs / 1_000);
  let outside = inside + LONGEST_MS[cap.window] / 1_000;
  while (outside - inside > 1) {
    const middle = Math.floor((inside + outside) / 2);
    if (windowAt(cap, middle * 1_000) === now) inside = middle;
    else outside = middle;
  }
  return outside * 1_000;
}

/** Whether so much more still fits. Revenue may reach its limit exactly and not pass it. */
export function fits({ limit }: Cap, used: number, amount: number): boolean {
  return used + amount <= limit;
}

/** For trace and timeline, such as "buyer acme has 38 of 50 connected this day in America/New_York". */
export function describeCap({ label, cap }: CountedCap, used: number, currency: string): string {
  const { dimension, window, limit, timeZone } = cap;
  const amounts =
    dimension === 'revenue'
      ? `${formatMicros(used, currency)} of ${formatMicros(limit, currency)}`
      : `${used} of ${limit}`;
  const when = window === 'total' ? 'in total' : `this ${window} in ${timeZone}`;
  return `${label} has ${amounts} ${dimension} ${when}`;
}

/** What a call came to, as far as caps count it. */
export interface CapOutcomeOfCall {
  readonly isConnected: boolean;
  readonly isBilled: boolean;
  readonly priceMicros: number;
}

/** What one dimension counts of such a call. */
export function capAmountOf({ cap }: CountedCap, { isConnected, isBilled, priceMicros }: CapOutcomeOfCall): number {
  switch (cap.dimension) {
    case 'attempts':
      return 1;
    case 'connected':
      return isConnected ? 1 : 0;
    case 'converted':
      return isBilled ? 1 : 0;
    case 'revenue':
      return priceMicros;
  }
}
