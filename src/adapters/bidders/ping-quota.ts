/** Keeps a bidder's limit of pings a minute, so that it is not reached at his end, where it counts against us. One counter for each bidder. */
import type { Clock } from '../../application/ports/clock.js';
import type { Bidder } from '../../domain/bidding/bidder.js';

const MINUTE_MS = 60_000;
const BIDDERS_KEPT = 4_096;

interface Minute {
  readonly startedMs: number;
  used: number;
}

export class PingQuota {
  readonly #clock: Clock;
  readonly #minutes = new Map<string, Minute>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts this ping; false when the bidder has had his pings of this minute, which begins with the first of them. */
  admits({ id, maxPingsPerMinute }: Pick<Bidder, 'id' | 'maxPingsPerMinute'>): boolean {
    if (maxPingsPerMinute === null) return true;
    const nowMs = this.#clock.monotonicMs();
    const known = this.#minutes.get(id);
    const minute = known !== undefined && nowMs - known.startedMs < MINUTE_MS ? known : { startedMs: nowMs, used: 0 };
    const [oldest] = this.#minutes.keys();
    if (known === undefined && oldest !== undefined && this.#minutes.size >= BIDDERS_KEPT) this.#minutes.delete(oldest);
    this.#minutes.set(id, minute);
    if (minute.used >= maxPingsPerMinute) return false;
    minute.used += 1;
    return true;
  }
}
