/** What an earlier process wrote of a call, for the journal of whoever carries it on. */
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { AgentOfCall, Agreement, ForeseenEnd } from '../../domain/calls/continuation.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';

export interface JournalPast {
  readonly timeline: readonly TimelineEntry[];
  readonly bids: readonly BidRecord[];
  readonly agreements: readonly Agreement[];
  readonly foreseen: ForeseenEnd | null;
  readonly pausedBy: string | null;
  readonly agent: AgentOfCall | null;
}

export const NO_PAST: JournalPast = {
  ...{ timeline: [], bids: [], agreements: [], foreseen: null, pausedBy: null, agent: null },
};
