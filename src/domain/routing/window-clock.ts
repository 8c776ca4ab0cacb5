/**
 * The present windows of caps. Thousands of caps share a few periods, and each decision asks for several of them; the counter of the
 * application compares with them the windows that it counted last.
 */
import { type CapPeriod, windowAt } from './cap.js';

const MINUTE_MS = 60_000;

export class WindowClocks {
  readonly #periods: CapPeriod[] = [];
  readonly #numbers = new Map<string, number>();
  /** Of each period the window at `#minute`; NaN until somebody asks. */
  #windows = new Float64Array(0);
  #minute = -1;

  /** The place of all caps whose windows end at the same moments. */
  numberOf({ window, timeZone }: CapPeriod): number {
    const name = `${window}:${timeZone}`;
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.#periods.length);
    this.#periods.push({ window, timeZone });
    this.#windows = new Float64Array(this.#periods.length).fill(Number.NaN);
    return this.#periods.length - 1;
  }

  /** As `windowAt` numbers it; worked out anew when a minute has gone by, since no window ends inside one. */
  at(place: number, wallMs: number): number {
    const minute = Math.floor(wallMs / MINUTE_MS);
    if (minute !== this.#minute) {
      this.#windows.fill(Number.NaN);
      this.#minute = minute;
    }
    const known = this.#windows[place] ?? Number.NaN;
    return Number.isNaN(known) ? this.#look(place, wallMs) : known;
  }

  #look(place: number, wallMs: number): number {
    const period = this.#periods[place];
    const window = period === undefined ? Number.NaN : windowAt(period, wallMs);
    this.#windows[place] = window;
    return window;
  }
}
