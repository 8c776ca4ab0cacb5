/** The tables of a call (migrations 000002, 000005 and 000008) and how a call, whose release has four columns, becomes a row. */
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { Call } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Recording } from '../../domain/calls/recording.js';
import type { Release } from '../../domain/calls/release.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { LedgerEntry } from '../../domain/money/ledger.js';
import type { LoggedBid, LoggedCall, LoggedRecord, Refusals } from '../../domain/plans/logged-call.js';
import type { DecisionTrace } from '../../domain/routing/decision-trace.js';
import type { TargetDial } from '../../domain/routing/target-dial.js';
import { mapRows } from './row-map.js';

/** Not in a terminal state of `domain/calls/call.ts`; in the words of the partial index, so that SQLite uses it. */
export const IS_UNFINISHED_SQL = "state NOT IN ('refused', 'ended')";

interface CallRow extends Omit<Call, 'release'> {
  readonly releaseBy: Release['by'] | null;
  readonly releaseCause: Release['cause'] | null;
  readonly releaseSipStatus: number | null;
  readonly releaseDetail: string | null;
}

export const CALLS = mapRows<CallRow>('calls', {
  callId: 'plain',
  state: 'plain',
  sipCallId: 'plain',
  configurationVersion: 'plain',
  trunkId: 'plain',
  didId: 'plain',
  campaignId: 'plain',
  sourceId: 'plain',
  planId: 'plain',
  planVersion: 'plain',
  callerNumber: 'plain',
  calledNumber: 'plain',
  callerName: 'plain',
  isCallerPrivate: 'boolean',
  verstat: 'plain',
  isRepeat: 'boolean',
  isDuplicate: 'boolean',
  startedAt: 'ms',
  answeredAt: 'ms',
  bridgedAt: 'ms',
  endedAt: 'ms',
  holdMs: 'ms',
  ringMs: 'ms',
  talkMs: 'ms',
  billedMs: 'ms',
  buyerId: 'plain',
  targetId: 'plain',
  priceMicros: 'plain',
  payoutMicros: 'plain',
  currency: 'plain',
  outcome: 'plain',
  releaseBy: 'plain',
  releaseCause: 'plain',
  releaseSipStatus: 'plain',
  releaseDetail: 'plain',
  flow: 'json',
});

export function rowOfCall(call: Call): CallRow {
  const { release, ...rest } = call;
  return {
    ...rest,
    releaseBy: release?.by ?? null,
    releaseCause: release?.cause ?? null,
    releaseSipStatus: release?.sipStatus ?? null,
    releaseDetail: release?.detail ?? null,
  };
}

export function callOfRow(row: CallRow): Call {
  const { releaseBy, releaseCause, releaseSipStatus, releaseDetail, ...rest } = row;
  if (releaseBy === null || releaseCause === null) return { ...rest, release: null };
  const release = { by: releaseBy, cause: releaseCause, sipStatus: releaseSipStatus ?? 0, detail: releaseDetail ?? '' };
  return { ...rest, release };
}

export const LEGS = mapRows<Leg>('legs', {
  legId: 'plain',
  callId: 'plain',
  side: 'plain',
  targetId: 'plain',
  sipCallId: 'plain',
  localTag: 'plain',
  remoteTag: 'plain',
  localUri: 'plain',
  remoteUri: 'plain',
  remoteContact: 'plain',
  routeSet: 'json',
  localCseq: 'plain',
  localSdp: 'plain',
  remoteSdp: 'plain',
  channelId: 'plain',
  mediaServer: 'plain',
  dialogId: 'plain',
  inviteId: 'plain',
  mediaDialog: 'json',
  state: 'plain',
});

export const CONTINUATIONS = mapRows<Continuation>('continuations', {
  callId: 'plain',
  agreements: 'json',
  foreseen: 'json',
  caps: 'json',
  pausedBy: 'plain',
  agent: 'json',
});

export const DELIVERIES = mapRows<Delivery>('deliveries', {
  itemId: 'plain',
  item: 'plain',
  way: 'plain',
  callId: 'plain',
  campaignId: 'plain',
  state: 'plain',
  attempts: 'plain',
  dueAt: 'ms',
  detail: 'plain',
});

export const TIMELINE = mapRows<TimelineEntry>('timeline', {
  atMs: 'ms',
  step: 'plain',
  text: 'plain',
  data: 'json',
});

export const TRACES = mapRows<DecisionTrace>('traces', {
  configurationVersion: 'plain',
  candidates: 'json',
  winnerTargetId: 'plain',
  summary: 'plain',
  plan: 'json',
});

/** Beside the trace of a call, so that a back-test need not read it. */
interface ReplayFacts extends Refusals {
  readonly callId: string;
  readonly pingTags: LoggedCall['pingTags'] | null;
}

export const REPLAY_FACTS = mapRows<ReplayFacts>('replay_facts', {
  callId: 'plain',
  failed: 'json',
  barred: 'json',
  pingTags: 'json',
});

/** A call as a replay sees it: a third of its columns. */
export const LOGGED_RECORDS = mapRows<LoggedRecord>('calls', {
  callId: 'plain',
  state: 'plain',
  outcome: 'plain',
  startedAt: 'ms',
  bridgedAt: 'ms',
  buyerId: 'plain',
  targetId: 'plain',
  priceMicros: 'plain',
  callerNumber: 'plain',
  callerName: 'plain',
  isCallerPrivate: 'boolean',
  verstat: 'plain',
  isRepeat: 'boolean',
  isDuplicate: 'boolean',
  calledNumber: 'plain',
  sourceId: 'plain',
  trunkId: 'plain',
  flow: 'json',
});

export const LOGGED_BIDS = mapRows<LoggedBid>('bids', {
  targetId: 'plain',
  outcome: 'plain',
  amountMicros: 'plain',
  latencyMs: 'ms',
});

export const DIALS = mapRows<TargetDial>('target_dials', {
  targetId: 'plain',
  buyerId: 'plain',
  campaignId: 'plain',
  sourceId: 'plain',
  endedAt: 'ms',
  isConnected: 'boolean',
  revenueMicros: 'plain',
  talkMs: 'ms',
});

export const BIDS = mapRows<BidRecord>('bids', {
  bidderId: 'plain',
  targetId: 'plain',
  outcome: 'plain',
  detail: 'plain',
  amountMicros: 'plain',
  latencyMs: 'ms',
  atMs: 'ms',
});

export const RECORDINGS = mapRows<Recording>('recordings', {
  id: 'plain',
  callId: 'plain',
  kind: 'plain',
  state: 'plain',
  wavPath: 'plain',
  mp3Path: 'plain',
  startedAt: 'ms',
  durationMs: 'ms',
  channels: 'plain',
  levels: 'json',
  sha256: 'plain',
  lostReason: 'plain',
});

export const LEDGER_ENTRIES = mapRows<LedgerEntry>('ledger_entries', {
  key: 'plain',
  callId: 'plain',
  kind: 'plain',
  accountId: 'plain',
  amountMicros: 'plain',
  currency: 'plain',
  at: 'ms',
});
