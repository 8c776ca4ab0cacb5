// What holds for any plan and any calls: turns are fair, and the trace says what was decided.
import fc from 'fast-check';
import t from 'tap';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import { holdsTargetsOnly, type PlanGroup, type PlanNode, type Strategy } from '../../src/domain/plans/plan.js';
import type { Check, DecisionTrace } from '../../src/domain/routing/decision-trace.js';
import { slotNumbers } from '../../src/domain/routing/name-numbers.js';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { idsOf, seeded, turnsOnly, walked } from '../support/walked-plan.js';
import { group, planOf, tagIs, targetNode } from './plan-samples.js';

const RUNS = Number(process.env.PLAN_RUNS ?? 200);

t.test('round robin: whoever is closed keeps his place, and the others get as many calls as each other', (t) => {
  const ids = ['a', 'b', 'c', 'd'];
  fc.assert(
    fc.property(fc.array(fc.subarray(ids, { minLength: 1 }), { minLength: 1, maxLength: 40 }), (openAt) => {
      const memory = turnsOnly();
      const counts = new Map(ids.map((id) => [id, 0]));
      const waiting = [...ids];
      for (const open of openAt) {
        const targets = ids.map((id) => staticTarget(id, 10, { isActive: open.includes(id) }));
        const { steps } = walked(planOf(group('all', 'round-robin', ids)), {
          targets,
          memory,
          answering: new Set(ids),
        });
        const [chosen = ''] = steps.flatMap(idsOf);
        // The plain rule: the first in the queue who is open goes, and stands at its end then.
        const expected = waiting.find((id) => open.includes(id)) ?? '';
        if (chosen !== expected) throw new Error(`${chosen} instead of ${expected}`);
        waiting.splice(waiting.indexOf(chosen), 1);
        waiting.push(chosen);
        counts.set(chosen, (counts.get(chosen) ?? 0) + 1);
      }
      const always = ids.filter((id) => openAt.every((open) => open.includes(id))).map((id) => counts.get(id) ?? 0);
      return always.length === 0 || Math.max(...always) - Math.min(...always) <= 1;
    }),
    { numRuns: RUNS },
  );
  t.pass('no counterexample');
  t.end();
});

/** Passed, or only that its turn did not come. */
const isWhatItIs = ({ check, passed }: Check): boolean => passed || check === 'turn';

/** Whoever was not rung hears what would have had to differ. */
function assertExplained({ candidates }: DecisionTrace): void {
  const mute = candidates.find(
    ({ outcome, checks }) => !['won', 'failed'].includes(outcome) && checks.every(({ needed }) => needed === null),
  );
  if (mute !== undefined) throw new Error(`${mute.targetId}: nothing would have had to differ`);
}

const MARGIN = { lastCalls: 100, minimumCalls: 1, within: null, factors: {}, targets: { t1: { answerPercent: 40 } } };
const STRATEGIES: readonly Strategy[] = [
  ...(['priority', 'sequential', 'round-robin', 'share', 'auction', 'longest-idle', 'simultaneous'] as const).map(
    (kind) => ({ kind }),
  ),
  { kind: 'auction', margin: MARGIN },
  { kind: 'staggered', intervalMs: 1_000 },
  {
    ...{ kind: 'predictive', lastCalls: 100, counts: 'dials', within: null, per: 'target', minimumCalls: 1 },
    ...{ desiredCalls: 5, newTargetBonusPercent: 10, underAverageBonusPercent: 5 },
  },
  { kind: 'best-skilled', tags: [], skill: 'roof', minimumLevel: 50, widenAfterMs: null },
];
const anyState = fc.constantFrom(null, tagIs('caller.state', 'TX'), tagIs('caller.state', 'CA'));
const anyTarget = fc.record({
  isActive: fc.boolean(),
  condition: anyState,
  maxCalls: fc.constantFrom(null, 1),
  skills: fc.constantFrom([], [{ skill: 'roof', level: 40 }], [{ skill: 'roof', level: 90 }]),
  isLive: fc.boolean(),
});
const anyTree = fc.letrec<{ node: PlanNode; group: PlanGroup }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.tuple(fc.nat(5), anyState).map(([at, condition]) => targetNode(`t${at}`, { condition })),
    tie('group'),
  ),
  group: fc
    .tuple(
      fc.constantFrom(...STRATEGIES),
      fc.array(tie('node'), { maxLength: 4 }),
      anyState,
      fc.boolean(),
      fc.constantFrom(null, 500),
    )
    .map(([strategy, nodes, condition, isActive, hedgeAfterMs]) => {
      const isFlat = holdsTargetsOnly(strategy);
      const unique = new Map(nodes.map((node) => [node.kind === 'target' ? node.targetId : {}, node]));
      const members = [...unique.values()].filter(({ kind }) => !isFlat || kind === 'target');
      return group('g', 'sequential', members, { strategy, condition, isActive, hedgeAfterMs });
    }),
})).group;

/** Ids of their own for all groups of a tree. */
function named(root: PlanGroup, path = 'g'): PlanGroup {
  const members = root.members.map((member, index) =>
    member.kind === 'group' ? named(member, `${path}.${index}`) : member,
  );
  return { ...root, id: path, members };
}

t.test('any tree: the verdict of the trace is the decision, and whoever fails a check is not rung', (t) => {
  const anyBids = fc.dictionary(fc.constantFrom('t0', 't1', 't2'), fc.integer({ min: 1, max: 30 }));
  const anyAnswers = fc.subarray(['t0', 't1', 't2', 't3', 't4', 't5']);
  fc.assert(
    fc.property(
      anyTree,
      fc.array(anyTarget, { minLength: 6, maxLength: 6 }),
      anyBids,
      anyAnswers,
      fc.nat(),
      (tree, facts, bids, answers, seed) => {
        const targets = facts.map(({ isLive, ...changes }, index): Target => {
          const id = `t${index}`;
          return isLive ? biddingTarget(id, changes) : staticTarget(id, 1 + (index % 4) * 5, changes);
        });
        const moment = {
          tags: new Map([['caller.state', 'TX']]),
          usedSlots: (slot: number) => (slot === slotNumbers.of('target:t1') ? 1 : 0),
        };
        const call = {
          targets,
          bids,
          answering: new Set(answers),
          moment,
          minimumBidMicros: 3_000_000,
          random: seeded(seed),
        };
        const { steps, trace } = walked(planOf(named(tree)), call);
        const rung = steps.flatMap(idsOf);
        if (new Set(rung).size < rung.length) throw new Error('a target rang twice');
        const won = trace.candidates.filter(({ outcome }) => outcome === 'won');
        const winner = rung.find((id) => answers.includes(id)) ?? null;
        if (trace.winnerTargetId !== winner || won.length !== (winner === null ? 0 : 1))
          throw new Error('another winner');
        for (const id of rung) {
          const outcomes = trace.candidates.filter(
            (each) => each.targetId === id && ['won', 'failed'].includes(each.outcome),
          );
          const isBeside = winner !== null && steps.at(-1)?.offers.some(({ target }) => target.id === id) === true;
          if (outcomes.length !== 1 && !isBeside)
            throw new Error(`${id} rang, and the trace has ${outcomes.length} outcomes`);
          if (outcomes[0]?.checks.some(({ passed }) => !passed) === true)
            throw new Error(`${id} rang in spite of a check`);
        }
        assertExplained(trace);
        if (winner !== null) return;
        const missed = trace.candidates.filter(
          (each) => each.checks.every(isWhatItIs) && !rung.includes(each.targetId),
        );
        const mute = missed.filter(({ outcome }) => outcome !== 'no-bid');
        if (mute.length > 0) throw new Error(`${mute[0]?.targetId} passed every check and did not ring`);
      },
    ),
    { numRuns: RUNS },
  );
  t.pass('no counterexample');
  t.end();
});
