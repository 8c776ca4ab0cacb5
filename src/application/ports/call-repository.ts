/**
 * Calls in the store. Every promise settles when the write is durable (group commit on a writer thread), so awaiting
 * `open` before the 200 OK is what "journal before you act" means.
 */
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { CallerHistory } from '../../domain/callers/caller-history.js';
import type { Call, CallOutcome, CallState } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { LedgerEntry } from '../../domain/money/ledger.js';
import type { LoggedCall } from '../../domain/plans/logged-call.js';
import type { CapUse } from '../../domain/routing/cap.js';
import type { DecisionTrace } from '../../domain/routing/decision-trace.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import type { HistoryQuestion } from './caller-histories.js';

/** This process may no longer write calls: another one has taken them over. Nothing was written. */
export class LeaseLostError extends Error {
  override readonly name = 'LeaseLostError';
}

export interface CallDetails {
  readonly call: Call;
  readonly legs: readonly Leg[];
  readonly timeline: readonly TimelineEntry[];
  readonly trace: DecisionTrace | null;
  readonly bids: readonly BidRecord[];
  readonly recordings: readonly Recording[];
  readonly ledger: readonly LedgerEntry[];
}

/** How far a call has come, beside its record. What an earlier checkpoint wrote is not written again. */
export interface CallProgress {
  /** Null leaves what is stored. */
  readonly continuation: Continuation | null;
  /** Steps from the place `from` on. */
  readonly timeline: { readonly from: number; readonly entries: readonly TimelineEntry[] };
  readonly bids: { readonly from: number; readonly entries: readonly BidRecord[] };
  /** Null leaves what is stored. */
  readonly trace: DecisionTrace | null;
}

/**
 * Everything that is written when a call ends, in one transaction. Timeline and bids are whole: what is stored of them stays,
 * and a trace that is stored stays when there is none here.
 */
export interface CallClosing {
  readonly call: Call;
  readonly timeline: readonly TimelineEntry[];
  readonly trace: DecisionTrace | null;
  readonly bids: readonly BidRecord[];
  readonly ledger: readonly LedgerEntry[];
  /** What the call used of caps; counted once, like the ledger. */
  readonly capUses: readonly CapUse[];
  /** One for each recording at most: a second one of the same changes nothing. */
  readonly deliveries: readonly Delivery[];
  /** For those whose turn it is next, and what is to be expected of them. */
  readonly dials: readonly TargetDial[];
  /** How many of the first entries and bids earlier writes are known to have stored; none when absent. They need not be written again. */
  readonly stored?: { readonly timeline: number; readonly bids: number };
}

/** What a search asks for; null asks for nothing. All that is asked must hold. */
export interface CallFilter {
  readonly campaignId: string | null;
  readonly sourceId: string | null;
  readonly buyerId: string | null;
  readonly targetId: string | null;
  readonly trunkId: string | null;
  readonly didId: string | null;
  /** As it stands in the record: E.164 when it could be read as a number. */
  readonly callerNumber: string | null;
  readonly outcome: CallOutcome | null;
  readonly state: CallState | null;
  /** Milliseconds since 1970-01-01 UTC, inclusive. */
  readonly startedFrom: number | null;
  /** Milliseconds since 1970-01-01 UTC, exclusive. */
  readonly startedBefore: number | null;
}

export const ANY_CALL: CallFilter = {
  campaignId: null,
  sourceId: null,
  buyerId: null,
  targetId: null,
  trunkId: null,
  didId: null,
  callerNumber: null,
  outcome: null,
  state: null,
  startedFrom: null,
  startedBefore: null,
};

/** A place in the order of the log, which is newest first. A call that is written later never moves it. */
export interface CallPosition {
  readonly startedAt: number;
  readonly callId: string;
}

export interface FoundCalls {
  readonly calls: readonly Call[];
  /**
   * Where the next page begins; null at the end of the log. A page may hold fewer calls than were asked for, even none,
   * and have a next one: the work of a page is bounded, however rare what is searched for.
   */
  readonly next: CallPosition | null;
}

/** A page of calls with what a back-test needs of them. */
export interface FoundLoggedCalls {
  readonly calls: readonly LoggedCall[];
  readonly next: CallPosition | null;
}

/** Rows that one page may look at. */
export const SEARCH_ROWS_MAX = 5_000;

export interface CallRepository {
  /**
   * With the question, answers it as well, so that a call asks the store once: null when nothing was asked, or when it could not be
   * read, which keeps no call out.
   */
  open(call: Call, asked?: HistoryQuestion | null): Promise<CallerHistory | null>;
  /** Writes the call as it now is; refused when the stored one is already terminal. */
  save(call: Call, progress?: CallProgress): Promise<void>;
  saveLeg(leg: Leg): Promise<void>;
  /** Closing twice changes nothing: the first terminal state and the first ledger entry of a key stay. */
  close(closing: CallClosing): Promise<void>;
  /** Timeline entries that come after the close, such as `fax-received`. */
  appendTimeline(callId: string, entries: readonly TimelineEntry[]): Promise<void>;
  /** With what the timeline says of it, when the call is closed: both or neither. */
  saveRecording(recording: Recording, told?: TimelineEntry | null): Promise<void>;
  find(callId: string): Promise<CallDetails | null>;
  /** Newest first. `before` is the callId of the last row of the previous page. */
  list(page: { readonly limit: number; readonly before: string | null }): Promise<readonly Call[]>;
  /** Newest first, from `after` on (exclusive). Rejects with a RangeError for a page of less than 1 or more than 1,000 calls. */
  search(
    filter: CallFilter,
    page: { readonly limit: number; readonly after: CallPosition | null },
  ): Promise<FoundCalls>;
  /** As `search`, with bids and what the trace says. */
  logged(
    filter: CallFilter,
    page: { readonly limit: number; readonly after: CallPosition | null },
  ): Promise<FoundLoggedCalls>;
  /** One call of the log, as `logged` has it; null when there is none. */
  loggedCall(callId: string): Promise<LoggedCall | null>;
  findRecording(recordingId: string): Promise<Recording | null>;
  /** What is used of each cap in the newest window that has anything. */
  capUses(): Promise<readonly CapUse[]>;
  /** The latest of each target, so many of it at most; the oldest first. */
  targetDials(perTarget: number): Promise<readonly TargetDial[]>;
  /** Calls without a terminal state: what a start after a crash has to adopt or to close. */
  unfinished(): Promise<readonly Call[]>;
  /** Of the unfinished calls, those that have one. */
  continuations(): Promise<readonly Continuation[]>;
  /** Recordings that were never finished, oldest first: of calls that are up, or that nobody came back to. */
  unfinishedRecordings(): Promise<readonly Recording[]>;
}
