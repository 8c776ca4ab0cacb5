/**
 * What has been used of each cap, and what live calls have reserved of it. Everything happens in one turn of the event
 * loop, so that parallel calls cannot overshoot; what is kept becomes durable with the closing of the call. It remembers
 * one window per cap: a new window begins at nothing.
 */
import { type Cap, type CapUse, type CountedCap, fits, windowAt } from '../../domain/routing/cap.js';
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

/** Replaced at each change and never changed, so that a copy of the map is a copy of the state. */
interface Meter {
  readonly window: number;
  readonly used: number;
}

export class CapCounter {
  readonly #clock: Clock;
  readonly #meters = new Map<string, Meter>();

  /** `stored` is what earlier runs have used, the newest window of each cap. */
  constructor(clock: Clock, stored: readonly CapUse[] = []) {
    this.#clock = clock;
    for (const { key, window, amount } of stored) this.#meters.set(key, { window, used: amount });
  }

  /** In the window of this moment, reservations of live calls included. */
  used({ key, cap }: CountedCap): number {
    return usedIn(this.#meters.get(key), cap, this.#clock.wallMs());
  }

  /** Answers later what `used` answers now: the values that a decision is judged by. */
  snapshot(): (counted: CountedCap) => number {
    const meters = new Map(this.#meters);
    const wallMs = this.#clock.wallMs();
    return ({ key, cap }) => usedIn(meters.get(key), cap, wallMs);
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
        return kept === 0 ? [] : [{ key: counted.key, window, amount: kept }];
      });
    };
    return { kind: 'reserved', reservation: { requests, passed, settle } };
  }

  #add({ key, cap }: CountedCap, amount: number): number {
    const window = windowAt(cap, this.#clock.wallMs());
    const meter = this.#meters.get(key);
    const used = meter !== undefined && meter.window === window ? meter.used : 0;
    this.#meters.set(key, { window, used: used + amount });
    return window;
  }

  #correct({ key }: CountedCap, window: number, by: number): void {
    const meter = this.#meters.get(key);
    if (meter !== undefined && meter.window === window) this.#meters.set(key, { window, used: meter.used + by });
  }
}

function usedIn(meter: Meter | undefined, cap: Cap, wallMs: number): number {
  return meter !== undefined && meter.window === windowAt(cap, wallMs) ? meter.used : 0;
}
