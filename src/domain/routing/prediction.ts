/**
 * What a call is expected to bring at each target of a predictive group, from what earlier calls brought. Pure; the figures
 * and how they were mixed go into the decision trace, so that nobody has to guess why a target came first.
 */
import { formatMicros } from '../money/money.js';
import type { Prediction } from '../plans/plan.js';
import type { Performance } from '../plans/plan-memory.js';

export interface Score {
  readonly scoreMicros: number;
  /** Of the calls that were counted; null when there are none. */
  readonly perCallMicros: number | null;
  readonly calls: number;
  readonly estimateMicros: number;
  readonly bonusMicros: number;
  readonly bonusFor: 'new' | 'under-average' | null;
  readonly averageMicros: number;
}

/** What is known of one member of the group. */
export interface Rival extends Performance {
  /** Whose calls they are: the target's id, or the buyer's, whose targets then share one performance. */
  readonly of: string;
}

/** Over those of whom enough is known, each call counted once; 0 when that is nobody. */
function averageOf(rivals: readonly Rival[], { minimumCalls }: Prediction): number {
  const isKnown = ({ calls }: Rival): boolean => calls > 0 && calls >= minimumCalls;
  const known = [...new Map(rivals.filter(isKnown).map((rival) => [rival.of, rival])).values()];
  const calls = known.reduce((sum, each) => sum + each.calls, 0);
  return calls === 0 ? 0 : known.reduce((sum, each) => sum + each.revenueMicros, 0) / calls;
}

/** In the order of `rivals`. */
export function scoresOf(rivals: readonly Rival[], prediction: Prediction): readonly Score[] {
  const average = averageOf(rivals, prediction);
  return rivals.map((rival) => scoreOf(rival, average, prediction));
}

function scoreOf({ calls, revenueMicros }: Performance, average: number, prediction: Prediction): Score {
  const { minimumCalls, desiredCalls, newTargetBonusPercent, underAverageBonusPercent } = prediction;
  const perCall = calls === 0 ? null : revenueMicros / calls;
  const isNew = perCall === null || calls < minimumCalls;
  const trust = isNew ? 0 : Math.min(1, calls / Math.max(1, desiredCalls));
  const estimate = (perCall ?? 0) * trust + average * (1 - trust);
  // Not by the estimate: mixing leaves one who is exactly average a hair under it.
  const bonusFor = isNew ? 'new' : perCall < average ? 'under-average' : null;
  const percent = bonusFor === null ? 0 : bonusFor === 'new' ? newTargetBonusPercent : underAverageBonusPercent;
  const bonus = (average * percent) / 100;
  return {
    scoreMicros: Math.round(estimate + bonus),
    perCallMicros: perCall === null ? null : Math.round(perCall),
    calls,
    estimateMicros: Math.round(estimate),
    bonusMicros: Math.round(bonus),
    bonusFor,
    averageMicros: Math.round(average),
  };
}

/** For the trace, such as "score 12.10 USD: 10.00 USD a call over 20 calls, ...". */
export function describeScore(score: Score, prediction: Prediction, currency: string): string {
  const money = (micros: number): string => formatMicros(micros, currency);
  const { perCallMicros, calls, bonusFor } = score;
  const known =
    perCallMicros === null
      ? 'no calls yet'
      : `${money(perCallMicros)} a call over ${calls} of the last ${prediction.lastCalls} ${prediction.counts}`;
  const mixed = `estimated at ${money(score.estimateMicros)} with an average of ${money(score.averageMicros)}`;
  const bonus = bonusFor === null ? '' : `, ${money(score.bonusMicros)} added as ${BONUSES[bonusFor]}`;
  return `score ${money(score.scoreMicros)}: ${known}, ${mixed}${bonus}`;
}

const BONUSES = { new: 'a new target', 'under-average': 'one under the average' } as const;
