/**
 * Why a call went where it went. For every candidate target: each check with the values that it compared, and what
 * would have had to differ. It is data, stored with the call.
 */
export type CheckName =
  | 'target-active'
  | 'buyer-active'
  | 'bidder-active'
  | 'open-now'
  | 'condition'
  | 'duplicate'
  | 'same-buyer'
  | 'buyer-list'
  | 'concurrency'
  | 'cap'
  | 'trunk'
  | 'ping'
  | 'minimum-bid'
  | 'destination'
  | 'bid-expiry'
  | 'post'
  | 'slot'
  | 'dial'
  | 'accept-key'
  | 'early-hangup'
  | 'earlier-connections'
  | 'pace'
  | 'patience'
  | 'group-active'
  | 'group'
  | 'rung-before'
  | 'share'
  | 'order';

export interface Check {
  readonly check: CheckName;
  readonly passed: boolean;
  /** The values compared, for example "31.00 USD against a minimum of 35.00 USD". */
  readonly values: string;
  /** What would have had to differ; null when it passed. */
  readonly needed: string | null;
}

export type CandidateOutcome = 'won' | 'outbid' | 'ineligible' | 'no-bid' | 'failed' | 'not-reached';

export interface CandidateTrace {
  readonly targetId: string;
  readonly buyerId: string;
  readonly outcome: CandidateOutcome;
  readonly amountMicros: number | null;
  /** 1 for the best price; null when it had none. */
  readonly rank: number | null;
  readonly checks: readonly Check[];
}

export interface DecisionTrace {
  readonly configurationVersion: number;
  readonly candidates: readonly CandidateTrace[];
  readonly winnerTargetId: string | null;
  /** One sentence, for example "Acme won with 42.00 USD over 2 others". */
  readonly summary: string;
}
