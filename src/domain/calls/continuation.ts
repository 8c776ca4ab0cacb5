/**
 * What another process needs to carry a call on that this one began, beside its record and its legs: what was agreed with
 * whoever is rung or talks, and how the call ends once the caller hears his last words. Written before either is acted on.
 */

import type { Payout } from '../campaigns/source.js';
import type { CountedCap } from '../routing/cap.js';
import type { CallOutcome } from './call.js';
import type { Release } from './release.js';

/** The terms of a sale as they stood when the buyer was rung: an edit of the configuration does not change them. */
export interface SaleTerms {
  readonly targetId: string;
  readonly buyerId: string;
  readonly priceMicros: number;
  readonly currency: string;
  /** Connected time from which the buyer owes the price. */
  readonly billAfterMs: number;
  /** Why he owes nothing however long they talk; null when he does. */
  readonly unbilledFor: string | null;
  readonly sourceId: string;
  readonly payout: Payout;
  readonly payoutAfterMs: number;
}

/** Reserved of a cap until the call says what it has used. */
export interface HeldCap {
  readonly counted: CountedCap;
  /** 1, or micro-units for revenue. */
  readonly amount: number;
}

export interface Agreement {
  /** Who is rung, as the call log names him. */
  readonly label: string;
  /** Null for a number of the fallback chain: nobody pays for it. */
  readonly sale: SaleTerms | null;
  /** Of the trunk that is dialled through, and of target and buyer: reserved again by whoever carries the call on. */
  readonly slots: readonly { readonly key: string; readonly limit: number | null }[];
  /** Held for the dial; the call holds them itself once the two are joined. */
  readonly caps: readonly HeldCap[];
}

/** The caller hears the ending or another message, or leaves one; nothing is decided any more. */
export interface ForeseenEnd {
  readonly kind: 'ending' | 'message' | 'voicemail' | 'apology';
  readonly outcome: CallOutcome;
  readonly talkMs: number;
  /** Null when the end of the caller's leg will say it; then `detail` goes with it. */
  readonly release: Release | null;
  readonly detail: string;
}

export interface AgentOfCall {
  readonly agentId: string;
  readonly legId: string;
}

export interface Continuation {
  readonly callId: string;
  /** With each who is rung; once one of them has taken the call, with him alone. */
  readonly agreements: readonly Agreement[];
  readonly foreseen: ForeseenEnd | null;
  readonly caps: readonly HeldCap[];
  /** Who has paused the recording, for people; null when it is not paused. */
  readonly pausedBy: string | null;
  /** The agent who has the caller, or had him before he was sold, and his leg; null for none. */
  readonly agent: AgentOfCall | null;
}

/** Of several who were rung together, the one of this target; null when it is none of them. A null id is a number of the fallback chain. */
export function agreementWith({ agreements }: Continuation, targetId: string | null): Agreement | null {
  const [first, ...others] = agreements;
  if (first !== undefined && others.length === 0) return first;
  return agreements.find(({ sale }) => (sale?.targetId ?? null) === targetId) ?? null;
}
