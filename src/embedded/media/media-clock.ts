/**
 * The one clock of a media worker. Every session has a tick each 20 ms; sessions are spread over four phases of 5 ms so
 * that a thousand packets do not leave at the same instant. Deadlines are absolute, so an error never adds up.
 */

export const TICK_MS = 20;
export const PHASES = 4;
const PHASE_MS = TICK_MS / PHASES;

/** A frame that is this late would miss the receiver's playout buffer: it is skipped rather than sent in a burst. */
const LATE_MS = 40;

/** Node's timers have whole milliseconds; a deadline this near counts as reached. */
const TOLERANCE_MS = 0.5;

/** How the clock reads and waits; a test hands in its own. */
export interface ClockSource {
  /** Monotonic, in ms. */
  now(): number;
  /** Calls back once, after `delayMs`; answers the way to call it off. */
  wait(delayMs: number, wake: () => void): () => void;
}

/** `dueMs` is the instant the tick belongs to; `isLate` says that its audio is no longer worth sending. */
export type TickListener = (phase: number, dueMs: number, isLate: boolean) => void;

export const systemClock: ClockSource = {
  now: () => performance.now(),
  wait: (delayMs, wake) => {
    const timer = setTimeout(wake, delayMs);
    return () => clearTimeout(timer);
  },
};

export class MediaClock {
  readonly #source: ClockSource;
  readonly #onTick: TickListener;
  readonly #startMs: number;
  #next = 1;
  #cancel: (() => void) | null = null;

  constructor(onTick: TickListener, source: ClockSource = systemClock) {
    this.#onTick = onTick;
    this.#source = source;
    this.#startMs = source.now();
    this.#wait();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = null;
  }

  #dueMs(): number {
    return this.#startMs + this.#next * PHASE_MS;
  }

  #wait(): void {
    const delayMs = Math.max(1, Math.floor(this.#dueMs() - this.#source.now() + TOLERANCE_MS));
    this.#cancel = this.#source.wait(delayMs, () => this.#wake());
  }

  #wake(): void {
    const nowMs = this.#source.now();
    for (let dueMs = this.#dueMs(); dueMs <= nowMs + TOLERANCE_MS; dueMs = this.#dueMs()) {
      const phase = this.#next % PHASES;
      this.#next += 1;
      this.#onTick(phase, dueMs, nowMs - dueMs > LATE_MS);
      if (this.#cancel === null) return;
    }
    this.#wait();
  }
}
