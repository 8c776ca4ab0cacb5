/**
 * What a plan's walk knows of earlier calls: whose turn it is, who has been idle longest, what calls brought. The walk asks;
 * `application/sale/plan-records.ts` remembers, through restarts.
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

/** What came of ringing a target. */
export interface Experience {
  readonly dials: number;
  readonly connected: number;
  /** Calls that the buyer owes something for. */
  readonly converted: number;
  /** Of the connected ones together. */
  readonly talkMs: number;
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
  /** Of the target's latest `lastCalls` dials. */
  experienceOf(calls: CallsOf, asked: Pick<Prediction, 'lastCalls' | 'within'>): Experience;
}
