/**
 * Why the call came to a group of its plan, or did not, and by what its members stood in their order: the part of the decision
 * trace that is about groups. Made when the trace is, from what the walk has kept.
 */
import { assertNever } from '../assert-never.js';
import { formatMicros } from '../money/money.js';
import type { CandidateOutcome, Check, GroupTrace, PlanTrace } from '../routing/decision-trace.js';
import { check, type Moment } from '../routing/eligibility.js';
import { describeScore } from '../routing/prediction.js';
import { explainEntry, mayEnter } from './group-admission.js';
import type { Plan } from './plan.js';
import { type CourseGroup, groupsOf, type PlanCourse } from './plan-course.js';
import type { GroupVisit } from './plan-move.js';

/** How far the call came with a group; `values` and `needed` say to its targets why not further. */
export interface GroupReach {
  readonly kind: 'entered' | 'passed-over' | 'not-drawn' | 'not-reached';
  readonly visit: GroupVisit | null;
  readonly checks: readonly Check[];
  readonly values: string;
  readonly needed: string;
}

interface KeptWalk {
  readonly course: PlanCourse;
  readonly visits: readonly GroupVisit[];
  readonly moment: Moment;
}

/** Of every group of the plan. */
export function reachesOf({ course, visits, moment }: KeptWalk): ReadonlyMap<CourseGroup, GroupReach> {
  const visitOf = new Map(visits.map((visit) => [visit.course, visit]));
  const reaches = new Map<CourseGroup, GroupReach>();
  const { currency } = course.campaign;
  const explain = (group: CourseGroup, parent: GroupReach | null, key: string): void => {
    const visit = visitOf.get(group) ?? null;
    const checks = explainEntry(group, visit?.field.moment ?? moment, currency);
    const reach = reachOf(group, visit, checks, parent, key);
    reaches.set(group, reach);
    for (const member of group.members) if (member.kind === 'group') explain(member.inner, reach, member.key);
  };
  explain(course.root, null, '');
  return reaches;
}

function reachOf(
  { key }: CourseGroup,
  visit: GroupVisit | null,
  checks: readonly Check[],
  parent: GroupReach | null,
  memberKey: string,
): GroupReach {
  const common = { visit, checks };
  const failed = checks.find(({ passed }) => !passed);
  if (visit?.isOpen === true) return { ...common, kind: 'entered', values: '', needed: '' };
  if (visit !== null || (parent?.kind === 'entered' && failed !== undefined && parent.visit?.drawn !== null)) {
    const values = `group ${key} was passed over: ${failed?.values ?? 'it was closed'}`;
    return { ...common, kind: 'passed-over', values, needed: failed?.needed ?? 'a group that is open' };
  }
  const drawn = parent?.visit?.drawn ?? null;
  if (drawn !== null) {
    const values = `${memberKey} was not drawn: the call went to ${drawn}`;
    return { ...common, kind: 'not-drawn', values, needed: `a draw of ${memberKey}` };
  }
  if (parent?.kind === 'passed-over' || parent?.kind === 'not-drawn') return { ...parent, ...common };
  const values = `the call did not come to group ${key}`;
  return { ...common, kind: 'not-reached', values, needed: 'that nobody before it takes the call' };
}

export function traceOfGroups(
  plan: Plan,
  course: PlanCourse,
  reaches: ReadonlyMap<CourseGroup, GroupReach>,
): PlanTrace {
  const groups = groupsOf(course).flatMap((each): readonly GroupTrace[] => {
    const reach = reaches.get(each);
    if (reach === undefined) return [];
    const { kind, checks, visit, values } = reach;
    const drawn = visit?.drawn ?? null;
    const note = drawn === null ? values : `${drawn} was drawn: ${sharesOf(each, visit)}`;
    const { name, strategy } = each.group;
    return [{ group: each.key, name, strategy: strategy.kind, reach: kind, checks, note: note === '' ? null : note }];
  });
  return { planId: plan.id, version: plan.version, groups };
}

/** Of those that were open. */
function sharesOf({ members }: CourseGroup, visit: GroupVisit | null): string {
  const open = members.filter((member) => {
    if (member.weight <= 0 || visit === null) return false;
    return member.kind === 'group'
      ? mayEnter(member.inner, visit.field.moment)
      : visit.field.isEligible(member.planned);
  });
  const sum = open.reduce((total, { weight }) => total + weight, 0);
  return open.map(({ key, weight }) => `${key} has ${weight} of ${sum}`).join(', ');
}

/** Where a member stood in the order of its group, and by what; none where the order needs no word. */
export function placeOfStanding(visit: GroupVisit | null, memberKey: string, currency: string): readonly Check[] {
  const standing = visit?.standings.get(memberKey);
  const { strategy } = visit?.course.group ?? {};
  if (visit === null || standing === undefined) return drawCheck(visit, memberKey);
  const said = (values: string): readonly Check[] => [check('order', true, values, '')];
  switch (standing.kind) {
    case 'turn':
      return said(standing.lastTurn === 0 ? 'it never had a turn' : `its last turn was number ${standing.lastTurn}`);
    case 'idle': {
      if (standing.isTalking) return said('it has a call now');
      if (standing.since === null) return said('it never had a connected call');
      const seconds = Math.round((visit.field.moment.wallMs - standing.since) / 1000);
      return said(`its last talk ended ${seconds} s ago`);
    }
    case 'score':
      return strategy?.kind === 'predictive' ? said(describeScore(standing.score, strategy, currency)) : [];
    case 'skill':
      return said(standing.level === 0 ? `lacks ${standing.needed}` : `${standing.needed} at level ${standing.level}`);
    default:
      return assertNever(standing);
  }
}

/** Who took the call, as far as those who did not have to know. */
export interface TakenBy {
  readonly targetId: string;
  readonly amountMicros: number;
  /** In the same auction: then it is by price, or margin, that he came before. */
  readonly isRival: boolean;
  readonly isByMargin: boolean;
}

/** For a target that passed every check and was not rung: what would have had to differ. */
export function turnCheck(outcome: CandidateOutcome, taken: TakenBy | null, currency: string): Check {
  if (outcome === 'no-bid') return check('turn', false, 'its bidder was not asked', 'a bid before the auction closed');
  if (taken === null) return check('turn', false, 'its turn did not come', 'a caller who waits for its turn');
  const { targetId, amountMicros, isRival, isByMargin } = taken;
  const values = `${targetId} came before it and took the call at ${formatMicros(amountMicros, currency)}`;
  if (!isRival) return check('turn', false, values, `that ${targetId} does not take the call`);
  const what = isByMargin
    ? `an expected margin over that of ${targetId}`
    : `a price over ${formatMicros(amountMicros, currency)}`;
  return check('turn', false, values, `${what}, or that ${targetId} does not take the call`);
}

function drawCheck(visit: GroupVisit | null, memberKey: string): readonly Check[] {
  if (visit === null || visit.drawn === null) return [];
  const isDrawn = visit.drawn === memberKey;
  return [
    check('share', isDrawn, isDrawn ? 'it was drawn' : `the call went to ${visit.drawn}`, 'a draw of this target'),
  ];
}
