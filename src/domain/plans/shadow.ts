/**
 * A shadow: a plan that is not published, or not to be, runs beside the calls of a campaign. It rings nobody and reserves nothing; what
 * it would have chosen stands with each call. Pure: which runs look at a call, and how a choice is said in a sentence.
 */

import type { DecisionTrace } from '../routing/decision-trace.js';
import type { Party, TalliedCall } from './backtest-tally.js';
import type { Plan } from './plan.js';
import type { Replay } from './replay-call.js';

/** One running of a plan beside the calls, from its start to its stop. */
export interface ShadowRun {
  readonly id: string;
  /** As it was when the run was started: later drafts change nothing. */
  readonly plan: Plan;
  /** Whose calls; null for those of every campaign that has the plan. */
  readonly campaignId: string | null;
  /** It stops by itself after so many. */
  readonly callsWanted: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly startedAt: number;
  readonly startedBy: string;
  /** Null while it runs. */
  readonly stoppedAt: number | null;
  /** For people; null while it runs. */
  readonly stoppedBy: string | null;
}

/** What one run made of one call. */
export interface ShadowChoice {
  readonly runId: string;
  readonly callId: string;
  /** Of the call. */
  readonly startedAt: number;
  /** Who had the call; null when no target took it. */
  readonly from: Party | null;
  /** Who would have been the first that takes it; null for the fallback. */
  readonly to: Party | null;
  /** Null for a call that says nothing: never sold, or the caller left before anybody had it. */
  readonly replay: Replay | null;
  /** Targets that were rung for the call in vain. */
  readonly failed: readonly string[];
  /** Bidders that were asked for the shadow alone. */
  readonly asked: number;
  /** Of the plan that runs beside; null for a field of more than SHADOW_TRACE_MAX candidates. */
  readonly trace: DecisionTrace | null;
}

/** A choice with what its call came to, for the comparison. */
export interface ComparedChoice {
  readonly call: TalliedCall;
  readonly replay: Replay | null;
}

/** Explaining each of thousands of candidates a second time would cost the calls that are up more than it tells. */
export const SHADOW_TRACE_MAX = 500;

/** Published under the same name, or for a campaign that has no plan yet. */
export function watches(run: ShadowRun, campaign: { readonly id: string; readonly planId: string | null }): boolean {
  if (run.stoppedAt !== null) return false;
  return run.campaignId === null ? campaign.planId === run.plan.id : run.campaignId === campaign.id;
}

/** For the timeline of the call. */
export function describeChoice({ plan }: ShadowRun, { from, to, replay }: ShadowChoice): string {
  if (replay === null) return `plan ${plan.name}, which runs beside, has nothing to compare`;
  const chosen = to === null ? 'nobody' : to.targetId;
  if (from?.targetId === to?.targetId) return `plan ${plan.name}, which runs beside, chooses ${chosen} as well`;
  const estimate = replay.takers[0]?.isKnown === false ? ', who did not ring for this call' : '';
  const kept = from?.buyerId === to?.buyerId ? ' of the same buyer' : '';
  return `plan ${plan.name}, which runs beside, chooses ${chosen}${estimate}${kept}, not ${from?.targetId ?? 'nobody'}`;
}
