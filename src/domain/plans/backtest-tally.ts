/**
 * Adds up what a back-test finds, call by call. What was never tried is weighed at the end, when the answer rate of each target in
 * the log is known: a target that never rang for a call takes it with that chance, and the rest goes to the next. Pure.
 */
import { type LoggedCall, takerOf } from './logged-call.js';
import type { Replay, Taker } from './replay-call.js';

export interface Party {
  readonly targetId: string;
  readonly buyerId: string;
}

/** What of a call of the log is added up. */
export interface TalliedCall {
  readonly call: Pick<LoggedCall['call'], 'callId' | 'targetId' | 'buyerId' | 'bridgedAt' | 'priceMicros'>;
  readonly failed: readonly string[];
}

export interface ChangedCall {
  readonly callId: string;
  readonly from: Party | null;
  readonly to: Party | null;
  /** He was never rung for this call: whether he answers is an estimate. */
  readonly isEstimated: boolean;
}

export interface Totals {
  readonly revenueMicros: number;
  /** Calls that a target takes; of a replay an expectation, so it need not be whole. */
  readonly answered: number;
  /** From 0 to 1; null when no call was replayed. */
  readonly answerRate: number | null;
}

export interface Backtest {
  readonly replayed: number;
  /** Never routed, still up, or the caller left before anybody had the call. */
  readonly skipped: number;
  readonly before: Totals;
  readonly after: Totals;
  /** Calls that have another buyer. */
  readonly changed: number;
  readonly moves: readonly { readonly from: string | null; readonly to: string | null; readonly calls: number }[];
  /** The newest, so many of them at most. */
  readonly changes: readonly ChangedCall[];
  readonly unknown: {
    /** Calls for which the replay rings somebody who was not rung then. */
    readonly neverRung: number;
    /** Bids that could have mattered: of bidders that were not asked, and that were not waited for. */
    readonly neverAsked: number;
    readonly notTaken: number;
    /** Calls in which a draw or a turn had part. */
    readonly drawn: number;
  };
}

export const CHANGES_SHOWN = 1_000;

/** Of the dials that the log has of a target. */
interface Experience {
  dialled: number;
  taken: number;
  billed: number;
}

const nothing = (): Experience => ({ dialled: 0, taken: 0, billed: 0 });

export class BacktestTally {
  readonly #byTarget = new Map<string, Experience>();
  readonly #all = nothing();
  readonly #moves = new Map<string, { from: string | null; to: string | null; calls: number }>();
  readonly #changes: ChangedCall[] = [];
  /** With somebody who was not rung then; `priceMicros` is what a known taker paid. */
  readonly #open: { readonly takers: readonly Taker[]; readonly priceMicros: number }[] = [];
  #replayed = 0;
  #skipped = 0;
  #changed = 0;
  #before = { revenueMicros: 0, answered: 0 };
  #after = { revenueMicros: 0, answered: 0 };
  #unknown = { neverRung: 0, neverAsked: 0, notTaken: 0, drawn: 0 };

  skip(): void {
    this.#skipped += 1;
  }

  add(logged: TalliedCall, replay: Replay): void {
    this.#replayed += 1;
    this.#learn(logged);
    const { call } = logged;
    const priceMicros = call.priceMicros ?? 0;
    if (takerOf(logged) !== null) {
      this.#before.answered += 1;
      this.#before.revenueMicros += priceMicros;
    }
    this.#unknown.neverAsked += replay.neverAsked;
    this.#unknown.notTaken += replay.notTaken;
    if (replay.isDrawn) this.#unknown.drawn += 1;
    const [first] = replay.takers;
    if (first !== undefined && !first.isKnown) {
      this.#unknown.neverRung += 1;
      this.#open.push({ takers: replay.takers, priceMicros });
    } else if (first !== undefined) {
      this.#after.answered += 1;
      this.#after.revenueMicros += paidByKnown(first, priceMicros);
    }
    this.#noteChange(logged, first ?? null);
  }

  result(): Backtest {
    const after = { ...this.#after };
    for (const { takers, priceMicros } of this.#open) {
      let chance = 1;
      for (const taker of takers) {
        const { answers, pays } = this.#ratesOf(taker.targetId);
        const takes = taker.isKnown ? chance : chance * answers;
        after.answered += takes;
        after.revenueMicros += takes * (taker.isKnown ? paidByKnown(taker, priceMicros) : taker.amountMicros * pays);
        chance -= takes;
      }
    }
    return {
      ...{ replayed: this.#replayed, skipped: this.#skipped, changed: this.#changed, unknown: { ...this.#unknown } },
      before: this.#totals(this.#before),
      after: this.#totals(after),
      moves: [...this.#moves.values()].sort((left, right) => right.calls - left.calls),
      changes: [...this.#changes],
    };
  }

  #totals({ revenueMicros, answered }: { readonly revenueMicros: number; readonly answered: number }): Totals {
    const answerRate = this.#replayed === 0 ? null : answered / this.#replayed;
    return { revenueMicros: Math.round(revenueMicros), answered, answerRate };
  }

  #learn(logged: TalliedCall): void {
    const taker = takerOf(logged);
    for (const targetId of logged.failed) {
      this.#experienceOf(targetId).dialled += 1;
      this.#all.dialled += 1;
    }
    if (taker === null) return;
    const isBilled = (logged.call.priceMicros ?? 0) > 0;
    for (const experience of [this.#experienceOf(taker), this.#all]) {
      experience.dialled += 1;
      experience.taken += 1;
      if (isBilled) experience.billed += 1;
    }
  }

  #experienceOf(targetId: string): Experience {
    const known = this.#byTarget.get(targetId) ?? nothing();
    this.#byTarget.set(targetId, known);
    return known;
  }

  /** A target that the log has never rung is taken for one like the others. */
  #ratesOf(targetId: string): { readonly answers: number; readonly pays: number } {
    const own = this.#byTarget.get(targetId);
    const { dialled, taken } = own ?? this.#all;
    const paying = own === undefined || own.taken === 0 ? this.#all : own;
    return {
      answers: dialled === 0 ? 0 : taken / dialled,
      pays: paying.taken === 0 ? 0 : paying.billed / paying.taken,
    };
  }

  #noteChange(logged: TalliedCall, to: Taker | null): void {
    const { call } = logged;
    const taker = takerOf(logged);
    const from = taker === null ? null : { targetId: taker, buyerId: call.buyerId ?? '' };
    if (from?.buyerId === to?.buyerId) return;
    this.#changed += 1;
    const parties = [from?.buyerId ?? null, to?.buyerId ?? null] as const;
    const key = JSON.stringify(parties);
    const move = this.#moves.get(key) ?? { from: parties[0], to: parties[1], calls: 0 };
    this.#moves.set(key, move);
    move.calls += 1;
    if (this.#changes.length === CHANGES_SHOWN) return;
    const party = to === null ? null : { targetId: to.targetId, buyerId: to.buyerId };
    this.#changes.push({ callId: call.callId, from, to: party, isEstimated: to?.isKnown === false });
  }
}

/** A post may have named another price than the bid, so what a bidder paid stands; a price of the target's own may have changed. */
function paidByKnown({ isStatic, amountMicros }: Taker, priceMicros: number): number {
  return isStatic && priceMicros > 0 ? amountMicros : priceMicros;
}
