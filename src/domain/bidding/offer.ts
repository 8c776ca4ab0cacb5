/** What a call may be sold for: a target in its place, at its own price or for what its bidder bids; and which of two comes first. */

import type { Target } from '../campaigns/buyer.js';
import type { PlannedTarget } from '../plans/planned-target.js';
import type { Destination } from '../trunks/destination.js';
import type { Bidder } from './bidder.js';

export interface Offer {
  readonly target: Target;
  /** The target in its place: with what is reserved to dial it. */
  readonly planned: PlannedTarget;
  readonly bidder: Bidder | null;
  readonly amountMicros: number;
  readonly destination: Destination | null;
  readonly reference: string | null;
  readonly billAfterMs: number;
  /** Offset on the auction's clock after which the bid no longer stands; null for a static price. */
  readonly expiresAtMs: number | null;
}

/** By what offers are compared: the higher value first, then the higher price, then the lower priority. */
export interface Rank {
  /** What it is ranked by: the price, or the margin that it is expected to leave. */
  readonly valueMicros: number;
  readonly amountMicros: number;
  readonly priority: number;
}

/** Negative when `left` comes first. */
export function byRank(left: Rank, right: Rank): number {
  if (left.valueMicros !== right.valueMicros) return left.valueMicros > right.valueMicros ? -1 : 1;
  if (left.amountMicros !== right.amountMicros) return left.amountMicros > right.amountMicros ? -1 : 1;
  return left.priority - right.priority;
}

/** What the target asks for itself. */
export function staticOffer(planned: PlannedTarget): Offer {
  const { target, priceMicros } = planned;
  const { destination, billAfterMs } = target;
  const amountMicros = priceMicros ?? 0;
  return { target, planned, bidder: null, amountMicros, destination, reference: null, billAfterMs, expiresAtMs: null };
}
