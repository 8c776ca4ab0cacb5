// The ranking of a predictive group, whatever was called before and whenever the process was started anew, against its plain reference.
import fc from 'fast-check';
import t from 'tap';
import { PlanRecords } from '../../src/application/sale/plan-records.js';
import type { Prediction } from '../../src/domain/plans/plan.js';
import type { Score } from '../../src/domain/routing/prediction.js';
import type { TargetDial } from '../../src/domain/routing/target-dial.js';
import { group, planOf, targetNode } from '../domain/plan-samples.js';
import { staticTarget } from '../support/call-configuration.js';
import { idsOf, newWalk, seeded, walked } from '../support/walked-plan.js';
import { plainScores, type Rival } from './plain-prediction.js';

const RUNS = Number(process.env.PLAN_RUNS ?? 300);
const IDS = ['t0', 't1', 't2', 't3', 't4'];
const NOBODY_LISTENS = { alarm: () => undefined };
const NOTHING_SAVED = { saveTurn: async () => undefined };
/** As `walked` calls them. */
const NOW = { campaignId: 'campaign', sourceId: 'source' };

const anyPrediction: fc.Arbitrary<Prediction> = fc.record({
  lastCalls: fc.integer({ min: 1, max: 12 }),
  counts: fc.constantFrom('dials', 'connected'),
  within: fc.constantFrom(null, 'campaign', 'campaign-and-source'),
  per: fc.constantFrom('target', 'buyer'),
  minimumCalls: fc.nat(6),
  desiredCalls: fc.nat(12),
  newTargetBonusPercent: fc.constantFrom(0, 10, 33.3, 150),
  underAverageBonusPercent: fc.constantFrom(0, 5, 33.3, 150),
});
const anyDial = fc.record({
  at: fc.nat(IDS.length - 1),
  campaignId: fc.constantFrom('campaign', 'campaign', 'other'),
  sourceId: fc.constantFrom('source', 'source', 'other'),
  // Few moments for many calls: some end together, and some are closed later than a call that ended after them.
  endedAt: fc.nat(20),
  isConnected: fc.boolean(),
  cents: fc.oneof(fc.constantFrom(0, 1_010, 2_000), fc.nat(10_000)),
});

/** As the store answers a process that starts. */
function restarted(closed: readonly TargetDial[]): PlanRecords {
  const dials = closed.toSorted((left, right) => left.endedAt - right.endedAt);
  return new PlanRecords(NOTHING_SAVED, NOBODY_LISTENS, { turns: [], dials });
}

/** What is shown is rounded to a whole micro-unit. */
function assertFigures(id: string, found: Score, plain: Score): void {
  const near = (left: number | null, right: number | null): boolean =>
    left === null || right === null ? left === right : Math.abs(left - right) <= 1;
  const isSame =
    found.calls === plain.calls &&
    found.bonusFor === plain.bonusFor &&
    near(found.perCallMicros, plain.perCallMicros) &&
    near(found.averageMicros, plain.averageMicros) &&
    near(found.estimateMicros, plain.estimateMicros) &&
    near(found.bonusMicros, plain.bonusMicros) &&
    near(found.scoreMicros, plain.scoreMicros);
  if (!isSame) throw new Error(`${id}: ${JSON.stringify(found)} instead of ${JSON.stringify(plain)}`);
}

interface Place {
  readonly buyer: number;
  readonly priority: number;
}

type Drawn = typeof anyDial extends fc.Arbitrary<infer Value> ? Value : never;

const rivalsOf = (places: readonly Place[]): readonly Rival[] =>
  places.map(({ buyer }, at) => ({ targetId: `t${at}`, buyerId: `b${buyer}` }));

function dialOf(rivals: readonly Rival[], { at, cents, isConnected, ...dial }: Drawn): TargetDial {
  const { targetId, buyerId } = rivals[at] ?? { targetId: '', buyerId: '' };
  return { ...dial, targetId, buyerId, isConnected, revenueMicros: isConnected ? cents * 10_000 : 0, talkMs: 0 };
}

/** Everybody of the group in the order in which a call that nobody takes comes to them, each with his score. */
function rungFor(places: readonly Place[], prediction: Prediction, memory: PlanRecords, seed: number) {
  const targets = rivalsOf(places).map(({ targetId, buyerId }) => staticTarget(targetId, 10, { buyerId }));
  const members = places.map(({ priority }, at) => targetNode(`t${at}`, { priority }));
  const plan = planOf(group('all', 'sequential', members, { strategy: { kind: 'predictive', ...prediction } }));
  const call = { targets, memory, random: seeded(seed) };
  const walk = newWalk(plan, call);
  return walked(plan, call, walk)
    .steps.flatMap(idsOf)
    .map((id) => {
      const standing = walk.visits[0]?.standings.get(`target:${id}`);
      if (standing?.kind !== 'score') throw new Error(`${id} has no score`);
      return { id, score: standing.score, priority: places[IDS.indexOf(id)]?.priority ?? 0 };
    });
}

t.test('predictive: order and figures are those of the plain rule, and the same after a restart', (t) => {
  const anyPlaces = fc.array(fc.record({ buyer: fc.nat(2), priority: fc.nat(2) }), { minLength: 5, maxLength: 5 });
  const anyCalls = fc.array(anyDial, { maxLength: 60 });
  fc.assert(
    fc.property(
      ...([anyPrediction, anyPlaces, anyCalls, fc.nat(60), fc.nat()] as const),
      (prediction, places, drawn, startedAfter, seed) => {
        const rivals = rivalsOf(places);
        const closed = drawn.map((each) => dialOf(rivals, each));
        const memory = restarted(closed.slice(0, startedAfter));
        for (const dial of closed.slice(startedAfter)) memory.note(dial);
        const rung = rungFor(places, prediction, memory, seed);
        if (rung.length !== IDS.length) throw new Error(`only ${rung.length} were rung`);
        const plain = plainScores(rivals, NOW, prediction, closed);
        for (const [place, { id, score, priority }] of rung.entries()) {
          const expected = plain[IDS.indexOf(id)];
          if (expected === undefined) throw new Error(`${id} is nobody`);
          assertFigures(id, score, expected);
          const before = rung[place - 1];
          if (before === undefined || before.score.scoreMicros > score.scoreMicros) continue;
          if (before.score.scoreMicros < score.scoreMicros || before.priority > priority)
            throw new Error(`${before.id} came before ${id}`);
        }
      },
    ),
    { numRuns: RUNS },
  );
  t.pass('no counterexample');
  t.end();
});
