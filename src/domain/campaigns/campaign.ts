/** What happens to the calls of a DID: what the caller hears, who may buy, and what follows when nobody does. */

import type { CallerPolicy } from '../callers/caller-policy.js';
import type { DuplicateRule } from '../callers/duplicate-rule.js';
import type { SameBuyerRule } from '../callers/same-buyer.js';
import type { ConsentRule } from '../calls/recording-consent.js';
import type { Cap } from '../routing/cap.js';
import type { Pause } from '../routing/pause.js';
import type { ChainedQueue } from '../routing/queue.js';
import type { Schedule } from '../routing/schedule.js';
import type { Destination } from '../trunks/destination.js';
import type { AgentPlan } from './agent.js';

/** Tried in order after the last buyer. */
export type FallbackStep =
  | {
      readonly kind: 'dial';
      readonly destination: Destination;
      readonly trunkId: string | null;
      readonly ringTimeoutMs: number;
    }
  | { readonly kind: 'voicemail'; readonly greetingPromptId: string | null; readonly limitMs: number }
  | { readonly kind: 'message'; readonly promptId: string }
  /** The plan is walked as the campaign's own is, without those whom the call has been offered to. */
  | { readonly kind: 'plan'; readonly planId: string; readonly maxHoldMs: number }
  /** The targets of the plan are the members. */
  | ({ readonly kind: 'queue'; readonly planId: string } & ChainedQueue);

/** What a caller who waits hears over the music now and then: that he is not forgotten. */
export interface HoldPrompt {
  readonly promptId: string;
  readonly everyMs: number;
}

/** A buyer who hangs up this soon has not taken the call: the caller holds again, and the next one is rung. */
export interface Recovery {
  /** From the bridge. */
  readonly withinMs: number;
  /** How often for one caller, at most 5. */
  readonly maxAttempts: number;
}

export interface Campaign extends CallerPolicy {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly pause: Pause | null;
  readonly currency: string;
  readonly schedule: Schedule | null;
  /** Targets that may compete for a call, in one auction. */
  readonly targetIds: readonly string[];
  /** The plan that its calls walk, in place of that auction; null for none. */
  readonly planId: string | null;
  readonly consentPromptId: string | null;
  /** Who hears it, and is not recorded without it; absent or null plays it to everybody and asks nothing of recordings. */
  readonly consent?: ConsentRule | null;
  readonly greetingPromptId: string | null;
  readonly holdMusicPromptId: string;
  readonly endingPromptId: string | null;
  /** Played to a caller whom nobody fetched from hold in time. */
  readonly apologyPromptId: string | null;
  readonly recording: 'off' | 'from-bridge' | 'from-answer';
  /** The buyer pauses the recording, and resumes it, with these keys; null for no keys. */
  readonly recordingKeys: string | null;
  /** Agents to whom the calls go first; null when they are sold at once. */
  readonly agents: AgentPlan | null;
  /** All pings must be answered within this time, however long a bidder's own deadline is. */
  readonly auctionDeadlineMs: number;
  readonly minimumBidMicros: number;
  /** From the answer until the caller is bridged or sent to the fallback chain. */
  readonly maxHoldMs: number;
  /** Null plays the music alone. */
  readonly holdPrompt: HoldPrompt | null;
  /** The best who has shown no sign for so long is rung on, and the next best beside him; null for never. */
  readonly hedgeAfterMs: number | null;
  /** Null leaves a caller whose buyer hangs up early with the ending message. */
  readonly recovery: Recovery | null;
  /** Where voicemails go, signed with the secret; null for no webhook. */
  readonly voicemailWebhook: { readonly url: string; readonly secret: string } | null;
  /** Addresses that voicemails are mailed to, all in one mail. */
  readonly voicemailMail: readonly string[];
  /** Exact E.164 numbers, or prefixes that end in `*`. */
  readonly blockedCallers: readonly string[];
  readonly fallback: readonly FallbackStep[];
  /** The chain of callers who come outside the hours of campaign or source, or beyond their caps; absent or null refuses them. */
  readonly whenClosed?: readonly FallbackStep[] | null;
  /** What the caller is asked before the call is sold; null for nothing. */
  readonly flowId: string | null;
  readonly maxCalls: number | null;
  readonly caps: readonly Cap[];
  /** For targets that have no rule of their own, nor of their buyer; null restricts nobody. */
  readonly duplicates: DuplicateRule | null;
  /** Of callers whom the campaign has sold before. */
  readonly sameBuyer: SameBuyerRule;
  /** A source is paid once for a caller in so many days; 0 for every conversion. */
  readonly payoutOnceDays: number;
}
