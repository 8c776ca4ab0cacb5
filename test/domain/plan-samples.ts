// Plans, groups and targets with everything that a test does not speak of left at what means nothing.

import type {
  Plan,
  PlanGroup,
  PlanLink,
  PlanNode,
  PlanTarget,
  Prediction,
  StrategyKind,
} from '../../src/domain/plans/plan.js';
import type { Condition } from '../../src/domain/routing/condition.js';

export function tagIs(tag: string, ...values: string[]): Condition {
  return { kind: 'tag', tag, operator: 'in', values, passesIfMissing: false };
}

export function targetNode(targetId: string, changes: Partial<PlanTarget> = {}): PlanTarget {
  return { kind: 'target', targetId, priority: null, weight: null, condition: null, ...changes };
}

export function linkTo(planId: string, changes: Partial<PlanLink> = {}): PlanLink {
  return { kind: 'plan', planId, priority: null, weight: null, condition: null, ...changes };
}

/** Whatever is known counts at once and in full, and nothing is added to it. */
export const PREDICTION: Prediction = {
  lastCalls: 100,
  counts: 'dials',
  within: null,
  per: 'target',
  minimumCalls: 1,
  desiredCalls: 1,
  newTargetBonusPercent: 0,
  underAverageBonusPercent: 0,
};

type Simple = Exclude<StrategyKind, 'staggered' | 'predictive' | 'best-skilled'>;

export function group(
  id: string,
  strategy: Simple,
  members: readonly (PlanNode | string)[],
  changes: Partial<PlanGroup> = {},
): PlanGroup {
  return {
    kind: 'group',
    id,
    name: id,
    isActive: true,
    strategy: { kind: strategy },
    priority: null,
    weight: null,
    condition: null,
    schedule: null,
    maxCalls: null,
    caps: [],
    hedgeAfterMs: null,
    members: members.map((member) => (typeof member === 'string' ? targetNode(member) : member)),
    ...changes,
  };
}

export function planOf(root: PlanGroup, id = 'main'): Plan {
  return { id, name: id, version: 1, root };
}
