/** A clock that tests turn by hand. Timers run in order of their due time, with all promises settled in between. */
import type { Clock } from '../../src/application/ports/clock.js';

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly onElapsed: () => void;
}

/** Lets every promise that can settle without a timer settle. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export class VirtualClock implements Clock {
  readonly #timers = new Set<Timer>();
  readonly #wallStartMs: number;
  #nowMs = 0;
  #order = 0;

  constructor(wallStartMs = Date.UTC(2026, 10, 20, 15, 0, 0)) {
    this.#wallStartMs = wallStartMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.#wallStartMs + this.#nowMs;
  }

  startTimer(delayMs: number, onElapsed: () => void): () => void {
    this.#order += 1;
    const timer: Timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: this.#order, onElapsed };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  /** Turns the clock by `byMs`, running what falls due on the way. */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.#nowMs + byMs;
    await settled();
    for (let next = this.#next(untilMs); next !== null; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.onElapsed();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  #next(untilMs: number): Timer | null {
    let best: Timer | null = null;
    for (const timer of this.#timers) {
      if (timer.dueMs > untilMs) continue;
      if (best === null || timer.dueMs < best.dueMs || (timer.dueMs === best.dueMs && timer.order < best.order))
        best = timer;
    }
    return best;
  }
}
