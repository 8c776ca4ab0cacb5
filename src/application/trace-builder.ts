/**
 * Gathers what happens to the candidates of a call while it is routed, and makes the decision trace of it at the end: only
 * then is the whole field looked at, with the values of the moment at which the call was decided.
 */
import type { Offer } from '../domain/auction.js';
import type { CandidateOutcome, CandidateTrace, Check, DecisionTrace } from '../domain/decision-trace.js';
import { check, explainEligibility } from '../domain/eligibility.js';
import { formatMicros } from '../domain/money.js';
import type { RoutingField } from '../domain/routing-field.js';
import type { PlannedTarget } from '../domain/routing-plan.js';

interface Placing {
  readonly rank: number;
  readonly amountMicros: number;
}

export class TraceBuilder {
  readonly #field: RoutingField;
  /** By target; of the few that were asked, ranked first or rung. */
  readonly #checks = new Map<string, Check[]>();
  readonly #outcomes = new Map<string, CandidateOutcome>();
  /** Prices that are not those of the ranking: refused ones, and the one that is owed. */
  readonly #prices = new Map<string, number>();
  #winnerTargetId: string | null = null;
  #ranking: () => readonly Offer[] = () => [];

  constructor(field: RoutingField) {
    this.#field = field;
  }

  add(targetId: string, made: Check): void {
    const checks = this.#checks.get(targetId);
    if (checks === undefined) this.#checks.set(targetId, [made]);
    else checks.push(made);
  }

  /** Asked for all offers, best first, when the trace is made. */
  rankBy(ranking: () => readonly Offer[]): void {
    this.#ranking = ranking;
  }

  /** The price of a bid is known, and too low to compete. */
  refusePrice(targetId: string, amountMicros: number): void {
    this.#prices.set(targetId, amountMicros);
    this.#outcomes.set(targetId, 'ineligible');
  }

  fail(targetId: string): void {
    this.#outcomes.set(targetId, 'failed');
  }

  /** `amountMicros` is what is owed: the post may have named another price than the bid. Who has not been tried was outbid. */
  win(targetId: string, amountMicros: number): void {
    this.#winnerTargetId = targetId;
    this.#outcomes.set(targetId, 'won');
    this.#prices.set(targetId, amountMicros);
  }

  /** He has left too early to have won. */
  unwin(targetId: string): void {
    this.#winnerTargetId = null;
    this.fail(targetId);
  }

  build(configurationVersion: number): DecisionTrace {
    const placings = new Map<string, Placing>();
    this.#ranking().forEach(({ target, amountMicros }, index) => {
      placings.set(target.id, { rank: index + 1, amountMicros });
    });
    const candidates = this.#field.plan.planned.map((planned) => this.#candidate(planned, placings));
    const summary = this.#summary(candidates, placings.size);
    return { configurationVersion, candidates, winnerTargetId: this.#winnerTargetId, summary };
  }

  #candidate(planned: PlannedTarget, placings: ReadonlyMap<string, Placing>): CandidateTrace {
    const { id: targetId, buyerId, pricing } = planned.target;
    const checks = explainEligibility(planned, this.#field.moment, this.#field.plan.campaign.currency);
    const isStatic = pricing.kind === 'static' && checks.every(({ passed }) => passed);
    if (isStatic) checks.push(this.#minimumCheck(pricing.amountMicros));
    const isEligible = checks.every(({ passed }) => passed);
    checks.push(...(this.#checks.get(targetId) ?? []));
    const placing = placings.get(targetId);
    const refusedMicros = isStatic && !isEligible ? pricing.amountMicros : null;
    return {
      targetId,
      buyerId,
      checks,
      outcome: this.#outcomes.get(targetId) ?? this.#untriedOutcome(isEligible, placing !== undefined),
      amountMicros: this.#prices.get(targetId) ?? placing?.amountMicros ?? refusedMicros,
      rank: placing?.rank ?? null,
    };
  }

  /** Of those who were not rung: outbid by somebody who won, or never reached because nobody did. */
  #untriedOutcome(isEligible: boolean, isPlaced: boolean): CandidateOutcome {
    if (!isPlaced) return isEligible ? 'no-bid' : 'ineligible';
    return this.#winnerTargetId === null ? 'not-reached' : 'outbid';
  }

  #minimumCheck(amountMicros: number): Check {
    const { minimumBidMicros, currency } = this.#field.plan.campaign;
    const values = `static ${formatMicros(amountMicros, currency)} against a minimum of ${formatMicros(minimumBidMicros, currency)}`;
    return check('minimum-bid', amountMicros >= minimumBidMicros, values, 'a price at or over the minimum');
  }

  #summary(candidates: readonly CandidateTrace[], priced: number): string {
    const winner = candidates.find((each) => each.targetId === this.#winnerTargetId);
    if (winner === undefined) return `no target took the call: ${candidates.length} candidates, ${priced} with a price`;
    const price = formatMicros(winner.amountMicros ?? 0, this.#field.plan.campaign.currency);
    return `${winner.targetId} won with ${price}, rank ${winner.rank} of ${priced} prices, ${candidates.length} candidates`;
  }
}
