/** Counts the pings of each key, so that one publisher cannot keep all bidders busy. Holds one counter per key. */
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';
import type { Clock } from '../ports/clock.js';

const MINUTE_MS = 60_000;

export class PingRates {
  readonly #clock: Clock;
  readonly #counts = new Map<string, { readonly startedMs: number; used: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts this ping; false when the key has used up its minute, which begins with its first ping. */
  admits({ id, pingsPerMinute }: PublisherKey): boolean {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#counts.get(id);
    const count = known !== undefined && nowMs - known.startedMs < MINUTE_MS ? known : { startedMs: nowMs, used: 0 };
    this.#counts.set(id, count);
    count.used += 1;
    return count.used <= pingsPerMinute;
  }
}
