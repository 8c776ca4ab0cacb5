// Scores of a predictive group: what is mixed, what is added, and for whom.
import t from 'tap';
import { type Rival, scoresOf } from '../../src/domain/routing/prediction.js';
import { PREDICTION } from './plan-samples.js';

const UNIT = 1_000_000;

function rival(of: string, calls: number, units: number): Rival {
  return { of, calls, revenueMicros: units * UNIT };
}

t.test('targets of one buyer share his calls, and these count once in the average', (t) => {
  const rivals = [rival('acme', 10, 100), rival('acme', 10, 100), rival('best', 10, 40)];
  const [{ averageMicros } = { averageMicros: null }] = scoresOf(rivals, { ...PREDICTION, per: 'buyer' });
  t.equal(averageMicros, 7 * UNIT, '140 for 20 calls, not 240 for 30');
  t.end();
});

t.test('whoever brings exactly the average is not under it, however it is mixed', (t) => {
  const prediction = { ...PREDICTION, underAverageBonusPercent: 50 };
  for (let desiredCalls = 1; desiredCalls <= 200; desiredCalls += 1) {
    const [alone] = scoresOf([rival('alpha', 7, 70.7)], { ...prediction, desiredCalls });
    t.match(alone, { bonusFor: null, scoreMicros: 10.1 * UNIT }, `7 calls of ${desiredCalls}`);
  }
  const [low, high] = scoresOf([rival('low', 10, 99), rival('high', 10, 101)], prediction);
  t.match(low, { bonusFor: 'under-average', scoreMicros: 14.9 * UNIT });
  t.match(high, { bonusFor: null, scoreMicros: 10.1 * UNIT });
  t.end();
});

t.test('up to the desired calls a target counts by what is known of it, the rest is the average', (t) => {
  const prediction = { ...PREDICTION, minimumCalls: 5, desiredCalls: 20, newTargetBonusPercent: 10 };
  const [sure, half, young] = scoresOf(
    [rival('sure', 30, 300), rival('half', 10, 60), rival('young', 4, 90)],
    prediction,
  );
  t.match(sure, { averageMicros: 9 * UNIT, estimateMicros: 10 * UNIT, bonusFor: null });
  t.match(half, { estimateMicros: 7.5 * UNIT, perCallMicros: 6 * UNIT }, 'half 6, half 9');
  t.match(young, { estimateMicros: 9 * UNIT, bonusMicros: 0.9 * UNIT, bonusFor: 'new', perCallMicros: 22.5 * UNIT });
  t.end();
});
