/**
 * A routing plan as an admin writes it: a tree of groups, targets and links to other plans. It is data: who walks it for a
 * call is `plan-walk.ts`, who refuses a faulty one is `plan-faults.ts`.
 */

import type { MarginRule } from '../bidding/margin-rule.js';
import type { Cap } from '../routing/cap.js';
import type { ConcurrencyGrid } from '../routing/concurrency-grid.js';
import type { Condition } from '../routing/condition.js';
import type { Schedule } from '../routing/schedule.js';
import type { SkillNeed } from '../routing/skill.js';

export const STRATEGY_KINDS = [
  'priority',
  'sequential',
  'simultaneous',
  'staggered',
  'round-robin',
  'longest-idle',
  'auction',
  'predictive',
  'share',
  'best-skilled',
] as const;

/** So many groups stand one inside the other, linked plans not counted. */
export const DEPTH_MAX = 5;

export type StrategyKind = (typeof STRATEGY_KINDS)[number];

/** How a predictive group estimates what a call is worth at a target. Percentages are of the group's average. */
export interface Prediction {
  /** Revenue per call over so many of the latest calls. */
  readonly lastCalls: number;
  /** What a call is: every dial, or only those that were connected. */
  readonly counts: 'dials' | 'connected';
  /** Only calls of the same campaign, or of the same campaign and source; null for all. */
  readonly within: 'campaign' | 'campaign-and-source' | null;
  /** Whose calls are counted together. */
  readonly per: 'target' | 'buyer';
  /** With fewer calls than this nothing is known of a target: it counts as average, and gets the bonus for new ones. */
  readonly minimumCalls: number;
  /** From so many calls on its own figure counts alone; between the two it is mixed with the average. */
  readonly desiredCalls: number;
  readonly newTargetBonusPercent: number;
  /** For those whose estimate is under the average, so that they are tried again now and then. */
  readonly underAverageBonusPercent: number;
}

/** In which order, or how many at a time, the members of a group get the call. docs/plans.md has each in a sentence. */
export type Strategy =
  | { readonly kind: Exclude<StrategyKind, 'auction' | 'staggered' | 'predictive' | 'best-skilled'> }
  /** By price; with a rule, by what an offer is expected to leave. */
  | { readonly kind: 'auction'; readonly margin?: MarginRule }
  | { readonly kind: 'staggered'; readonly intervalMs: number }
  | ({ readonly kind: 'predictive' } & Prediction)
  | ({ readonly kind: 'best-skilled' } & SkillNeed);

interface Member {
  /** Lower is better. Null: that of the target, or 1. */
  readonly priority: number | null;
  /** In a `share` group the share of the calls. Null: that of the target, or 1. */
  readonly weight: number | null;
  /** What must hold of a call for it to come here; null for every call. */
  readonly condition: Condition | null;
}

export interface PlanTarget extends Member {
  readonly kind: 'target';
  readonly targetId: string;
}

/** Another plan in this place, as it is published. */
export interface PlanLink extends Member {
  readonly kind: 'plan';
  readonly planId: string;
}

export interface PlanGroup extends Member {
  readonly kind: 'group';
  /** Once in a plan. What is counted of the group is counted under it, through all versions. */
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly strategy: Strategy;
  readonly schedule: Schedule | null;
  /** Largest number of calls at once, ringing ones counted; null for no limit. */
  readonly maxCalls: number | null;
  /** Other limits by the hour; absent or null for none. */
  readonly concurrency?: ConcurrencyGrid | null;
  readonly caps: readonly Cap[];
  /** When a target has been silent for so long, the next best is rung beside it; null for never. */
  readonly hedgeAfterMs: number | null;
  readonly members: readonly PlanNode[];
}

export type PlanNode = PlanTarget | PlanLink | PlanGroup;

export interface Plan {
  readonly id: string;
  readonly name: string;
  /** Grows by one with each publication; 0 while it has never been published. */
  readonly version: number;
  readonly root: PlanGroup;
}

/** Members of these are targets alone: they are compared, or rung, one with another. */
export function holdsTargetsOnly({ kind }: Strategy): boolean {
  switch (kind) {
    case 'simultaneous':
    case 'staggered':
    case 'longest-idle':
    case 'auction':
    case 'predictive':
    case 'best-skilled':
      return true;
    case 'priority':
    case 'sequential':
    case 'round-robin':
    case 'share':
      return false;
  }
}

/** A node with its place, such as `root.members[1]`, and the groups around it, the outermost first. */
export interface PlacedNode<Node extends PlanNode = PlanNode> {
  readonly node: Node;
  readonly path: string;
  readonly within: readonly PlanGroup[];
}

/** Every node of the tree, each before its members. Does not follow links. */
export function nodesOf({ root }: Pick<Plan, 'root'>): readonly PlacedNode[] {
  const found: PlacedNode[] = [];
  const visit = (node: PlanNode, path: string, within: readonly PlanGroup[]): void => {
    found.push({ node, path, within });
    if (node.kind !== 'group') return;
    const around = [...within, node];
    node.members.forEach((member, index) => {
      visit(member, `${path}.members[${index}]`, around);
    });
  };
  visit(root, 'root', []);
  return found;
}

/** The name of a member inside its group: under it its turn is remembered. */
export function memberKeyOf(node: PlanNode): string {
  switch (node.kind) {
    case 'target':
      return `target:${node.targetId}`;
    case 'plan':
      return `plan:${node.planId}`;
    case 'group':
      return `group:${node.id}`;
  }
}
