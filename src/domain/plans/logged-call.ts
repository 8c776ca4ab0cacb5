/**
 * What a back-test needs of a call that has ended: its record, what bidders answered, who was rung in vain and who could not be
 * rung. Made where the log is read, so that traces, which are large, are not carried further. Pure.
 */
import type { BidRecord } from '../bidding/bid.js';
import type { Call } from '../calls/call.js';
import type { TaggedCall } from '../calls/call-tags.js';
import type { CheckName, DecisionTrace } from '../routing/decision-trace.js';

export type LoggedBid = Pick<BidRecord, 'targetId' | 'outcome' | 'amountMicros' | 'latencyMs'>;

/** The part of a call's record that a replay looks at. */
export type LoggedRecord = TaggedCall &
  Pick<Call, 'callId' | 'state' | 'outcome' | 'startedAt' | 'bridgedAt' | 'buyerId' | 'targetId' | 'priceMicros'>;

export interface LoggedCall {
  readonly call: LoggedRecord;
  readonly bids: readonly LoggedBid[];
  /** What a publisher said of the call before it came, by name without `ping.`. */
  readonly pingTags: Readonly<Record<string, string>>;
  /** Targets that were offered the call and did not keep it. */
  readonly failed: readonly string[];
  /** Targets that load or the caller's past kept out in every place in which they stood. */
  readonly barred: readonly string[];
  /** False for a call that was never routed: nothing is known of what could have become of it. */
  readonly isRouted: boolean;
}

/** Checks whose verdict belongs to the moment of the call, not to the plan. */
const OF_THE_MOMENT: ReadonlySet<CheckName> = new Set<CheckName>([
  ...(['concurrency', 'cap', 'duplicate', 'same-buyer', 'buyer-list', 'pace', 'patience'] as const),
]);

/** Of a trace, what a back-test needs of it: kept beside the trace, which is large. */
export type Refusals = Pick<LoggedCall, 'failed' | 'barred'>;

export function refusalsOf({ candidates }: Pick<DecisionTrace, 'candidates'>): Refusals {
  const failed: string[] = [];
  const barred = new Set<string>();
  const free = new Set<string>();
  for (const { targetId, outcome, checks } of candidates) {
    if (outcome === 'failed') failed.push(targetId);
    const isBarred = checks.some(({ check, passed }) => !passed && OF_THE_MOMENT.has(check));
    (isBarred && outcome !== 'won' && outcome !== 'failed' ? barred : free).add(targetId);
  }
  return { failed, barred: [...barred].filter((targetId) => !free.has(targetId)) };
}

/** Targets that the call could not have in this group for what it met there alone: elsewhere they may have been free, and have bid. */
export function keptOutIn({ candidates }: Pick<DecisionTrace, 'candidates'>, groupKey: string): readonly string[] {
  return candidates
    .filter(({ group, outcome }) => group === groupKey && outcome !== 'won' && outcome !== 'failed')
    .filter(({ checks }) =>
      checks.some(({ check, passed }) => !passed && (check === 'hold-time' || OF_THE_MOMENT.has(check))),
    )
    .map(({ targetId }) => targetId);
}

function recordOf(call: LoggedRecord): LoggedRecord {
  const { callId, state, outcome, startedAt, bridgedAt, buyerId, targetId, priceMicros } = call;
  const { callerNumber, callerName, isCallerPrivate, verstat, isRepeat, isDuplicate } = call;
  const { calledNumber, sourceId, trunkId, flow } = call;
  return {
    ...{ callId, state, outcome, startedAt, bridgedAt, buyerId, targetId, priceMicros },
    ...{ callerNumber, callerName, isCallerPrivate, verstat, isRepeat, isDuplicate },
    ...{ calledNumber, sourceId, trunkId, flow },
  };
}

/** `refusals` is null for a call that was never routed; `pingTags` are those of the ping that announced it. */
export function loggedCallOf(
  call: LoggedRecord,
  bids: readonly LoggedBid[],
  refusals: Refusals | null,
  pingTags: LoggedCall['pingTags'] = {},
): LoggedCall {
  return {
    ...{
      call: recordOf(call),
      pingTags,
      failed: refusals?.failed ?? [],
      barred: refusals?.barred ?? [],
      isRouted: refusals !== null,
    },
    bids: bids.map(({ targetId, outcome, amountMicros, latencyMs }) => ({
      targetId,
      outcome,
      amountMicros,
      latencyMs,
    })),
  };
}

/** The target that kept the call; null when nobody did. */
export function takerOf({ call }: { readonly call: Pick<Call, 'bridgedAt' | 'targetId'> }): string | null {
  return call.bridgedAt === null ? null : call.targetId;
}

/** Only these say who would have taken the call, or that nobody did: a caller who left first says neither. */
export function isReplayable(logged: LoggedCall): boolean {
  if (!logged.isRouted || logged.call.state !== 'ended') return false;
  if (takerOf(logged) !== null) return true;
  const { outcome } = logged.call;
  return outcome === 'fallback-connected' || outcome === 'voicemail' || outcome === 'message';
}
