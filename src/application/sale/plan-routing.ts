/**
 * A call on its plan: what targets are judged by, the walk, the steps that come of it and the trace. Used for every sale of a call: the
 * campaign's own, that of a queue, and by whoever only asks what would be.
 */

import { callTermsOf } from '../../domain/bidding/margin.js';
import { pingLimitMs } from '../../domain/bidding/patience.js';
import { tagsOf } from '../../domain/calls/call-tags.js';
import { courseOf, type PlanCourse } from '../../domain/plans/plan-course.js';
import type { PlanMemory } from '../../domain/plans/plan-memory.js';
import { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { DialStep } from '../../domain/routing/dial-step.js';
import type { Moment } from '../../domain/routing/eligibility.js';
import { listedCaller } from '../callers/caller-lists.js';
import type { CallContext } from '../calls/call-context.js';
import { shadowOf } from '../plans/shadow-call.js';
import { type DialSteps, type LoadSource, PlanSteps } from './plan-steps.js';
import { reservedSteps } from './reserved-steps.js';
import { TraceBuilder } from './trace-builder.js';
import { speakAhead } from './whisper.js';

/** What has been begun for the caller beside the answer. */
export interface Routing {
  readonly steps: DialSteps;
  /** Asked for already: the pings run under the greeting. */
  readonly first: Promise<DialStep | null>;
  readonly trace: TraceBuilder;
}

/** What a target is judged by now. */
export function momentOf(context: CallContext): Moment {
  const { deps, journal, history, queuedAtMs } = context;
  return {
    wallMs: journal.wallMs(),
    history,
    waitedMs: queuedAtMs === undefined ? null : deps.clock.monotonicMs() - queuedAtMs,
    caller: listedCaller(deps, journal.call),
    usedSlots: (slot) => deps.slots.usedAt(slot),
    usedCap: (meter) => deps.caps.usedAt(meter),
    tags: tagsOf(journal.call, deps.numbers.areaOf(journal.call.callerNumber), context.ping?.tags, context),
  };
}

/** `memory` is where turns are counted. */
export function walkOf(
  context: CallContext,
  course: PlanCourse,
  memory: PlanMemory = context.deps.planRecords,
): PlanWalk {
  const { deps, journal, source, configuration } = context;
  if (course.plan !== null) journal.note({ planId: course.plan.id, planVersion: course.plan.version });
  const moment = (): Moment => momentOf(context);
  const terms = callTermsOf(configuration.trunks, journal.call.trunkId, source.payout);
  const { spent } = context;
  const ground = { moment, memory, sourceId: source.id, terms, random: deps.random };
  return new PlanWalk(course, spent === undefined ? ground : { ...ground, spent });
}

/** `route` runs beside the first auction; the trace is made when it is over, unless it was made at the bridge. */
export async function withPlan<Result>(
  context: CallContext,
  route: (routing: Routing) => Promise<Result>,
  patienceMs = context.campaign.maxHoldMs,
  course: PlanCourse = courseOf(context.configuration, context.campaign),
): Promise<Result> {
  const { deps, journal, configuration, campaign, ping } = context;
  const shadow = shadowOf(context, course, courseOf(configuration, campaign));
  const heard = shadow === null ? context : { ...context, deps: { ...deps, random: shadow.chance.draw } };
  const walk = walkOf(heard, course, shadow?.memory);
  const trace = new TraceBuilder(walk, context.spent);
  speakAhead(context);
  // In the same turn as each decision, so that the offers and the trace are judged by the same load.
  const load: LoadSource = () => ({ usedSlots: deps.slots.counts(), usedCap: deps.caps.snapshot() });
  const steps =
    ping === null || ping.offers.length === 0
      ? new PlanSteps(heard, walk, trace, load)
      : reservedSteps(context, ping, walk, trace);
  // The pings run under the greeting: the auction starts with the admission, not with the answer.
  const first = steps.next(false, pingLimitMs(campaign, patienceMs));
  walk.keepLoad(load);
  shadow?.follow(walk, first);
  try {
    return await route({ steps, first, trace });
  } finally {
    if (journal.trace === null) journal.setTrace(trace.build(configuration.version));
  }
}
