/**
 * What earlier calls of one caller came to in one campaign: with whom he was connected, and whether the buyer paid. It is
 * fetched once, when a call is let in, so that every decision over it is pure. Of a caller who withholds his number nothing
 * is known, and nothing is kept.
 */
import type { Call } from '../calls/call.js';
import { type E164, isE164 } from '../trunks/phone-number.js';

/** All calls of a caller in a campaign that one target took, as one row. */
export interface CallerContact {
  readonly targetId: string;
  /** Of the target when it took the last of them. */
  readonly buyerId: string;
  /** Milliseconds since 1970-01-01 UTC, as the others. */
  readonly firstConnectedAt: number;
  readonly lastConnectedAt: number;
  /** When the buyer last owed the price; null when he never did. */
  readonly lastConvertedAt: number | null;
}

export interface CallerHistory {
  /** False when the store did not say in time: then nothing is held against the caller, and the trace says so. */
  readonly isKnown: boolean;
  readonly contacts: readonly CallerContact[];
  /** When he last called the same number of ours; null when he never did. */
  readonly lastCalledAt: number | null;
  /** Calls to the campaign since the instant that was asked about, refused ones included, the present one not. */
  readonly recentCalls: number;
}

export const NO_HISTORY: CallerHistory = { isKnown: true, contacts: [], lastCalledAt: null, recentCalls: 0 };
export const UNKNOWN_HISTORY: CallerHistory = { ...NO_HISTORY, isKnown: false };

export const DAY_MS = 86_400_000;

/** The number under which a caller is remembered; null for who withholds it, and for what is no number. */
export function rememberedNumber({
  callerNumber,
  isCallerPrivate,
}: Pick<Call, 'callerNumber' | 'isCallerPrivate'>): E164 | null {
  return !isCallerPrivate && isE164(callerNumber) ? callerNumber : null;
}

/** What one call adds to the history of its caller. */
export interface CallContact {
  readonly callerNumber: string;
  readonly campaignId: string;
  readonly targetId: string;
  readonly buyerId: string;
  readonly connectedAt: number;
  readonly convertedAt: number | null;
}

/** Null for a call that has reached no target, and of a caller who is not remembered. */
export function contactOf(call: Call): CallContact | null {
  const { campaignId, targetId, buyerId, bridgedAt: connectedAt, outcome } = call;
  const callerNumber = rememberedNumber(call);
  if (callerNumber === null || campaignId === null) return null;
  if (targetId === null || buyerId === null || connectedAt === null) return null;
  const convertedAt = outcome === 'sold' ? connectedAt : null;
  return { callerNumber, campaignId, targetId, buyerId, connectedAt, convertedAt };
}

/** The newest conversion of the caller in the campaign, whoever bought; null when there is none. */
export function lastConversionOf({ contacts }: CallerHistory): number | null {
  return contacts.reduce<number | null>((last, { lastConvertedAt }) => {
    if (lastConvertedAt === null) return last;
    return last === null ? lastConvertedAt : Math.max(last, lastConvertedAt);
  }, null);
}

/** Exactly so long ago is within. `days` null is for ever. */
export function isWithin(days: number | null, at: number, wallMs: number): boolean {
  return days === null || wallMs - at <= days * DAY_MS;
}

/** For sentences, such as "3 days ago". */
export function describeAge(at: number, wallMs: number): string {
  const minutes = Math.max(0, Math.floor((wallMs - at) / 60_000));
  if (minutes < 120) return `${minutes} min ago`;
  return minutes < 2_880 ? `${Math.floor(minutes / 60)} h ago` : `${Math.floor(minutes / 1_440)} days ago`;
}
