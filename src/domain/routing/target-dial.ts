/** What came of ringing a target for a call: the memory of longest idle and predictive groups, one row a dial. */
import type { Call } from '../calls/call.js';
import type { TimelineEntry } from '../calls/timeline.js';

export interface TargetDial {
  readonly targetId: string;
  readonly buyerId: string;
  readonly campaignId: string;
  readonly sourceId: string;
  /** Of the call; milliseconds since 1970-01-01 UTC. */
  readonly endedAt: number;
  readonly isConnected: boolean;
  /** What the buyer owes for it. */
  readonly revenueMicros: number;
  readonly talkMs: number;
}

/**
 * Of a call that has ended. Whoever was let go because another one took the call was not dialled, as for caps.
 * `buyerOf` is asked for targets that did not take the call.
 */
export function dialsOf(
  call: Call,
  timeline: readonly TimelineEntry[],
  buyerOf: (targetId: string) => string | null,
): readonly TargetDial[] {
  const { campaignId, sourceId, endedAt } = call;
  if (campaignId === null || sourceId === null || endedAt === null) return [];
  const targetsOf = (step: TimelineEntry['step']): readonly string[] =>
    timeline.flatMap((entry) =>
      entry.step === step && typeof entry.data.targetId === 'string' ? [entry.data.targetId] : [],
    );
  const letGo = new Set(targetsOf('buyer-let-go'));
  const isConnected = (targetId: string): boolean => call.bridgedAt !== null && call.targetId === targetId;
  return [...new Set(targetsOf('dialing'))]
    .filter((targetId) => !letGo.has(targetId) || isConnected(targetId))
    .map((targetId) => ({
      ...{ targetId, buyerId: buyerOf(targetId) ?? '', campaignId, sourceId, endedAt },
      isConnected: isConnected(targetId),
      revenueMicros: isConnected(targetId) ? (call.priceMicros ?? 0) : 0,
      talkMs: isConnected(targetId) ? (call.talkMs ?? 0) : 0,
    }));
}
