/**
 * The present window of caps that end by the same clocks. Thousands of caps share a few periods, and each decision asks for several of
 * them; the counter of the application compares with it the window that it counted last.
 */
import { type CapPeriod, windowAt } from './cap.js';

const MINUTE_MS = 60_000;

/** Worked out anew when a minute has gone by: no window ends inside one. */
export class WindowClock {
  readonly #period: CapPeriod;
  #minute = -1;
  #number = 0;

  constructor(period: CapPeriod) {
    this.#period = period;
  }

  /** As `windowAt` numbers it. `wallMs` is milliseconds since 1970-01-01 UTC. */
  at(wallMs: number): number {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#number = windowAt(this.#period, wallMs);
      this.#minute = minute;
    }
    return this.#number;
  }
}
