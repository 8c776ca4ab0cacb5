/**
 * What has been used of each cap, and what live calls have reserved of it. Everything happens in one turn of the event
 * loop, so that parallel calls cannot overshoot; what is kept becomes durable with the closing of the call. It remembers
 * one window per cap: a new window begins at nothing.
 */
import { type CapPeriod, type CapUse, type CountedCap, fits, periodOf, windowAt } from '../../domain/routing/cap.js';
import { meterNumbers } from '../../domain/routing/name-numbers.js';
import { WindowClocks } from '../../domain/routing/window-clock.js';
import type { Clock } from '../ports/clock.js';

export interface CapRequest {
  readonly counted: CountedCap;
  /** 1, or micro-units for revenue. */
  readonly amount: number;
}

export interface CapReservation {
  readonly requests: readonly CapRequest[];
  /** Caps of the soft kind that were full already: the call goes on and is not billed. */
  readonly passed: readonly CountedCap[];
  /** What is used for good, to be stored with the call; the rest is given back. Later calls change nothing. */
  settle(amountOf: (counted: CountedCap) => number): readonly CapUse[];
}

export type CapOutcome =
  | { readonly kind: 'reserved'; readonly reservation: CapReservation }
  | { readonly kind: 'full'; readonly counted: CountedCap; readonly used: number };

/** Of each meter where its clock is, the window that was counted last, and what was used in it: side by side, as they are read. */
const CELLS = 3;
const FIRST_METERS = 64;

/** Hears what ended calls had used of a cap before, and have used now, in the present window. */
export type CapListener = (counted: CountedCap, before: number, after: number) => void;

export class CapCounter {
  readonly #clock: Clock;
  readonly #onKept: CapListener;
  /** By cap, without the reservations of live calls. */
  readonly #kept = new Map<string, Pick<CapUse, 'window' | 'amount'>>();
  #cells = new Float64Array(FIRST_METERS * CELLS);
  readonly #clocks = new WindowClocks();

  /** `stored` is what earlier runs have used, the newest window of each cap. */
  constructor(clock: Clock, stored: readonly CapUse[] = [], onKept: CapListener = () => undefined) {
    this.#clock = clock;
    this.#onKept = onKept;
    for (const { key, window, amount } of stored) {
      this.#kept.set(key, { window, amount });
      const period = periodOf(key);
      if (period !== null) this.#set(key, period, window, amount);
    }
  }

  /** In the window of this moment, reservations of live calls included. */
  used({ key }: CountedCap): number {
    return this.usedAt(meterNumbers.of(key));
  }

  /** The same by the number of the meter. */
  usedAt(meter: number): number {
    return usedIn(this.#cells, this.#clocks, meter, this.#clock.wallMs());
  }

  /** Answers later what `usedAt` answers now: the values that a decision is judged by. */
  snapshot(): (meter: number) => number {
    const cells = this.#cells.slice();
    const wallMs = this.#clock.wallMs();
    return (meter) => usedIn(cells, this.#clocks, meter, wallMs);
  }

  /** All or none. */
  reserve(requests: readonly CapRequest[]): CapOutcome {
    const passed: CountedCap[] = [];
    for (const { counted, amount } of requests) {
      const used = this.used(counted);
      if (fits(counted.cap, used, amount)) continue;
      if (counted.cap.kind === 'hard') return { kind: 'full', counted, used };
      passed.push(counted);
    }
    const taken = requests.map(({ counted, amount }) => ({ counted, amount, window: this.#add(counted, amount) }));
    let isOpen = true;
    const settle: CapReservation['settle'] = (amountOf) => {
      if (!isOpen) return [];
      isOpen = false;
      return taken.flatMap(({ counted, amount, window }) => {
        const kept = amountOf(counted);
        this.#correct(counted, window, kept - amount);
        if (kept > 0) this.#keep(counted, window, kept);
        return kept === 0 ? [] : [{ key: counted.key, window, amount: kept }];
      });
    };
    return { kind: 'reserved', reservation: { requests, passed, settle } };
  }

  #add(counted: CountedCap, amount: number): number {
    const window = windowAt(counted.cap, this.#clock.wallMs());
    this.#set(counted.key, counted.cap, window, this.used(counted) + amount);
    return window;
  }

  #correct({ key, cap }: CountedCap, window: number, by: number): void {
    const at = meterNumbers.of(key) * CELLS;
    if (this.#cells[at + 1] === window) this.#set(key, cap, window, (this.#cells[at + 2] ?? 0) + by);
  }

  /** Of a window that has passed nobody need hear. */
  #keep(counted: CountedCap, window: number, amount: number): void {
    if (windowAt(counted.cap, this.#clock.wallMs()) !== window) return;
    const known = this.#kept.get(counted.key);
    const before = known?.window === window ? known.amount : 0;
    this.#kept.set(counted.key, { window, amount: before + amount });
    this.#onKept(counted, before, before + amount);
  }

  #set(key: string, period: CapPeriod, window: number, used: number): void {
    const at = meterNumbers.of(key) * CELLS;
    if (at >= this.#cells.length) {
      const more = new Float64Array(at * 2);
      more.set(this.#cells);
      this.#cells = more;
    }
    this.#cells[at] = this.#clocks.numberOf(period);
    this.#cells[at + 1] = window;
    this.#cells[at + 2] = used;
  }
}

/** A meter that nobody has set reads nothing, whatever its window. */
function usedIn(cells: Float64Array, clocks: WindowClocks, meter: number, wallMs: number): number {
  const at = meter * CELLS;
  const used = cells[at + 2] ?? 0;
  return used !== 0 && cells[at + 1] === clocks.at(cells[at] ?? 0, wallMs) ? used : 0;
}
