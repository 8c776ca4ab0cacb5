/** Counts how each bidder answers, by the hour, for a day. Called for every ping; it holds one row of counts for each bidder and hour. */
import type { BidderFigure, BidderFigures } from '../../application/ports/bidder-figures.js';
import type { Clock } from '../../application/ports/clock.js';
import type { NoBidReason, PingOutcome } from '../../domain/bidding/bid.js';

const HOUR_MS = 3_600_000;
const HOURS_KEPT = 24;
/** Beyond this the bidder that was asked first is forgotten: ids come and go with the configuration. */
const BIDDERS_KEPT = 4_096;

type Count = 'bids' | 'refused' | 'timeouts' | 'faults' | 'givenUp' | 'unasked';

const COUNTED_AS: Readonly<Partial<Record<NoBidReason, Count>>> = {
  refused: 'refused',
  timeout: 'timeouts',
  cancelled: 'givenUp',
  'circuit-open': 'unasked',
  'rate-limited': 'unasked',
};

interface Hour extends Record<Count, number> {
  readonly startsMs: number;
  totalMs: number;
  slowestMs: number;
}

const emptyHour = (startsMs: number): Hour => ({
  ...{ startsMs, bids: 0, refused: 0, timeouts: 0, faults: 0, givenUp: 0, unasked: 0 },
  ...{ totalMs: 0, slowestMs: 0 },
});

export class AnswerFigures implements BidderFigures {
  readonly #clock: Clock;
  readonly #hours = new Map<string, Hour[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(bidderId: string, outcome: PingOutcome): void {
    const hour = this.#hourOf(bidderId);
    const counted = outcome.kind === 'bid' ? 'bids' : (COUNTED_AS[outcome.reason] ?? 'faults');
    hour[counted] += 1;
    if (counted !== 'bids' && counted !== 'refused') return;
    hour.totalMs += outcome.latencyMs;
    hour.slowestMs = Math.max(hour.slowestMs, outcome.latencyMs);
  }

  figures(hours: number): readonly BidderFigure[] {
    const fromMs = this.#startOfHour() - (hours - 1) * HOUR_MS;
    return [...this.#hours].flatMap(([bidderId, kept]) => {
      const recent = kept.filter(({ startsMs }) => startsMs >= fromMs);
      return recent.length === 0 ? [] : [figureOf(bidderId, recent)];
    });
  }

  /** By the monotonic clock, so that an hour is an hour whatever becomes of the time of day. */
  #startOfHour(): number {
    return Math.floor(this.#clock.monotonicMs() / HOUR_MS) * HOUR_MS;
  }

  #hourOf(bidderId: string): Hour {
    const startsMs = this.#startOfHour();
    const kept = this.#hours.get(bidderId) ?? [];
    const last = kept.at(-1);
    if (last !== undefined && last.startsMs === startsMs) return last;
    const made = emptyHour(startsMs);
    const [oldest] = this.#hours.keys();
    if (kept.length === 0 && oldest !== undefined && this.#hours.size >= BIDDERS_KEPT) this.#hours.delete(oldest);
    this.#hours.set(bidderId, [...kept, made].slice(-HOURS_KEPT));
    return made;
  }
}

function figureOf(bidderId: string, hours: readonly Hour[]): BidderFigure {
  const sum = (count: Count | 'totalMs'): number => hours.reduce((total, hour) => total + hour[count], 0);
  const [bids, refused, timeouts, faults] = [sum('bids'), sum('refused'), sum('timeouts'), sum('faults')];
  const answered = bids + refused;
  return {
    ...{ bidderId, asked: answered + timeouts + faults, bids, refused, timeouts, faults },
    ...{ givenUp: sum('givenUp'), unasked: sum('unasked') },
    meanMs: answered === 0 ? null : Math.round(sum('totalMs') / answered),
    slowestMs: answered === 0 ? null : Math.round(Math.max(...hours.map(({ slowestMs }) => slowestMs))),
  };
}
