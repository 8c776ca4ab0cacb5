/** Gathers the checks of every candidate while a call is routed, and makes the decision trace of them at the end. */
import type { Offer } from '../domain/auction.js';
import type { CandidateOutcome, CandidateTrace, Check, DecisionTrace } from '../domain/decision-trace.js';
import type { Candidate } from '../domain/eligibility.js';
import { formatMicros } from '../domain/money.js';

interface OpenCandidate {
  readonly targetId: string;
  readonly buyerId: string;
  readonly checks: Check[];
  outcome: CandidateOutcome;
  amountMicros: number | null;
  rank: number | null;
}

export class TraceBuilder {
  readonly #candidates = new Map<string, OpenCandidate>();
  #winnerTargetId: string | null = null;

  constructor(candidates: readonly Candidate[]) {
    for (const { target, checks, isEligible } of candidates) {
      this.#candidates.set(target.id, {
        targetId: target.id,
        buyerId: target.buyerId,
        checks: [...checks],
        outcome: isEligible ? 'no-bid' : 'ineligible',
        amountMicros: null,
        rank: null,
      });
    }
  }

  add(targetId: string, check: Check): void {
    this.#candidates.get(targetId)?.checks.push(check);
  }

  rank(offers: readonly Offer[]): void {
    offers.forEach((offer, index) => {
      const candidate = this.#candidates.get(offer.target.id);
      if (candidate === undefined) return;
      candidate.rank = index + 1;
      candidate.amountMicros = offer.amountMicros;
      candidate.outcome = 'not-reached';
    });
  }

  /** The price is known, and too low to compete. */
  refusePrice(targetId: string, amountMicros: number): void {
    const candidate = this.#candidates.get(targetId);
    if (candidate === undefined) return;
    candidate.amountMicros = amountMicros;
    candidate.outcome = 'ineligible';
  }

  fail(targetId: string): void {
    const candidate = this.#candidates.get(targetId);
    if (candidate !== undefined) candidate.outcome = 'failed';
  }

  /** `amountMicros` is what is owed: the post may have named another price than the bid. Who has not been tried was outbid. */
  win(targetId: string, amountMicros: number): void {
    this.#winnerTargetId = targetId;
    for (const candidate of this.#candidates.values()) {
      if (candidate.outcome === 'not-reached') candidate.outcome = 'outbid';
    }
    const winner = this.#candidates.get(targetId);
    if (winner === undefined) return;
    winner.outcome = 'won';
    winner.amountMicros = amountMicros;
  }

  build(configurationVersion: number, currency: string): DecisionTrace {
    const candidates: CandidateTrace[] = [...this.#candidates.values()].map((each) => ({
      ...each,
      checks: [...each.checks],
    }));
    return {
      configurationVersion,
      candidates,
      winnerTargetId: this.#winnerTargetId,
      summary: this.#summary(candidates, currency),
    };
  }

  #summary(candidates: readonly CandidateTrace[], currency: string): string {
    const priced = candidates.filter((each) => each.rank !== null).length;
    const winner = candidates.find((each) => each.targetId === this.#winnerTargetId);
    if (winner === undefined) return `no target took the call: ${candidates.length} candidates, ${priced} with a price`;
    const price = formatMicros(winner.amountMicros ?? 0, currency);
    return `${winner.targetId} won with ${price}, rank ${winner.rank} of ${priced} prices, ${candidates.length} candidates`;
  }
}
