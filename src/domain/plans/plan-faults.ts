/**
 * What is wrong with a plan, each fault with its place: asked when a plan is saved, and again when a draft is published,
 * since the targets may have changed in between. A plan without a fault can be walked to its end for any call.
 */
import type { Calendar } from '../routing/calendar.js';
import type { Condition } from '../routing/condition.js';
import { isNeverOpen, type OpeningRange, type Schedule } from '../routing/schedule.js';
import {
  DEPTH_MAX,
  holdsTargetsOnly,
  memberKeyOf,
  nodesOf,
  type PlacedNode,
  type Plan,
  type PlanGroup,
  type PlanNode,
} from './plan.js';

/** FreeSWITCH, trunks and buyers stand more; callers gain nothing from it. */
export const RINGING_TOGETHER_MAX = 10;
/** With those of linked plans, each as often as it is linked. */
const NODES_MAX = 20_000;
const MINUTES_OF_DAY = 1_440;

export interface PlanFault {
  /** Inside the plan, such as `root.members[1].targetId`. */
  readonly place: string;
  /** The value that stands there; undefined when something is missing. */
  readonly found: unknown;
  /** Ends the sentence "found ..., expected ...". */
  readonly expected: string;
}

/** What the plan may name. `weightOf` is undefined for a target that does not exist. */
export interface PlanSurroundings {
  readonly weightOf: (targetId: string) => number | undefined;
  /** As it is published; undefined when there is none. */
  readonly planOf: (planId: string) => Plan | undefined;
  readonly calendarOf: (calendarId: string) => Calendar | undefined;
}

/** In the order of the tree. */
export function faultsOfPlan(plan: Plan, around: PlanSurroundings): readonly PlanFault[] {
  const placed = nodesOf(plan);
  return [
    ...placed.flatMap((each) => [
      ...nodeFaults(plan, each, around),
      ...reachFaults(each),
      ...(each.node.kind === 'group' ? groupFaults(each.node, each.path, around) : []),
    ]),
    ...duplicateGroups(placed),
    ...sizeFaults(plan, around),
  ];
}

/** Plans that link others twice over would grow without an end. */
function sizeFaults(plan: Plan, { planOf }: PlanSurroundings): readonly PlanFault[] {
  const known = new Map<string, number>();
  const sizeOf = (each: Plan): number => {
    const before = known.get(each.id);
    if (before !== undefined) return before;
    // A circle is a fault of its own, and must not be followed.
    known.set(each.id, 0);
    const nodes = nodesOf(each);
    let size = nodes.length;
    for (const { node } of nodes) {
      const linked = node.kind === 'plan' ? planOf(node.planId) : undefined;
      if (linked !== undefined) size += sizeOf(linked);
    }
    known.set(each.id, size);
    return size;
  };
  const size = sizeOf(plan);
  if (size <= NODES_MAX) return [];
  return [{ place: 'root', found: `${size} nodes with those of linked plans`, expected: `at most ${NODES_MAX}` }];
}

function nodeFaults(plan: Plan, { node, path, within }: PlacedNode, around: PlanSurroundings): readonly PlanFault[] {
  const faults: PlanFault[] = [];
  const parent = within.at(-1);
  if (node.kind === 'target' && around.weightOf(node.targetId) === undefined) {
    faults.push({ place: `${path}.targetId`, found: node.targetId, expected: 'the id of a target that exists' });
  }
  if (node.kind === 'plan') {
    const place = `${path}.planId`;
    const circle = circleFrom(plan, node.planId, around);
    if (circle !== null) {
      const expected = `a plan that does not lead back here: ${circle.join(' to ')}`;
      faults.push({ place, found: node.planId, expected });
    } else if (around.planOf(node.planId) === undefined) {
      faults.push({ place, found: node.planId, expected: 'the id of a plan that is published' });
    }
  }
  if (parent !== undefined && node.kind !== 'target' && holdsTargetsOnly(parent.strategy)) {
    const expected = `"target": a group with the strategy ${parent.strategy.kind} has targets alone`;
    faults.push({ place: `${path}.kind`, found: node.kind, expected });
  }
  if (within.length >= DEPTH_MAX && node.kind === 'group') {
    faults.push({ place: path, found: node.id, expected: `at most ${DEPTH_MAX} groups, one inside the other` });
  }
  return faults;
}

/** The ids from `plan` over its links back to it; null when none leads back. */
function circleFrom(plan: Plan, planId: string, { planOf }: PlanSurroundings): readonly string[] | null {
  const seen = new Set<string>();
  const search = (id: string): readonly string[] | null => {
    if (id === plan.id) return [id];
    if (seen.has(id)) return null;
    seen.add(id);
    const linked = planOf(id);
    for (const { node } of linked === undefined ? [] : nodesOf(linked)) {
      const found = node.kind === 'plan' ? search(node.planId) : null;
      if (found !== null) return [id, ...found];
    }
    return null;
  };
  const found = search(planId);
  return found === null ? null : [plan.id, ...found];
}

function effectiveWeight(node: PlanNode, around: PlanSurroundings): number {
  return node.weight ?? (node.kind === 'target' ? (around.weightOf(node.targetId) ?? 1) : 1);
}

function groupFaults(group: PlanGroup, path: string, around: PlanSurroundings): readonly PlanFault[] {
  const { members, strategy } = group;
  const faults: PlanFault[] = [];
  if (members.length === 0) {
    faults.push({ place: `${path}.members`, found: [], expected: 'at least one target, plan or group' });
  }
  if ((strategy.kind === 'simultaneous' || strategy.kind === 'staggered') && members.length > RINGING_TOGETHER_MAX) {
    const expected = `at most ${RINGING_TOGETHER_MAX} targets that ring together`;
    faults.push({ place: `${path}.members`, found: `${members.length} members`, expected });
  }
  faults.push(...marginFaults(group, path), ...predictionFaults(group, path));
  faults.push(...duplicateMembers(group, path), ...weightFaults(group, path, around));
  if (group.schedule !== null) faults.push(...scheduleFaults(group.schedule, `${path}.schedule`, around));
  return faults;
}

function scheduleFaults(
  schedule: Schedule,
  path: string,
  { calendarOf }: Pick<PlanSurroundings, 'calendarOf'>,
): readonly PlanFault[] {
  const { calendarIds = [] } = schedule;
  const lost = calendarIds.flatMap((found, index): readonly PlanFault[] => {
    if (calendarOf(found) !== undefined) return [];
    return [{ place: `${path}.calendars[${index}]`, found, expected: 'the id of a calendar that exists' }];
  });
  if (
    lost.length > 0 ||
    !isNeverOpen(
      schedule,
      calendarIds.flatMap((id) => calendarOf(id) ?? []),
    )
  )
    return lost;
  const expected = 'at least one range, in its week or on a day of its calendars: without it the group is never open';
  return [{ place: path, found: 'no range', expected }];
}

function marginFaults({ members, strategy }: PlanGroup, path: string): readonly PlanFault[] {
  if (strategy.kind !== 'auction' || strategy.margin === undefined) return [];
  const seated = new Set(members.flatMap((member) => (member.kind === 'target' ? [member.targetId] : [])));
  return Object.keys(strategy.margin.targets).flatMap((id) =>
    seated.has(id) ? [] : [{ place: `${path}.margin.targets`, found: id, expected: 'targets of this group' }],
  );
}

function predictionFaults({ strategy }: PlanGroup, path: string): readonly PlanFault[] {
  if (strategy.kind !== 'predictive' || strategy.minimumCalls <= strategy.lastCalls) return [];
  const expected = `at most ${strategy.lastCalls}, its lastCalls: with fewer calls than the minimum every target is new for ever`;
  return [{ place: `${path}.prediction.minimumCalls`, found: strategy.minimumCalls, expected }];
}

function duplicateMembers({ members }: PlanGroup, path: string): readonly PlanFault[] {
  const first = new Map<string, number>();
  return members.flatMap((member, index) => {
    if (member.kind === 'group') return [];
    const key = memberKeyOf(member);
    const before = first.get(key);
    if (before === undefined) {
      first.set(key, index);
      return [];
    }
    const [field, found] = member.kind === 'target' ? ['targetId', member.targetId] : ['planId', member.planId];
    return [{ place: `${path}.members[${index}].${field}`, found, expected: `one that members[${before}] is not yet` }];
  });
}

/** Where weights decide, somebody must have one. A share of nothing is a place that no call comes to. */
function weightFaults(group: PlanGroup, path: string, around: PlanSurroundings): readonly PlanFault[] {
  const { members, strategy } = group;
  const weights = members.map((member) => effectiveWeight(member, around));
  const isNothing = members.length > 1 && weights.every((weight) => weight <= 0);
  switch (strategy.kind) {
    case 'share':
      if (weights.every((weight) => weight <= 0) && members.length > 0) {
        return [
          { place: `${path}.members`, found: 'weights that sum to 0', expected: 'weights that sum to more than 0' },
        ];
      }
      return members.flatMap((_member, index) =>
        (weights[index] ?? 0) > 0
          ? []
          : [{ place: `${path}.members[${index}].weight`, found: 0, expected: 'a weight over 0: no call comes here' }],
      );
    case 'priority':
    case 'auction':
      if (!isNothing) return [];
      return [{ place: `${path}.members`, found: 'weights that sum to 0', expected: 'a weight over 0 on one of them' }];
    default:
      return [];
  }
}

function duplicateGroups(placed: readonly PlacedNode[]): readonly PlanFault[] {
  const first = new Map<string, string>();
  return placed.flatMap(({ node, path }) => {
    if (node.kind !== 'group') return [];
    const before = first.get(node.id);
    if (before === undefined) {
      first.set(node.id, path);
      return [];
    }
    return [{ place: `${path}.id`, found: node.id, expected: `an id that ${before} does not have` }];
  });
}

/** What no call can reach, because what is asked of it here and around it excludes each other. */
function reachFaults({ node, path, within }: PlacedNode): readonly PlanFault[] {
  const faults: PlanFault[] = [];
  const clash = clashOf([...within.map(({ condition }) => condition), node.condition]);
  if (node.condition !== null && clash !== null) {
    const expected = `a condition that a call may meet: here and around it ${clash} would have to be two things at once`;
    faults.push({ place: `${path}.condition`, found: clash, expected });
  }
  if (node.kind === 'group' && node.schedule !== null) {
    const { schedule } = node;
    const outer = within.find((group) => group.schedule !== null && neverMeet(group.schedule, schedule));
    if (outer !== undefined) {
      const expected = `hours that meet those of group "${outer.id}" around it`;
      faults.push({ place: `${path}.schedule`, found: 'hours that never do', expected });
    }
  }
  return faults;
}

/** Values that a condition allows each tag, as far as it names them one by one. */
function allowedBy(condition: Condition | null): readonly (readonly [string, ReadonlySet<string>])[] {
  if (condition === null) return [];
  if (condition.kind === 'all') return condition.of.flatMap(allowedBy);
  if (condition.kind !== 'tag' || condition.passesIfMissing) return [];
  const { operator, tag, values } = condition;
  if (operator !== 'equals' && operator !== 'in') return [];
  return [[tag, new Set(values.map((value) => value.toLowerCase()))]];
}

/** The tag that no value satisfies all conditions for; null when there is none to be seen. */
function clashOf(conditions: readonly (Condition | null)[]): string | null {
  const left = new Map<string, ReadonlySet<string>>();
  for (const [tag, allowed] of conditions.flatMap(allowedBy)) {
    const before = left.get(tag);
    const both = before === undefined ? allowed : new Set([...allowed].filter((value) => before.has(value)));
    if (both.size === 0) return tag;
    left.set(tag, both);
  }
  return null;
}

/** In minutes since Monday's midnight; one that runs past Sunday's is two. */
function spansOf({ weekday, fromMinute, toMinute }: OpeningRange): readonly (readonly [number, number])[] {
  const start = (weekday - 1) * MINUTES_OF_DAY;
  const from = start + fromMinute;
  const to = start + toMinute + (toMinute > fromMinute ? 0 : MINUTES_OF_DAY);
  const week = 7 * MINUTES_OF_DAY;
  return to <= week
    ? [[from, to]]
    : [
        [from, week],
        [0, to - week],
      ];
}

/** Known only of hours by the same clocks, and of those that no calendar changes. */
function neverMeet(outer: Schedule, inner: Schedule): boolean {
  if (outer.calendarIds !== undefined || inner.calendarIds !== undefined) return false;
  if (outer.timeZone !== inner.timeZone || outer.ranges.length === 0 || inner.ranges.length === 0) return false;
  const outside = outer.ranges.flatMap(spansOf);
  return !inner.ranges.flatMap(spansOf).some(([from, to]) => outside.some(([start, end]) => from < end && start < to));
}
