/**
 * Money of a call. Entries are only ever added; a correction is a new entry that reverses an old one. The unique key is
 * what keeps a call from being billed twice, whatever process writes it and however often.
 */
import type { Payout } from '../campaigns/source.js';

export type LedgerKind = 'buyer-charge' | 'source-payout';

export interface LedgerEntry {
  /** `<callId>:<kind>`, unique in the store. */
  readonly key: string;
  readonly callId: string;
  readonly kind: LedgerKind;
  /** Buyer or source that the entry belongs to. */
  readonly accountId: string;
  /** Positive: owed to us by the buyer, or by us to the source. */
  readonly amountMicros: number;
  readonly currency: string;
  readonly at: number;
}

export interface SettlementTerms {
  readonly callId: string;
  readonly currency: string;
  readonly talkMs: number;
  readonly buyerId: string;
  readonly priceMicros: number;
  /** Connected time from which the buyer owes the price. */
  readonly billAfterMs: number;
  /** Why the buyer owes nothing, however long the talk; null when the time decides. */
  readonly unbilledFor: string | null;
  readonly sourceId: string;
  readonly payout: Payout;
  readonly payoutAfterMs: number;
  readonly at: number;
}

export interface Settlement {
  readonly isBilled: boolean;
  readonly priceMicros: number;
  readonly payoutMicros: number;
  readonly entries: readonly LedgerEntry[];
  readonly reason: string;
}

/** Integer arithmetic in two parts, because price x basis points can pass 2^53. */
export function shareOf(amountMicros: number, basisPoints: number): number {
  const whole = Math.floor(amountMicros / 10_000);
  const rest = amountMicros % 10_000;
  return whole * basisPoints + Math.floor((rest * basisPoints) / 10_000);
}

function payoutMicrosOf(terms: SettlementTerms, isBilled: boolean): number {
  if (terms.talkMs < terms.payoutAfterMs || terms.talkMs <= 0) return 0;
  switch (terms.payout.kind) {
    case 'none':
      return 0;
    case 'fixed':
      return terms.payout.amountMicros;
    case 'share':
      return isBilled ? shareOf(terms.priceMicros, terms.payout.basisPoints) : 0;
  }
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** The buyer's rule and the publisher's rule are independent: one may pay when the other does not. */
export function settle(terms: SettlementTerms): Settlement {
  const isBilled = terms.unbilledFor === null && terms.talkMs >= terms.billAfterMs && terms.talkMs > 0;
  const priceMicros = isBilled ? terms.priceMicros : 0;
  const payoutMicros = payoutMicrosOf(terms, isBilled);
  const entry = (kind: LedgerKind, accountId: string, amountMicros: number): LedgerEntry => ({
    key: `${terms.callId}:${kind}`,
    callId: terms.callId,
    kind,
    accountId,
    amountMicros,
    currency: terms.currency,
    at: terms.at,
  });
  const entries: LedgerEntry[] = [];
  if (priceMicros > 0) entries.push(entry('buyer-charge', terms.buyerId, priceMicros));
  if (payoutMicros > 0) entries.push(entry('source-payout', terms.sourceId, payoutMicros));
  const compared = `${seconds(terms.talkMs)} of talk, ${seconds(terms.billAfterMs)} needed`;
  const reason = `${isBilled ? 'billed' : 'not billed'}: ${terms.unbilledFor ?? compared}`;
  return { isBilled, priceMicros, payoutMicros, entries, reason };
}
