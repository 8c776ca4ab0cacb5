/** What a bidder answered to a ping or to a post. Everything that is not a usable bid says why it is not. */
import type { Destination } from '../trunks/destination.js';

export type NoBidReason =
  | 'refused'
  | 'timeout'
  | 'late'
  | 'connection'
  | 'http-status'
  | 'too-large'
  | 'not-json'
  | 'no-price'
  | 'absurd-price'
  | 'bad-destination'
  | 'no-destination'
  | 'address-refused'
  | 'circuit-open'
  | 'rate-limited'
  | 'cancelled';

export type PingOutcome =
  | {
      readonly kind: 'bid';
      readonly amountMicros: number;
      /** Null when the post brings it, or when the target has its own. */
      readonly destination: Destination | null;
      readonly reference: string | null;
      readonly billAfterMs: number | null;
      /** How long the bid stands, from its arrival. */
      readonly lifetimeMs: number;
      readonly latencyMs: number;
    }
  | { readonly kind: 'no-bid'; readonly reason: NoBidReason; readonly detail: string; readonly latencyMs: number };

export type PostOutcome =
  | {
      readonly kind: 'accepted';
      readonly destination: Destination | null;
      /** When the post states a price of its own. */
      readonly amountMicros: number | null;
      readonly billAfterMs: number | null;
      readonly latencyMs: number;
    }
  | {
      readonly kind: 'not-accepted';
      readonly reason: NoBidReason;
      readonly detail: string;
      readonly latencyMs: number;
    };

/** One row of the bid log: every ping of a call, whatever became of it. */
export interface BidRecord {
  readonly bidderId: string;
  readonly targetId: string;
  readonly outcome: 'bid' | NoBidReason;
  readonly detail: string;
  readonly amountMicros: number | null;
  readonly latencyMs: number;
  /** Offset from the call's start. */
  readonly atMs: number;
}
