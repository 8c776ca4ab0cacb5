/**
 * What of a plan is the same for every call of one configuration version: its tree with the links followed, targets looked up,
 * what each place says of priority, weight and condition applied. Made once per campaign and version. A campaign without a
 * plan is a plan of one auction among its targets.
 */

import type { MarginRule } from '../bidding/margin-rule.js';
import { type WeightedList, weightedList } from '../bidding/weighted-draw.js';
import type { Target } from '../campaigns/buyer.js';
import type { Campaign } from '../campaigns/campaign.js';
import { type Configuration, withCalendars } from '../campaigns/configuration.js';
import { type CountedCap, countedCaps } from '../routing/cap.js';
import { CapRooms } from '../routing/cap-rooms.js';
import type { ConcurrencyGrid, Limited } from '../routing/concurrency-grid.js';
import type { Condition } from '../routing/condition.js';
import { type ConditionBook, conditionBookOf } from '../routing/condition-book.js';
import { slotNumbers } from '../routing/name-numbers.js';
import { type OpeningHours, openingHoursOf } from '../routing/opening-hours.js';
import { makeRoutingPlan, type RoutingPlan, routingPlanOf } from '../routing/routing-plan.js';
import { memberKeyOf, type Plan, type PlanGroup, type PlanNode, type PlanTarget, type StrategyKind } from './plan.js';
import { type GroupLimits, NO_GROUP_LIMITS, type PlannedTarget } from './planned-target.js';

export interface CourseGroup {
  /** What a decision asks of the group comes first, so that it lies side by side and is fetched together. */
  readonly isActive: boolean;
  readonly slot: number;
  readonly maxCalls: number | null;
  readonly concurrency: ConcurrencyGrid | null;
  readonly strategyKind: StrategyKind;
  readonly hedgeAfterMs: number | null;
  /** Of an auction that goes by margin; null for every other group. */
  readonly margin: MarginRule | null;
  readonly rooms: CapRooms;
  /** Row of the hard ones; null for none. */
  readonly roomsRow: number | null;
  readonly conditions: ConditionBook;
  /** Where its condition stands in the book; null for a group that takes every call. */
  readonly admits: number | null;
  readonly hours: OpeningHours | null;
  /** The targets that stand in the group itself. */
  readonly seats: RoutingPlan;
  /** In the order of the plan. */
  readonly members: readonly CourseMember[];
  /** By priority, the best first; the weights decide inside each. */
  readonly byPriority: readonly WeightedList<CourseMember>[];
  /** All in one list, for a share. */
  readonly byWeight: WeightedList<CourseMember>;
  /** `plan/group`: what is counted and remembered of the group goes by it. */
  readonly key: string;
  readonly group: PlanGroup;
  /** The group's own, and that of the link which led to its plan. */
  readonly condition: Condition | null;
  readonly caps: readonly CountedCap[];
}

export type CourseMember = { readonly key: string; readonly priority: number; readonly weight: number } & (
  | { readonly kind: 'target'; readonly planned: PlannedTarget }
  | { readonly kind: 'group'; readonly inner: CourseGroup }
);

export interface PlanCourse {
  readonly campaign: Campaign;
  /** Null for a campaign without one. */
  readonly plan: Plan | null;
  readonly root: CourseGroup;
}

function both(left: Condition | null, right: Condition | null): Condition | null {
  if (left === null || right === null) return left ?? right;
  return { kind: 'all', of: [left, right] };
}

/** The target as it is in this place. */
function seated(node: PlanTarget, target: Target): Target {
  const { priority, weight, condition } = node;
  if (priority === null && weight === null && condition === null) return target;
  return {
    ...target,
    priority: priority ?? target.priority,
    weight: weight ?? target.weight,
    condition: both(condition, target.condition),
  };
}

const isLimited = ({ maxCalls, concurrency = null }: Limited): boolean => maxCalls !== null || concurrency !== null;

class CourseMaker {
  readonly #rooms = new CapRooms();
  readonly #conditions: ConditionBook;
  readonly #configuration: Configuration;
  readonly #campaign: Campaign;

  constructor(configuration: Configuration, campaign: Campaign) {
    this.#configuration = configuration;
    this.#conditions = conditionBookOf(configuration);
    this.#campaign = campaign;
  }

  groupOf(plan: Plan, written: PlanGroup, outer: GroupLimits, linkCondition: Condition | null): CourseGroup {
    const group = withCalendars(written, this.#configuration.calendars);
    const name = `${plan.id}/${group.id}`;
    const slotKey = `group:${name}`;
    const caps = countedCaps('group', name, group.caps);
    const around: GroupLimits = {
      slots: isLimited(group) ? [...outer.slots, { key: slotKey, limits: group }] : outer.slots,
      caps: [...outer.caps, ...caps],
    };
    const targets = group.members.flatMap((node) => {
      const target = node.kind === 'target' ? this.#configuration.targets.get(node.targetId) : undefined;
      return node.kind !== 'target' || target === undefined ? [] : [seated(node, target)];
    });
    const need = group.strategy.kind === 'best-skilled' ? group.strategy : null;
    const seats = makeRoutingPlan(this.#configuration, this.#campaign, { targets, around, need });
    const members = group.members.flatMap((node) => this.#memberOf(plan, node, seats, around) ?? []);
    const condition = both(linkCondition, group.condition);
    return {
      isActive: group.isActive,
      slot: slotNumbers.of(slotKey),
      maxCalls: group.maxCalls,
      concurrency: group.concurrency ?? null,
      strategyKind: group.strategy.kind,
      hedgeAfterMs: group.hedgeAfterMs,
      margin: group.strategy.kind === 'auction' ? (group.strategy.margin ?? null) : null,
      rooms: this.#rooms,
      // A price is known only when a target is dialled.
      roomsRow: this.#rooms.add(caps, () => 1),
      conditions: this.#conditions,
      admits: condition === null ? null : this.#conditions.add(condition),
      hours: openingHoursOf(this.#configuration, group.schedule),
      seats,
      members,
      byPriority: levelsOf(members),
      byWeight: weightedList(members, ({ weight }) => weight),
      key: name,
      group,
      condition,
      caps,
    };
  }

  #memberOf(plan: Plan, node: PlanNode, seats: RoutingPlan, around: GroupLimits): CourseMember | null {
    switch (node.kind) {
      case 'target': {
        const planned = seats.byTargetId.get(node.targetId);
        return planned === undefined ? null : targetMember(planned);
      }
      case 'group':
        return groupMember(node, this.groupOf(plan, node, around, null));
      case 'plan': {
        const linked = this.#configuration.plans.get(node.planId);
        if (linked === undefined) return null;
        return groupMember(node, this.groupOf(linked, linked.root, around, node.condition));
      }
    }
  }
}

function targetMember(planned: PlannedTarget): CourseMember {
  const { id, priority, weight } = planned.target;
  return { key: `target:${id}`, priority, weight, kind: 'target', planned };
}

function groupMember(node: PlanNode, inner: CourseGroup): CourseMember {
  return { key: memberKeyOf(node), priority: node.priority ?? 1, weight: node.weight ?? 1, kind: 'group', inner };
}

function levelsOf(members: readonly CourseMember[]): readonly WeightedList<CourseMember>[] {
  const levels = new Map<number, CourseMember[]>();
  for (const member of members) {
    const level = levels.get(member.priority);
    if (level === undefined) levels.set(member.priority, [member]);
    else level.push(member);
  }
  return [...levels]
    .sort(([left], [right]) => left - right)
    .map(([, level]) => weightedList(level, ({ weight }) => weight));
}

const WITHOUT_A_PLAN: PlanGroup = {
  ...{ kind: 'group', id: 'targets', name: 'targets', isActive: true, strategy: { kind: 'auction' } },
  ...{ priority: null, weight: null, condition: null, schedule: null, maxCalls: null, caps: [], hedgeAfterMs: null },
  members: [],
};

function withoutPlan(configuration: Configuration, campaign: Campaign): PlanCourse {
  const seats = routingPlanOf(configuration, campaign);
  const root: CourseGroup = {
    isActive: true,
    slot: slotNumbers.of(''),
    maxCalls: null,
    concurrency: null,
    strategyKind: 'auction',
    hedgeAfterMs: campaign.hedgeAfterMs,
    margin: null,
    rooms: new CapRooms(),
    roomsRow: null,
    conditions: conditionBookOf(configuration),
    admits: null,
    hours: null,
    seats,
    members: [],
    byPriority: [],
    byWeight: weightedList<CourseMember>([], () => 0),
    key: '',
    group: { ...WITHOUT_A_PLAN, hedgeAfterMs: campaign.hedgeAfterMs },
    condition: null,
    caps: [],
  };
  return { campaign, plan: null, root };
}

/** `plan` need not be published: a draft is walked in the same way. */
export function makeCourse(configuration: Configuration, campaign: Campaign, plan: Plan): PlanCourse {
  const root = new CourseMaker(configuration, campaign).groupOf(plan, plan.root, NO_GROUP_LIMITS, null);
  return { campaign, plan, root };
}

/** Kept as long as the version itself is, which is as long as a call runs under it. */
const courses = new WeakMap<Configuration, Map<string, PlanCourse>>();

export function courseOf(configuration: Configuration, campaign: Campaign): PlanCourse {
  const known = courses.get(configuration) ?? new Map<string, PlanCourse>();
  courses.set(configuration, known);
  const found = known.get(campaign.id);
  if (found !== undefined) return found;
  const plan = campaign.planId === null ? undefined : configuration.plans.get(campaign.planId);
  const made = plan === undefined ? withoutPlan(configuration, campaign) : makeCourse(configuration, campaign, plan);
  known.set(campaign.id, made);
  return made;
}

const others = new WeakMap<Configuration, Map<string, PlanCourse>>();

/**
 * Of a plan of the configuration that calls of the campaign walk behind its own, or wait in a queue for: kept as long. Never the one that
 * `courseOf` answers, also when it is the same plan, so that it can be told which of the two a call walks.
 */
export function courseBehind(configuration: Configuration, campaign: Campaign, plan: Plan): PlanCourse {
  const known = others.get(configuration) ?? new Map<string, PlanCourse>();
  others.set(configuration, known);
  const name = JSON.stringify([campaign.id, plan.id]);
  const made = known.get(name) ?? makeCourse(configuration, campaign, plan);
  known.set(name, made);
  return made;
}

/** Every group, each before those inside it. A plan that is linked twice is in it twice. */
export function groupsOf({ root }: PlanCourse): readonly CourseGroup[] {
  const found: CourseGroup[] = [];
  const visit = (group: CourseGroup): void => {
    found.push(group);
    for (const member of group.members) if (member.kind === 'group') visit(member.inner);
  };
  visit(root);
  return found;
}
