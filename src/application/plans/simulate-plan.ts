/**
 * Says where a call would go by a plan, and why, without dialling or asking anybody: the walk that a call makes, with the load as it
 * is now, and with bids and refusals that are supposed. Uses no turn, holds no slot, writes nothing.
 */
import { Auction } from '../../domain/bidding/auction.js';
import { callTermsOf } from '../../domain/bidding/margin.js';
import { receiveCall } from '../../domain/calls/call.js';
import { tagsOf } from '../../domain/calls/call-tags.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Source } from '../../domain/campaigns/source.js';
import type { Plan } from '../../domain/plans/plan.js';
import { courseOf, makeCourse } from '../../domain/plans/plan-course.js';
import type { OffersOfGroup, PlanAnswer, PlanMove } from '../../domain/plans/plan-move.js';
import { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { DecisionTrace } from '../../domain/routing/decision-trace.js';
import type { DialMode, DialStep } from '../../domain/routing/dial-step.js';
import { check, type Moment } from '../../domain/routing/eligibility.js';
import { listedCaller } from '../callers/caller-lists.js';
import { recallCaller } from '../callers/recall-caller.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { withoutTurns } from '../sale/plan-records.js';
import { closeAuction, noteBid } from '../sale/run-auction.js';
import { TraceBuilder } from '../sale/trace-builder.js';

export type SimulationDependencies = Pick<
  CallDependencies,
  | 'slots'
  | 'caps'
  | 'planRecords'
  | 'callerHistories'
  | 'callerLists'
  | 'numbers'
  | 'clock'
  | 'events'
  | 'ids'
  | 'random'
>;

export interface SupposedCall {
  readonly configuration: Configuration;
  readonly campaign: Campaign;
  readonly source: Source;
  /** Null for what the campaign has; a draft may be walked before it is published. */
  readonly plan: Plan | null;
  readonly callerNumber: string;
  readonly calledNumber: string;
  /** On which it would come; null when that does not matter. */
  readonly trunkId: string | null;
  /** Wall clock. */
  readonly at: number;
  /** Beside those that a call has by itself, and in their place. */
  readonly tags: Readonly<Record<string, string>>;
  /** What bidders would bid, in micro-units, by target. Who is not named bids nothing. */
  readonly bids: Readonly<Record<string, number>>;
  /** Targets that would not take the call; all others take it. */
  readonly failing: ReadonlySet<string>;
}

export interface SimulatedStep {
  readonly group: string;
  readonly mode: DialMode;
  readonly intervalMs: number;
  readonly hedgeAfterMs: number | null;
  readonly offers: readonly { readonly targetId: string; readonly amountMicros: number }[];
}

export interface Simulation {
  readonly planId: string | null;
  readonly planVersion: number | null;
  /** Who would take the call; null for the fallback of the campaign. */
  readonly targetId: string | null;
  /** Until somebody takes the call. */
  readonly steps: readonly SimulatedStep[];
  readonly trace: DecisionTrace;
}

const BID_LIFETIME_MS = 60_000;

export async function simulatePlan(deps: SimulationDependencies, supposed: SupposedCall): Promise<Simulation> {
  const { configuration, campaign, source, plan } = supposed;
  const course = plan === null ? courseOf(configuration, campaign) : makeCourse(configuration, campaign, plan);
  const moment = await momentOf(deps, supposed);
  const memory = withoutTurns(deps.planRecords);
  const terms = callTermsOf(configuration.trunks, supposed.trunkId, source.payout);
  const { random } = deps;
  const walk = new PlanWalk(course, { moment: () => moment, memory, sourceId: source.id, terms, random });
  const trace = new TraceBuilder(walk);
  const steps: SimulatedStep[] = [];
  let targetId: string | null = null;
  for (let answer: PlanAnswer = { kind: 'begin' }; targetId === null; ) {
    const move = walk.next(answer);
    if (move.kind === 'end') break;
    if (move.kind === 'ask') {
      answer = { kind: 'offers', offers: supposedOffers(deps, move, supposed, trace) };
      continue;
    }
    trace.offer(move.visit, move.step.offers);
    steps.push(shownStep(move.visit.course.key, move.step));
    targetId = outcomeOf(move.step, supposed.failing, trace);
    answer = { kind: 'dialled', isRung: true };
  }
  return {
    planId: course.plan?.id ?? null,
    planVersion: course.plan?.version ?? null,
    targetId,
    steps,
    trace: trace.build(configuration.version),
  };
}

async function momentOf(deps: SimulationDependencies, supposed: SupposedCall): Promise<Moment> {
  const { callerNumber, calledNumber, trunkId, at, campaign, source, configuration } = supposed;
  const received = receiveCall({
    ...{ callId: deps.ids.newId(), sipCallId: '', configurationVersion: configuration.version, trunkId },
    ...{ callerNumber, calledNumber, callerName: null, startedAt: at },
  });
  const call = { ...received, campaignId: campaign.id, sourceId: source.id };
  return {
    wallMs: at,
    history: await recallCaller(deps, call, campaign),
    caller: listedCaller(deps, call),
    usedSlots: (slot) => deps.slots.usedAt(slot),
    usedCap: (meter) => deps.caps.usedAt(meter),
    tags: new Map([...tagsOf(call, deps.numbers.areaOf(callerNumber)), ...Object.entries(supposed.tags)]),
  };
}

/** An auction whose bidders answer at once with what is supposed of them. */
function supposedOffers(
  { clock, random }: SimulationDependencies,
  { visit, until }: Extract<PlanMove, { kind: 'ask' }>,
  { bids, campaign }: SupposedCall,
  trace: TraceBuilder,
): OffersOfGroup {
  const auction = new Auction(visit.field, random);
  const notes = trace.notesOf(visit);
  const asked = visit.field.bidding();
  for (const planned of asked) auction.awaitBid(planned);
  for (const planned of asked) {
    const { id } = planned.target;
    const amountMicros = Object.hasOwn(bids, id) ? bids[id] : undefined;
    notes.add(id, check('ping', amountMicros !== undefined, 'as supposed', 'a supposed bid'));
    if (amountMicros === undefined) continue;
    const terms = { destination: null, reference: null, billAfterMs: null, lifetimeMs: BID_LIFETIME_MS, latencyMs: 0 };
    const verdict = auction.enterBid(planned, { kind: 'bid', amountMicros, ...terms }, clock.monotonicMs());
    noteBid(notes, planned.target, amountMicros, verdict, { campaign, until });
  }
  return closeAuction(auction, notes, until).offers;
}

function shownStep(group: string, { offers, mode, intervalMs, hedgeAfterMs }: DialStep): SimulatedStep {
  const shown = offers.map(({ target, amountMicros }) => ({ targetId: target.id, amountMicros }));
  return { group, mode, intervalMs, hedgeAfterMs, offers: shown };
}

/** The first who does not fail takes the call; who stands behind him in the step is not reached. */
function outcomeOf({ offers }: DialStep, failing: ReadonlySet<string>, trace: TraceBuilder): string | null {
  for (const { target, amountMicros } of offers) {
    if (!failing.has(target.id)) {
      trace.win(target.id, amountMicros);
      return target.id;
    }
    trace.add(target.id, check('dial', false, 'as supposed', 'a target that takes the call'));
    trace.fail(target.id);
  }
  return null;
}
