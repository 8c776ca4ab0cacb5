/**
 * Calls in the store. Every promise settles when the write is durable (group commit on a writer thread), so awaiting
 * `open` before the 200 OK is what "journal before you act" means.
 */
import type { BidRecord } from '../../domain/bid.js';
import type { Call } from '../../domain/call.js';
import type { DecisionTrace } from '../../domain/decision-trace.js';
import type { LedgerEntry } from '../../domain/ledger.js';
import type { Leg } from '../../domain/leg.js';
import type { Recording } from '../../domain/recording.js';
import type { TimelineEntry } from '../../domain/timeline.js';

export interface CallDetails {
  readonly call: Call;
  readonly legs: readonly Leg[];
  readonly timeline: readonly TimelineEntry[];
  readonly trace: DecisionTrace | null;
  readonly bids: readonly BidRecord[];
  readonly recordings: readonly Recording[];
  readonly ledger: readonly LedgerEntry[];
}

/** Everything that is written when a call ends, in one transaction. */
export interface CallClosing {
  readonly call: Call;
  readonly timeline: readonly TimelineEntry[];
  readonly trace: DecisionTrace | null;
  readonly bids: readonly BidRecord[];
  readonly ledger: readonly LedgerEntry[];
}

export interface CallRepository {
  open(call: Call): Promise<void>;
  /** Writes the call as it now is; refused when the stored one is already terminal. */
  save(call: Call): Promise<void>;
  saveLeg(leg: Leg): Promise<void>;
  /** Closing twice changes nothing: the first terminal state and the first ledger entry of a key stay. */
  close(closing: CallClosing): Promise<void>;
  /** Timeline entries that come after the close, such as `recording-ready`. */
  appendTimeline(callId: string, entries: readonly TimelineEntry[]): Promise<void>;
  saveRecording(recording: Recording): Promise<void>;
  find(callId: string): Promise<CallDetails | null>;
  /** Newest first. `before` is the callId of the last row of the previous page. */
  list(page: { readonly limit: number; readonly before: string | null }): Promise<readonly Call[]>;
  /** Calls without a terminal state: what a start after a crash has to adopt or to close. */
  unfinished(): Promise<readonly Call[]>;
}
