/**
 * What a plan's walk knows of earlier calls: whose turn it is, who has been idle longest, what calls brought. The walk asks;
 * `application/plan-records.ts` remembers, through restarts.
 */
import type { Prediction } from './plan.js';

export interface CallsOf {
  readonly targetId: string;
  readonly buyerId: string;
  readonly campaignId: string;
  readonly sourceId: string;
}

export interface Performance {
  readonly calls: number;
  readonly revenueMicros: number;
}

export interface PlanMemory {
  /** Grows with every turn that is taken anywhere; 0 for a member that never had one. */
  lastTurn(groupKey: string, memberKey: string): number;
  /** Returns what gives the turn back, for a member that could not use it. */
  takeTurn(groupKey: string, memberKey: string): () => void;
  /** Wall clock of the end of its last connected call; null when it never had one. */
  lastTalkEndedAt(targetId: string): number | null;
  /** Over the latest `lastCalls` calls that the prediction counts. */
  performanceOf(calls: CallsOf, prediction: Prediction): Performance;
}
