/** When an operator is told that a limit is nearly, or all, used up, and in what words. */
import { formatMicros } from '../money/money.js';
import type { CountedCap } from './cap.js';

export interface CapAlert {
  readonly kind: 'budget-cap-alert' | 'periodic-call-cap-alert' | 'concurrent-call-cap-alert';
  readonly sentence: string;
}

const PERCENTS = [100, 80] as const;

/** The highest threshold that lies behind `before` and not behind `after`; null when none does. A limit of nothing has none. */
export function thresholdCrossed(limit: number, before: number, after: number): 80 | 100 | null {
  const isReached = (percent: number, used: number): boolean => used * 100 >= limit * percent;
  const percent = PERCENTS.find((each) => isReached(each, after)) ?? null;
  return limit <= 0 || percent === null || isReached(percent, before) ? null : percent;
}

/** Use in a window only grows, so that each threshold is crossed once in it. Amounts are calls, or micro-units for revenue. */
export function alertOfCap({ label, cap }: CountedCap, before: number, after: number): CapAlert | null {
  const { dimension, window, limit, timeZone } = cap;
  const percent = thresholdCrossed(limit, before, after);
  if (percent === null) return null;
  const isMoney = dimension === 'revenue';
  const [used, of] = isMoney ? [formatMicros(after, '').trim(), formatMicros(limit, '').trim()] : [after, limit];
  const when = window === 'total' ? 'in total' : `this ${window} in ${timeZone}`;
  return {
    kind: isMoney ? 'budget-cap-alert' : 'periodic-call-cap-alert',
    sentence: `${label} has come to ${percent} % of a cap: ${used} of ${of} ${dimension} ${when}`,
  };
}

/** `key` is that of the slots, such as `target:acme`. */
export function alertOfSlots(key: string, limit: number, used: number, percent: number): CapAlert {
  const label = key.replace(':', ' ').replace(/:(in|out)$/, ', $1bound');
  const sentence = `${label} has come to ${percent} % of its calls at once: ${used} of ${limit}`;
  return { kind: 'concurrent-call-cap-alert', sentence };
}
