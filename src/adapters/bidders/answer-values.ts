/**
 * The values of a bidder's answer, read strictly: a price, a destination, terms and an expiry. What is absent is
 * `undefined`; what is there and unusable says so, since it is a bidder's mistake and not an empty field.
 */
import type { NumberingPlan } from '../../application/ports/numbering-plan.js';
import { microsFromUnits } from '../../domain/money/money.js';
import { type Destination, parseDestination } from '../../domain/trunks/destination.js';

export type Reading<T> =
  | { readonly kind: 'value'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'bad' };

const DECIMAL = /^\$?\s*(\d{1,12}(?:\.\d{1,12})?|\.\d{1,12})$/;

/** Units of the currency, as a number or as decimal text such as "12.50" or "$12.50". */
export function readPrice(value: unknown): Reading<number> {
  if (value === undefined) return { kind: 'absent' };
  const text = typeof value === 'string' ? DECIMAL.exec(value.trim())?.[1] : undefined;
  const units = typeof value === 'number' ? value : Number(text ?? Number.NaN);
  const amountMicros = microsFromUnits(units);
  return amountMicros === null ? { kind: 'bad' } : { kind: 'value', value: amountMicros };
}

/** A number in any form that the numbering plan reads, a SIP URI, or `user@host` without its scheme. */
export function readDestination(value: unknown, country: string, plan: NumberingPlan): Reading<Destination> {
  if (value === undefined) return { kind: 'absent' };
  if (typeof value !== 'string' && !(typeof value === 'number' && Number.isSafeInteger(value))) return { kind: 'bad' };
  const text = String(value).trim();
  if (text.length > 512) return { kind: 'bad' };
  if (text.includes('@') || /^sips?:/i.test(text)) {
    const destination = parseDestination(/^sips?:/i.test(text) ? text : `sip:${text}`);
    return destination?.kind === 'sip' ? { kind: 'value', value: destination } : { kind: 'bad' };
  }
  const number = plan.toE164(text, country);
  return number === null ? { kind: 'bad' } : { kind: 'value', value: { kind: 'number', number } };
}

/** An id that goes back to the bidder in the post: text or a whole number, 512 characters at most. */
export function readReference(value: unknown): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
  return typeof value === 'string' && value.length <= 512 ? value : null;
}

function readNumber(value: unknown): number | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  return typeof value === 'string' && /^\d{1,16}(?:\.\d{1,6})?$/.test(value.trim()) ? Number(value) : null;
}

/** Seconds of talk from which the price is due, as ms; null when it is absent or no sane duration (a day at most). */
export function readBillAfterMs(value: unknown): number | null {
  const seconds = readNumber(value);
  return seconds === null || seconds < 0 || seconds > 86_400 ? null : Math.round(seconds * 1000);
}

const DAY_MS = 86_400_000;

/**
 * How long a bid stands, in ms from its arrival: seconds, or a point in time as epoch seconds, epoch ms, or ISO 8601
 * text, whichever the size of the value shows. Null when it is absent or unreadable. Never more than a day.
 */
export function readLifetimeMs(value: unknown, nowWallMs: number): number | null {
  const number = readNumber(value);
  const clamp = (ms: number): number => Math.min(Math.max(Math.round(ms), 0), DAY_MS);
  if (number !== null) {
    if (number >= 1e11) return clamp(number - nowWallMs);
    if (number >= 1e9) return clamp(number * 1000 - nowWallMs);
    return number < 0 ? 0 : clamp(number * 1000);
  }
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}T/.test(value)) return null;
  const instant = Date.parse(value);
  return Number.isNaN(instant) ? null : clamp(instant - nowWallMs);
}
