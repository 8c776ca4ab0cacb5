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
  | 'skill'
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
  | 'hold-time'
  | 'group-active'
  | 'group'
  | 'rung-before'
  | 'asked-before'
  | 'share'
  | 'order'
  | 'turn'
  | 'margin';

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
  /** `plan/group` in which it stands; empty for a campaign without a plan. */
  readonly group: string;
  readonly outcome: CandidateOutcome;
  readonly amountMicros: number | null;
  /** 1 for the best price; null when it had none. */
  readonly rank: number | null;
  readonly checks: readonly Check[];
}

/** How far the call came with one group of its plan. */
export interface GroupTrace {
  readonly group: string;
  readonly name: string;
  readonly strategy: string;
  /** not-drawn: a share went elsewhere. not-reached: somebody before it took the call, or the caller left. */
  readonly reach: 'entered' | 'passed-over' | 'not-drawn' | 'not-reached';
  readonly checks: readonly Check[];
  readonly note: string | null;
}

export interface PlanTrace {
  readonly planId: string;
  readonly version: number;
  /** Each before those inside it. */
  readonly groups: readonly GroupTrace[];
}

export interface DecisionTrace {
  readonly configurationVersion: number;
  readonly candidates: readonly CandidateTrace[];
  readonly winnerTargetId: string | null;
  /** One sentence, for example "Acme won with 42.00 USD over 2 others". */
  readonly summary: string;
  /** Null for a campaign without a plan. */
  readonly plan: PlanTrace | null;
}
