/**
 * A clock that stands still until a test turns it. Timers fire in the order of their times, those of one time in the order in which
 * they were set, each with the clock standing at its time.
 */
import type { SipClock, SipTimer } from '../../../src/embedded/sip/sip-clock.js';

interface Waiting {
  readonly atMs: number;
  readonly order: number;
  readonly fire: () => void;
}

export class VirtualClock implements SipClock {
  #nowMs = 0;
  #order = 0;
  readonly #waiting = new Set<Waiting>();

  nowMs(): number {
    return this.#nowMs;
  }

  schedule(delayMs: number, fire: () => void): SipTimer {
    const waiting = { atMs: this.#nowMs + delayMs, order: this.#order++, fire };
    this.#waiting.add(waiting);
    return { cancel: () => void this.#waiting.delete(waiting) };
  }

  get waitingCount(): number {
    return this.#waiting.size;
  }

  /** Turns the clock; timers that are set on the way and fall due fire too. */
  advance(ms: number): void {
    const until = this.#nowMs + ms;
    for (let next = this.#nextDue(until); next !== undefined; next = this.#nextDue(until)) {
      this.#waiting.delete(next);
      this.#nowMs = next.atMs;
      next.fire();
    }
    this.#nowMs = until;
  }

  #nextDue(untilMs: number): Waiting | undefined {
    let first: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (waiting.atMs > untilMs) continue;
      if (
        first === undefined ||
        waiting.atMs < first.atMs ||
        (waiting.atMs === first.atMs && waiting.order < first.order)
      ) {
        first = waiting;
      }
    }
    return first;
  }
}
