/** A publisher that sends calls, and what it is paid for one. */

import type { Cap } from '../routing/cap.js';
import type { Pause } from '../routing/pause.js';
import type { Schedule } from '../routing/schedule.js';

export type Payout =
  | { readonly kind: 'none' }
  | { readonly kind: 'fixed'; readonly amountMicros: number }
  /** Share of the buyer's price in hundredths of a percent: 7,000 is 70 %. */
  | { readonly kind: 'share'; readonly basisPoints: number };

/** On what terms a publisher may ask for our bid before a call is sent. */
export interface PingTerms {
  /** A call that no standing ping announced is refused. */
  readonly isRequired: boolean;
  /** A ping need not name the caller: then whoever calls the number first takes it up. */
  readonly allowsUnknownCaller: boolean;
  /** How long our bid stands, in ms, unless the buyer's own bid ends before. */
  readonly lifetimeMs: number;
  /** Names that a ping may carry besides the caller; each becomes the tag `ping.<name>`. */
  readonly tags: readonly string[];
  /** `host` or `host:port` of the SIP address in our answers; null answers with the number alone. */
  readonly sipHost: string | null;
}

export interface Source {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly pause: Pause | null;
  /** What is known of every call of the publisher, by name without `source.`: a language, a skill that is needed. */
  readonly tags: Readonly<Record<string, string>>;
  /** Whether this publisher's calls may be recorded; a call is recorded when its campaign says so too. */
  readonly allowsRecording: boolean;
  readonly payout: Payout;
  /** Connected time in ms from which the payout is due. */
  readonly payoutAfterMs: number;
  readonly maxCalls: number | null;
  readonly caps: readonly Cap[];
  /** When it may send calls; null for always. */
  readonly schedule: Schedule | null;
  /** Null: this publisher does not ping. */
  readonly pings: PingTerms | null;
}
