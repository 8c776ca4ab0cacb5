/** Who pays for calls, and the targets at which a buyer is reached. */

import type { DuplicateRule } from '../callers/duplicate-rule.js';
import type { Cap } from '../routing/cap.js';
import type { ConcurrencyGrid } from '../routing/concurrency-grid.js';
import type { Condition } from '../routing/condition.js';
import type { Pause } from '../routing/pause.js';
import type { Schedule } from '../routing/schedule.js';
import type { Skill } from '../routing/skill.js';
import type { Destination } from '../trunks/destination.js';

export interface Buyer {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly pause: Pause | null;
  readonly maxCalls: number | null;
  /** Other limits by the hour; absent or null for none. */
  readonly concurrency?: ConcurrencyGrid | null;
  readonly caps: readonly Cap[];
  /** Null: as the campaign says. */
  readonly duplicates: DuplicateRule | null;
  /** Exact E.164 numbers, or prefixes that end in `*`: none of its targets gets them. */
  readonly blockedCallers: readonly string[];
}

/** What a call is worth at a target: a fixed price, or whatever its bidder answers to the ping. */
export type Pricing =
  | { readonly kind: 'static'; readonly amountMicros: number }
  | { readonly kind: 'bid'; readonly bidderId: string; readonly minimumMicros: number };

/** What is left in the voicemail box of a buyer who let it ring. */
export interface VoicemailDrop {
  readonly promptId: string;
  /** From the time-out of the key, in silence: until the greeting of the box is over. */
  readonly afterMs: number;
}

/** The key with which whoever answers takes the call: no machine that answers a telephone presses it. */
export interface AcceptKey {
  /** One of `0` to `9`, `*` and `#`. */
  readonly digit: string;
  /** From the end of whisper and prompt. */
  readonly timeoutMs: number;
  /** What he is told to press; null when the whisper says it. */
  readonly promptId: string | null;
  /** Null hangs up on whoever has not pressed it. */
  readonly voicemailDrop: VoicemailDrop | null;
}

/** Of a target that does not take the call. */
export interface TargetVoicemail {
  readonly greetingPromptId: string | null;
  readonly limitMs: number;
}

export interface Target {
  readonly id: string;
  readonly buyerId: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly pause: Pause | null;
  readonly pricing: Pricing;
  /** Where it is dialled; null when the bidder's answer brings the destination. */
  readonly destination: Destination | null;
  /** Trunk through which a number is dialled; not used for a SIP URI. */
  readonly trunkId: string | null;
  /** Lower is better; decides between equal prices. */
  readonly priority: number;
  readonly weight: number;
  readonly schedule: Schedule | null;
  /** What must hold of a call for this target to compete; null for every call. */
  readonly condition: Condition | null;
  /** Largest number of calls at once, ringing ones counted; null for no limit. */
  readonly maxCalls: number | null;
  /** Other limits by the hour; absent or null for none. */
  readonly concurrency?: ConcurrencyGrid | null;
  readonly caps: readonly Cap[];
  /** Null: as the buyer says, or else the campaign. */
  readonly duplicates: DuplicateRule | null;
  readonly ringTimeoutMs: number;
  /** Connected time in ms from which the buyer owes the price, unless the bid brought terms of its own. */
  readonly billAfterMs: number;
  /** Played to the buyer after the answer and before the bridge; null for none. */
  readonly whisperPromptId: string | null;
  /** How many buyers may have hung up on the caller before; null for any number. */
  readonly maxEarlierConnections: number | null;
  /** Null joins whoever answers at once. */
  readonly acceptKey: AcceptKey | null;
  /** In place of the campaign's, for a caller whom this target was the last to be rung for; absent or null for none. */
  readonly voicemail?: TargetVoicemail | null;
  /** What whoever answers there can do: a group of a plan may ask for it. */
  readonly skills: readonly Skill[];
}
