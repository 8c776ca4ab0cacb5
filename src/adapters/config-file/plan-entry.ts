/**
 * Routing plans as a configuration file has them: a tree of groups, five deep at most, in which a bare text stands for a target.
 * docs/plans.md shows them. What is wrong with a tree as a whole is the domain's to say (`domain/plans/plan-faults.ts`).
 */
import Type, { type TSchema } from 'typebox';
import {
  DEPTH_MAX,
  type Plan,
  type PlanGroup,
  type PlanNode,
  type Prediction,
  STRATEGY_KINDS,
  type Strategy,
  type StrategyKind,
} from '../../domain/plans/plan.js';
import type { Condition } from '../../domain/routing/condition.js';
import type { Schedule } from '../../domain/routing/schedule.js';
import { CAPS, type CapEntry, capEntries, capsOf } from './cap-entry.js';
import { CONCURRENCY, concurrencyEntry, concurrencyOf, type GridEntry } from './concurrency-entry.js';
import { CONDITION, conditionOf } from './condition-entry.js';
import { type Fault, faultAt } from './fault.js';
import { FLAG, ID_FIELD, MAX_CALLS, milliseconds, NAME, oneOf, orNull, wholeNumber } from './field.js';
import { MARGIN, type MarginEntry, marginEntry, marginOf } from './margin-entry.js';
import { type NeedEntry, SKILL_NEED, skillNeedOf } from './skill-entry.js';

const INTERVAL_MS = 5_000;
const MEMBERS_MAX = 1_000;

const PREDICTION_DEFAULTS: Prediction = {
  lastCalls: 100,
  counts: 'dials',
  within: 'campaign',
  per: 'target',
  minimumCalls: 10,
  desiredCalls: 50,
  newTargetBonusPercent: 10,
  underAverageBonusPercent: 0,
};

const PERCENT = Type.Optional(
  Type.Number({ minimum: 0, maximum: 1_000, description: 'a percentage from 0 to 1,000 of the average of the group' }),
);

const PREDICTION = Type.Object(
  {
    lastCalls: Type.Optional(wholeNumber(1, 1_000)),
    counts: Type.Optional(oneOf('dials', 'connected')),
    within: orNull(oneOf('campaign', 'campaign-and-source')),
    per: Type.Optional(oneOf('target', 'buyer')),
    minimumCalls: Type.Optional(wholeNumber(0, 1_000)),
    desiredCalls: Type.Optional(wholeNumber(0, 1_000)),
    newTargetBonusPercent: PERCENT,
    underAverageBonusPercent: PERCENT,
  },
  { description: 'how a predictive group estimates what a call is worth' },
);

interface Place {
  readonly priority?: number | null;
  readonly weight?: number | null;
  readonly condition?: Parameters<typeof conditionOf>[0];
}

interface GroupEntry extends Place {
  readonly kind?: 'group';
  readonly id: string;
  readonly name?: string;
  readonly isActive?: boolean;
  readonly strategy: StrategyKind;
  readonly intervalMs?: number;
  readonly prediction?: Partial<Prediction>;
  readonly skills?: NeedEntry | null;
  readonly margin?: MarginEntry;
  /** As targets have it. */
  readonly schedule?: { readonly timeZone: string } | null;
  readonly maxCalls?: number | null;
  readonly concurrency?: GridEntry | null;
  readonly caps?: readonly CapEntry[];
  readonly hedgeAfterMs?: number | null;
  readonly members: readonly MemberEntry[];
}

type MemberEntry =
  | string
  | ({ readonly kind: 'target'; readonly targetId: string } & Place)
  | ({ readonly kind: 'plan'; readonly planId: string } & Place)
  | (GroupEntry & { readonly kind: 'group' });

interface PlanEntry {
  readonly id: string;
  readonly name?: string;
  readonly root: GroupEntry;
}

/** `schedule` is the schema that targets have. */
export function planSchema(schedule: TSchema) {
  const place = {
    priority: orNull(wholeNumber(0, 1_000)),
    weight: orNull(wholeNumber(0, 1_000)),
    condition: CONDITION,
  };
  const leaves = [
    ID_FIELD,
    Type.Object({ kind: Type.Literal('target'), targetId: ID_FIELD, ...place }),
    Type.Object({ kind: Type.Literal('plan'), planId: ID_FIELD, ...place }),
  ];
  const groupOf = (kind: TSchema, member: TSchema): TSchema =>
    Type.Object({
      kind,
      id: ID_FIELD,
      name: Type.Optional(NAME),
      isActive: Type.Optional(FLAG),
      strategy: oneOf(...STRATEGY_KINDS),
      intervalMs: Type.Optional(milliseconds(500, 60_000)),
      prediction: Type.Optional(PREDICTION),
      skills: SKILL_NEED,
      margin: Type.Optional(MARGIN),
      ...place,
      schedule,
      maxCalls: MAX_CALLS,
      concurrency: CONCURRENCY,
      caps: CAPS,
      hedgeAfterMs: orNull(milliseconds(200, 60_000)),
      members: Type.Array(member, {
        maxItems: MEMBERS_MAX,
        description: `a list of members, ${MEMBERS_MAX.toLocaleString('en-US')} at most`,
      }),
    });
  const description = 'the id of a target, or a member with its kind, "target", "plan" or "group"';
  let member: TSchema = Type.Union(leaves, {
    description: `the id of a target, or a "target" or "plan": groups stand ${DEPTH_MAX} deep at most`,
  });
  for (let depth = DEPTH_MAX; depth > 1; depth -= 1) {
    member = Type.Union([...leaves, groupOf(Type.Literal('group'), member)], { description });
  }
  const root = groupOf(Type.Optional(Type.Literal('group')), member);
  return Type.Unsafe<PlanEntry>(Type.Object({ id: ID_FIELD, name: Type.Optional(NAME), root }));
}

/** Reads what the schema of a schedule has let through. */
type ScheduleReader = (entry: unknown) => Schedule | null;

function placeOf({ priority, weight, condition }: Place): {
  readonly priority: number | null;
  readonly weight: number | null;
  readonly condition: Condition | null;
} {
  return { priority: priority ?? null, weight: weight ?? null, condition: conditionOf(condition) };
}

function strategyOf(entry: GroupEntry, path: string, faults: Fault[]): Strategy {
  const { strategy: kind, intervalMs, prediction, margin, skills = null } = entry;
  if (intervalMs !== undefined && kind !== 'staggered') {
    faults.push(faultAt(`${path}.intervalMs`, intervalMs, 'nothing, since the strategy is not "staggered"'));
  }
  if (prediction !== undefined && kind !== 'predictive') {
    faults.push(faultAt(`${path}.prediction`, prediction, 'nothing, since the strategy is not "predictive"'));
  }
  if (skills !== null && kind !== 'best-skilled') {
    faults.push(faultAt(`${path}.skills`, skills, 'nothing, since the strategy is not "best-skilled"'));
  }
  if (margin !== undefined && kind !== 'auction') {
    faults.push(faultAt(`${path}.margin`, margin, 'nothing, since the strategy is not "auction"'));
  }
  if (kind === 'auction') return margin === undefined ? { kind } : { kind, margin: marginOf(margin) };
  if (kind === 'staggered') return { kind, intervalMs: intervalMs ?? INTERVAL_MS };
  if (kind === 'predictive') return { kind, ...PREDICTION_DEFAULTS, ...prediction };
  if (kind === 'best-skilled') return { kind, ...skillNeedOf(skills ?? {}) };
  return { kind };
}

class PlanBuilder {
  readonly #scheduleOf: ScheduleReader;
  readonly #faults: Fault[];

  constructor(scheduleOf: ScheduleReader, faults: Fault[]) {
    this.#scheduleOf = scheduleOf;
    this.#faults = faults;
  }

  group(entry: GroupEntry, path: string): PlanGroup {
    return {
      kind: 'group',
      id: entry.id,
      name: entry.name ?? entry.id,
      isActive: entry.isActive ?? true,
      strategy: strategyOf(entry, path, this.#faults),
      ...placeOf(entry),
      schedule: this.#scheduleOf(entry.schedule),
      maxCalls: entry.maxCalls ?? null,
      ...(entry.concurrency ? { concurrency: concurrencyOf(entry.concurrency) } : {}),
      caps: capsOf(entry.caps, entry.schedule?.timeZone),
      hedgeAfterMs: entry.hedgeAfterMs ?? null,
      members: entry.members.map((member, index) => this.#member(member, `${path}.members[${index}]`)),
    };
  }

  #member(entry: MemberEntry, path: string): PlanNode {
    if (typeof entry === 'string') return { kind: 'target', targetId: entry, ...placeOf({}) };
    switch (entry.kind) {
      case 'target':
        return { kind: 'target', targetId: entry.targetId, ...placeOf(entry) };
      case 'plan':
        return { kind: 'plan', planId: entry.planId, ...placeOf(entry) };
      case 'group':
        return this.group(entry, path);
    }
  }
}

/** The store gives it its version. */
export function buildPlan(entry: PlanEntry, path: string, faults: Fault[], scheduleOf: ScheduleReader): Plan {
  const root = new PlanBuilder(scheduleOf, faults).group(entry.root, `${path}.root`);
  return { id: entry.id, name: entry.name ?? entry.id, version: 0, root };
}

type ScheduleWriter = (schedule: Schedule | null) => object | null;

function strategyEntry(strategy: Strategy): object {
  switch (strategy.kind) {
    case 'auction': {
      const { kind, margin } = strategy;
      return { strategy: kind, ...(margin === undefined ? {} : { margin: marginEntry(margin) }) };
    }
    case 'staggered':
      return { strategy: strategy.kind, intervalMs: strategy.intervalMs };
    case 'predictive': {
      const { kind, ...prediction } = strategy;
      return { strategy: kind, prediction };
    }
    case 'best-skilled': {
      const { kind, ...skills } = strategy;
      return { strategy: kind, skills };
    }
    default:
      return { strategy: strategy.kind };
  }
}

function nodeEntry(node: PlanNode, scheduleEntry: ScheduleWriter): object {
  const { kind: nodeKind, priority, weight, condition } = node;
  const place = { priority, weight, condition };
  if (node.kind === 'target') return { kind: nodeKind, targetId: node.targetId, ...place };
  if (node.kind === 'plan') return { kind: nodeKind, planId: node.planId, ...place };
  const { id, name, isActive, strategy, schedule, maxCalls, concurrency, caps, hedgeAfterMs, members } = node;
  return {
    ...{ kind: nodeKind, id, name, isActive },
    ...strategyEntry(strategy),
    ...place,
    schedule: scheduleEntry(schedule),
    maxCalls,
    concurrency: concurrencyEntry(concurrency),
    caps: capEntries(caps),
    hedgeAfterMs,
    members: members.map((member) => nodeEntry(member, scheduleEntry)),
  };
}

export function planEntry({ id, name, root }: Plan, scheduleEntry: ScheduleWriter): object {
  return { id, name, root: nodeEntry(root, scheduleEntry) };
}
