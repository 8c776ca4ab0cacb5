/** A routing plan that a seed draws, and the team of a queue: every strategy comes up, groups stand in groups, a target may stand in several. */

import type { MarginRule } from '../../src/domain/bidding/margin-rule.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { Plan, PlanGroup, Strategy, StrategyKind } from '../../src/domain/plans/plan.js';
import { group, planOf } from '../domain/plan-samples.js';
import type { Chance } from './chance.js';

const OUTER = ['sequential', 'priority', 'round-robin', 'share'] as const;
const INNER: readonly StrategyKind[] = [
  'auction',
  'simultaneous',
  'staggered',
  'longest-idle',
  'predictive',
  'round-robin',
  'sequential',
  'share',
  'best-skilled',
];

function marginOf(chance: Chance): MarginRule {
  return {
    ...{ lastCalls: chance.integer(5, 50), minimumCalls: 3 },
    within: chance.pick([null, 'campaign', 'campaign-and-source'] as const),
    ...{ factors: { costPerMinuteMicros: chance.integer(0, 50_000) }, targets: {} },
  };
}

function strategyOf(chance: Chance, kind: StrategyKind): Strategy {
  switch (kind) {
    case 'staggered':
      return { kind, intervalMs: chance.integer(1, 6) * 1_000 };
    case 'predictive':
      return {
        kind,
        lastCalls: chance.integer(5, 50),
        counts: chance.pick(['dials', 'connected'] as const),
        within: chance.pick([null, 'campaign', 'campaign-and-source'] as const),
        per: chance.pick(['target', 'buyer'] as const),
        minimumCalls: 3,
        desiredCalls: 10,
        newTargetBonusPercent: 20,
        underAverageBonusPercent: 5,
      };
    case 'best-skilled':
      return { kind, tags: ['did.skill'], skill: null, minimumLevel: 40, widenAfterMs: chance.pick([null, 10_000]) };
    case 'auction':
      return chance.isTrue(0.5) ? { kind } : { kind, margin: marginOf(chance) };
    default:
      return { kind };
  }
}

function drawnGroup(chance: Chance, id: string, targets: readonly Target[]): PlanGroup {
  const members = targets.filter(() => chance.isTrue(0.3)).map((target) => target.id);
  const strategy = strategyOf(chance, chance.pick(INNER));
  return group(id, 'sequential', members.length === 0 ? [chance.pick(targets).id] : members, {
    strategy,
    maxCalls: chance.isTrue(0.3) ? chance.integer(2, 20) : null,
    hedgeAfterMs: chance.isTrue(0.3) ? chance.integer(1, 8) * 1_000 : null,
    weight: chance.integer(1, 3),
    priority: chance.integer(1, 2),
  });
}

export function drawnPlan(chance: Chance, id: string, targets: readonly Target[]): Plan {
  const groups = Array.from({ length: chance.integer(2, 3) }, (_, index) =>
    drawnGroup(chance, `${id}-${index}`, targets),
  );
  return planOf(group(`${id}-root`, chance.pick(OUTER), groups), id);
}

/** Those who serve a queue: some of the targets, rung by whoever is idle or knows best. */
export function drawnTeam(chance: Chance, id: string, targets: readonly Target[]): Plan {
  const members = targets.filter(() => chance.isTrue(0.4)).map((target) => target.id);
  const strategy = strategyOf(chance, chance.pick(['longest-idle', 'best-skilled', 'round-robin'] as const));
  const all = members.length === 0 ? [chance.pick(targets).id] : members;
  return planOf(group(`${id}-root`, 'sequential', all, { strategy }), id);
}
