/**
 * What a predictive group must make of the calls so far, as docs/plans.md says it and without a thought of speed: every question goes
 * through all calls there ever were. The reference of the property test.
 */
import type { Prediction } from '../../src/domain/plans/plan.js';
import type { Score } from '../../src/domain/routing/prediction.js';
import type { TargetDial } from '../../src/domain/routing/target-dial.js';

export type Rival = Pick<TargetDial, 'targetId' | 'buyerId'>;
type CallNow = Pick<TargetDial, 'campaignId' | 'sourceId'>;

/** The latest calls of a rival that count; of those that ended together, whichever was closed last is the later one. */
function latestCalls(rival: Rival, now: CallNow, prediction: Prediction, closed: readonly TargetDial[]): TargetDial[] {
  const { per, within, counts, lastCalls } = prediction;
  const all = closed.filter((dial) => {
    if (per === 'target' ? dial.targetId !== rival.targetId : dial.buyerId !== rival.buyerId) return false;
    if (within !== null && dial.campaignId !== now.campaignId) return false;
    if (within === 'campaign-and-source' && dial.sourceId !== now.sourceId) return false;
    return counts === 'dials' || dial.isConnected;
  });
  return all.toSorted((left, right) => left.endedAt - right.endedAt).slice(-lastCalls);
}

const revenueOf = (dials: Iterable<TargetDial>): number =>
  [...dials].reduce((sum, { revenueMicros }) => sum + revenueMicros, 0);

/** Unrounded, in the order of the rivals. `closed` in the order in which the calls were closed. */
export function plainScores(
  rivals: readonly Rival[],
  now: CallNow,
  prediction: Prediction,
  closed: readonly TargetDial[],
): readonly Score[] {
  const { minimumCalls, desiredCalls, newTargetBonusPercent, underAverageBonusPercent } = prediction;
  const own = rivals.map((rival) => latestCalls(rival, now, prediction, closed));
  const isKnown = ({ length }: readonly TargetDial[]): boolean => length > 0 && length >= minimumCalls;
  // A set: targets of one buyer have the same calls when it is his calls that count.
  const ofKnown = new Set(own.filter(isKnown).flat());
  const average = ofKnown.size === 0 ? 0 : revenueOf(ofKnown) / ofKnown.size;
  return own.map((dials): Score => {
    const calls = dials.length;
    const perCall = calls === 0 ? null : revenueOf(dials) / calls;
    const common = { calls, perCallMicros: perCall, averageMicros: average };
    if (perCall === null || !isKnown(dials)) {
      const bonus = (average * newTargetBonusPercent) / 100;
      return { ...common, estimateMicros: average, bonusFor: 'new', bonusMicros: bonus, scoreMicros: average + bonus };
    }
    const isTrusted = calls >= desiredCalls;
    const estimate = isTrusted ? perCall : (perCall * calls + average * (desiredCalls - calls)) / desiredCalls;
    // Multiplied out in whole numbers: what is exactly average must not look a little less.
    const isUnder = revenueOf(dials) * ofKnown.size < revenueOf(ofKnown) * calls;
    const bonus = isUnder ? (average * underAverageBonusPercent) / 100 : 0;
    const bonusFor = isUnder ? 'under-average' : null;
    return { ...common, estimateMicros: estimate, bonusFor, bonusMicros: bonus, scoreMicros: estimate + bonus };
  });
}
