/** A publisher that sends calls, and what it is paid for one. */
import type { Cap } from './cap.js';

export type Payout =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly amountMicros: number }
  /** Share of the buyer's price in hundredths of a percent: 7,000 is 70 %. */
  | { readonly kind: 'share'; readonly basisPoints: number };

export interface Source {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  /** Whether this publisher's calls may be recorded; a call is recorded when its campaign says so too. */
  readonly allowsRecording: boolean;
  readonly payout: Payout;
  /** Connected time in ms from which the payout is due. */
  readonly payoutAfterMs: number;
  readonly maxCalls: number | null;
  readonly caps: readonly Cap[];
}
