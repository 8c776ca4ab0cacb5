/**
 * Gathers what happens to the candidates of a call while it is routed, and makes the decision trace of it at the end: only
 * then are the whole plan and every field looked at, with the values of the moments at which the call was decided.
 */

import type { Offer } from '../../domain/bidding/offer.js';
import { formatMicros } from '../../domain/money/money.js';
import { type CourseGroup, groupsOf, type PlanCourse } from '../../domain/plans/plan-course.js';
import type { GroupVisit } from '../../domain/plans/plan-move.js';
import {
  type GroupReach,
  placeOfStanding,
  reachesOf,
  type TakenBy,
  traceOfGroups,
  turnCheck,
} from '../../domain/plans/plan-trace.js';
import type { PlannedTarget } from '../../domain/plans/planned-target.js';
import type { CandidateOutcome, CandidateTrace, Check, DecisionTrace } from '../../domain/routing/decision-trace.js';
import { check, explainEligibility, type Moment } from '../../domain/routing/eligibility.js';

interface Placing {
  readonly rank: number;
  readonly amountMicros: number;
}

/** What happened in one group, noted by whoever asks, ranks and rings its targets. */
export class GroupNotes {
  /** By target; of the few that were asked, ranked first or rung. */
  readonly checks = new Map<string, Check[]>();
  readonly outcomes = new Map<string, CandidateOutcome>();
  /** Prices that are not those of the ranking: refused ones, and the one that is owed. */
  readonly prices = new Map<string, number>();
  #ranking: () => readonly Offer[] = () => [];

  add(targetId: string, made: Check): void {
    const checks = this.checks.get(targetId);
    if (checks === undefined) this.checks.set(targetId, [made]);
    else checks.push(made);
  }

  /** Asked for all offers, best first, when the trace is made. */
  rankBy(ranking: () => readonly Offer[]): void {
    this.#ranking = ranking;
  }

  /** The price of a bid that is not ranked by it. */
  price(targetId: string, amountMicros: number): void {
    this.prices.set(targetId, amountMicros);
  }

  /** The price of a bid is known, and too low to compete. */
  refusePrice(targetId: string, amountMicros: number): void {
    this.prices.set(targetId, amountMicros);
    this.outcomes.set(targetId, 'ineligible');
  }

  placings(): ReadonlyMap<string, Placing> {
    const placed = this.#ranking().map(({ target, amountMicros }, index) => [
      target.id,
      { rank: index + 1, amountMicros },
    ]);
    return new Map(placed as [string, Placing][]);
  }
}

const NO_NOTES = new GroupNotes();

/** The walk of the call, or what stands for one. */
export interface TracedWalk {
  readonly course: PlanCourse;
  readonly visits: readonly GroupVisit[];
  /** Of groups to which the call did not come. */
  readonly moment: Moment;
}

export class TraceBuilder {
  readonly #walk: TracedWalk;
  readonly #spent: ReadonlyMap<string, Check>;
  readonly #notes = new Map<CourseGroup, GroupNotes>();
  /** The group in which a target was offered to be rung: a target rings once in a call. */
  readonly #offeredIn = new Map<string, GroupNotes>();
  #winnerTargetId: string | null = null;

  /** `spent` are those that an earlier walk of the call has used up, and how. */
  constructor(walk: TracedWalk, spent: ReadonlyMap<string, Check> = new Map()) {
    this.#walk = walk;
    this.#spent = spent;
  }

  notesOf({ course }: GroupVisit): GroupNotes {
    const known = this.#notes.get(course) ?? new GroupNotes();
    this.#notes.set(course, known);
    return known;
  }

  /** What is said of these targets from now on is said of them in this group. */
  offer(visit: GroupVisit, offers: readonly Offer[]): void {
    for (const { target } of offers) this.#offeredIn.set(target.id, this.notesOf(visit));
  }

  add(targetId: string, made: Check): void {
    this.#offeredIn.get(targetId)?.add(targetId, made);
  }

  fail(targetId: string): void {
    this.#offeredIn.get(targetId)?.outcomes.set(targetId, 'failed');
  }

  /** `amountMicros` is what is owed: the post may have named another price than the bid. Who has not been tried was outbid. */
  win(targetId: string, amountMicros: number): void {
    const notes = this.#offeredIn.get(targetId);
    this.#winnerTargetId = targetId;
    notes?.outcomes.set(targetId, 'won');
    notes?.prices.set(targetId, amountMicros);
  }

  /** He has left too early to have won. */
  unwin(targetId: string): void {
    this.#winnerTargetId = null;
    this.fail(targetId);
  }

  build(configurationVersion: number): DecisionTrace {
    const { course } = this.#walk;
    const reaches = reachesOf(this.#walk);
    let priced = 0;
    const candidates = groupsOf(course).flatMap((group) => {
      const notes = this.#notes.get(group) ?? NO_NOTES;
      const placings = notes.placings();
      priced += placings.size;
      const reach = reaches.get(group);
      if (reach === undefined) return [];
      return group.seats.planned.map((planned) => this.#candidate(group, reach, planned, notes, placings));
    });
    const plan = course.plan === null ? null : traceOfGroups(course.plan, course, reaches);
    const summary = this.#summary(candidates, priced);
    return { configurationVersion, candidates, winnerTargetId: this.#winnerTargetId, summary, plan };
  }

  #candidate(
    group: CourseGroup,
    reach: GroupReach,
    planned: PlannedTarget,
    notes: GroupNotes,
    placings: ReadonlyMap<string, Placing>,
  ): CandidateTrace {
    const { id: targetId, buyerId, pricing } = planned.target;
    const { visit } = reach;
    const moment = visit?.field.moment ?? this.#walk.moment;
    const checks = explainEligibility(planned, moment, this.#currency);
    if (visit?.field.wasRung(planned) === true) checks.push(this.#spent.get(targetId) ?? RUNG_BEFORE);
    const isStatic = pricing.kind === 'static' && checks.every(({ passed }) => passed);
    if (isStatic) checks.push(this.#minimumCheck(pricing.amountMicros));
    const isEligible = checks.every(({ passed }) => passed);
    if (reach.kind !== 'entered') checks.push(check('group', false, reach.values, reach.needed));
    else if (isEligible) checks.push(...placeOfStanding(visit, `target:${targetId}`, this.#currency));
    checks.push(...(notes.checks.get(targetId) ?? []));
    const placing = placings.get(targetId);
    const margins = visit?.field.margins ?? null;
    if (placing !== undefined && margins !== null)
      checks.push(margins.explain(planned, placing.amountMicros, this.#currency));
    const refusedMicros = isStatic && !isEligible ? pricing.amountMicros : null;
    const untried =
      reach.kind === 'entered'
        ? this.#untried(group, planned, isEligible, placing !== undefined)
        : notEntered(reach, isEligible);
    const outcome = notes.outcomes.get(targetId) ?? untried;
    if (outcome !== 'won' && outcome !== 'failed' && checks.every(({ passed }) => passed))
      checks.push(turnCheck(outcome, this.#takenBy(group, notes), this.#currency));
    return {
      targetId,
      buyerId,
      group: group.key,
      checks,
      outcome,
      amountMicros: notes.prices.get(targetId) ?? placing?.amountMicros ?? refusedMicros,
      rank: placing?.rank ?? null,
    };
  }

  /** As those see it who stand in this group. */
  #takenBy({ group: { strategy } }: CourseGroup, notes: GroupNotes): TakenBy | null {
    const targetId = this.#winnerTargetId;
    if (targetId === null) return null;
    const winner = this.#offeredIn.get(targetId);
    return {
      ...{ targetId, amountMicros: winner?.prices.get(targetId) ?? 0 },
      isRival: winner === notes && strategy.kind === 'auction',
      isByMargin: strategy.kind === 'auction' && strategy.margin !== undefined,
    };
  }

  /** Of those who were not rung: outbid by somebody who won, or never reached because nobody did. */
  #untried(course: CourseGroup, { target }: PlannedTarget, isEligible: boolean, isPlaced: boolean): CandidateOutcome {
    if (!isEligible) return 'ineligible';
    if (course.group.strategy.kind !== 'auction') {
      const hasBid = target.pricing.kind === 'static' || this.#notes.get(course)?.prices.has(target.id) === true;
      return hasBid ? 'not-reached' : 'no-bid';
    }
    if (!isPlaced) return 'no-bid';
    return this.#winnerTargetId === null ? 'not-reached' : 'outbid';
  }

  get #currency(): string {
    return this.#walk.course.campaign.currency;
  }

  #minimumCheck(amountMicros: number): Check {
    const { minimumBidMicros } = this.#walk.course.campaign;
    const values = `static ${formatMicros(amountMicros, this.#currency)} against a minimum of ${formatMicros(minimumBidMicros, this.#currency)}`;
    return check('minimum-bid', amountMicros >= minimumBidMicros, values, 'a price at or over the minimum');
  }

  #summary(candidates: readonly CandidateTrace[], priced: number): string {
    const winner = candidates.find(({ outcome }) => outcome === 'won');
    if (winner === undefined) return `no target took the call: ${candidates.length} candidates, ${priced} with a price`;
    const price = formatMicros(winner.amountMicros ?? 0, this.#currency);
    const of = `${candidates.length} candidates`;
    if (winner.rank === null) return `${winner.targetId} took the call at ${price} in group ${winner.group}, of ${of}`;
    const where = winner.group === '' ? '' : ` in group ${winner.group}`;
    return `${winner.targetId} won with ${price}${where}, rank ${winner.rank} of ${priced} prices, ${of}`;
  }
}

const RUNG_BEFORE = check(
  'rung-before',
  false,
  'it rang for this call already',
  'a target that has not rung for this call',
);

/** In a group that the call may not enter nobody may have it; one that it did not come to says nothing of its targets. */
function notEntered({ kind }: GroupReach, isEligible: boolean): CandidateOutcome {
  return kind === 'passed-over' || !isEligible ? 'ineligible' : 'not-reached';
}
