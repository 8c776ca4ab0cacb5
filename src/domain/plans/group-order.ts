/**
 * The order in which the members of a group get the call, one after another, worked out only as far as it is asked for. Not
 * for auctions, which go by price, nor for shares, of which one is drawn.
 */
import { assertNever } from '../assert-never.js';
import { drawOne, inDrawnOrder } from '../bidding/weighted-draw.js';
import type { Moment } from '../routing/eligibility.js';
import { type Score, scoresOf } from '../routing/prediction.js';
import { fitOf } from '../routing/skill.js';
import type { CourseGroup, CourseMember } from './plan-course.js';
import type { PlanMemory } from './plan-memory.js';

/** By what a member was put where it stands, for the trace. */
export type Standing =
  | { readonly kind: 'turn'; readonly lastTurn: number }
  | { readonly kind: 'idle'; readonly since: number | null; readonly isTalking: boolean }
  | { readonly kind: 'score'; readonly score: Score }
  | { readonly kind: 'skill'; readonly needed: string | null; readonly level: number };

export interface OrderGround {
  readonly moment: Moment;
  readonly memory: PlanMemory;
  readonly campaignId: string;
  readonly sourceId: string;
  readonly random: () => number;
  /** False for a target that may not be rung now; only where members are drawn, to draw among the others. */
  readonly mayCome: (member: CourseMember) => boolean;
  /** By the key of the member; filled in by what decided the order. */
  readonly standings: Map<string, Standing>;
}

export function inOrder(course: CourseGroup, ground: OrderGround): Iterable<CourseMember> {
  const { strategy } = course.group;
  switch (strategy.kind) {
    case 'sequential':
      return course.members;
    case 'priority':
    case 'simultaneous':
    case 'staggered':
      return byPriority(course, ground);
    case 'round-robin':
      return byTurn(course, ground);
    case 'longest-idle':
      return byIdleTime(course, ground);
    case 'predictive':
      return byScore(course, ground);
    case 'best-skilled':
      return bySkill(course, ground);
    case 'auction':
    case 'share':
      return [];
    default:
      return assertNever(strategy);
  }
}

function* byPriority({ byPriority: levels }: CourseGroup, ground: OrderGround): Iterable<CourseMember> {
  for (const level of levels) {
    const out = new Set<CourseMember>();
    const isLeft = (member: CourseMember): boolean => {
      if (out.has(member)) return false;
      if (ground.mayCome(member)) return true;
      out.add(member);
      return false;
    };
    for (;;) {
      const member = drawOne([level], isLeft, ground.random);
      if (member === null) break;
      out.add(member);
      yield member;
    }
  }
}

/** Whoever had his turn longest ago, or never, comes first; those who had none in the order of the plan. */
function byTurn({ key, members }: CourseGroup, { memory, standings }: OrderGround): Iterable<CourseMember> {
  const turns = members.map((member) => ({ member, lastTurn: memory.lastTurn(key, member.key) }));
  for (const { member, lastTurn } of turns) standings.set(member.key, { kind: 'turn', lastTurn });
  return turns.sort((left, right) => left.lastTurn - right.lastTurn).map(({ member }) => member);
}

/** Whoever has a call now is not idle at all, and comes last. */
function byIdleTime({ members }: CourseGroup, { memory, moment, standings }: OrderGround): Iterable<CourseMember> {
  const ranked = members.map((member) => {
    const planned = member.kind === 'target' ? member.planned : null;
    const since = planned === null ? null : memory.lastTalkEndedAt(planned.target.id);
    const isTalking = planned !== null && moment.usedSlots(planned.targetSlot) > 0;
    standings.set(member.key, { kind: 'idle', since, isTalking });
    return { member, from: isTalking ? Number.POSITIVE_INFINITY : (since ?? Number.NEGATIVE_INFINITY) };
  });
  return ranked
    .sort((left, right) => (left.from === right.from ? 0 : left.from - right.from))
    .map(({ member }) => member);
}

/** The highest level first; among equals, and for a call that needs none, whoever has been idle longest. */
function bySkill(course: CourseGroup, ground: OrderGround): Iterable<CourseMember> {
  const { strategy } = course.group;
  const { tags, waitedMs = null } = ground.moment;
  const idleFirst = [...byIdleTime(course, ground)];
  if (strategy.kind !== 'best-skilled') return idleFirst;
  const levels = new Map<string, number>();
  for (const member of idleFirst) {
    const skills = member.kind === 'target' ? member.planned.target.skills : [];
    const { needed, level } = fitOf(strategy, skills, tags, waitedMs);
    levels.set(member.key, level);
    if (needed !== null) ground.standings.set(member.key, { kind: 'skill', needed, level });
  }
  const levelOf = ({ key }: CourseMember): number => levels.get(key) ?? 0;
  return idleFirst.sort((left, right) => levelOf(right) - levelOf(left));
}

function byScore({ group, members }: CourseGroup, ground: OrderGround): Iterable<CourseMember> {
  const { strategy } = group;
  if (strategy.kind !== 'predictive') return [];
  const { memory, campaignId, sourceId, standings, random } = ground;
  const rivals = members.map((member) => {
    if (member.kind !== 'target') return { of: member.key, calls: 0, revenueMicros: 0 };
    const { id: targetId, buyerId } = member.planned.target;
    const { calls, revenueMicros } = memory.performanceOf({ targetId, buyerId, campaignId, sourceId }, strategy);
    return { of: strategy.per === 'target' ? targetId : buyerId, calls, revenueMicros };
  });
  const scores = scoresOf(rivals, strategy);
  const scored = members.flatMap((member, index) => {
    const score = scores[index];
    if (score === undefined) return [];
    standings.set(member.key, { kind: 'score', score });
    return [{ member, scoreMicros: score.scoreMicros }];
  });
  // Drawn first: sorting keeps the order of those that are equal.
  return inDrawnOrder(scored, ({ member }) => member.weight, random)
    .sort((left, right) => right.scoreMicros - left.scoreMicros || left.member.priority - right.member.priority)
    .map(({ member }) => member);
}
