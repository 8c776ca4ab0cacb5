/**
 * Who of a dial step is to be rung now. It is told what becomes of whom and asked again at each change; it holds no timer and
 * dials nobody, `application/sale/ring-together.ts` does.
 *
 * An offer goes waiting -> begun -> over. A bidder that is posted to is promised the call: it is begun when nobody else rings.
 */

import type { Offer } from '../bidding/offer.js';
import type { DialStep } from './dial-step.js';

/** More legs than this nobody needs to find one who answers, and each costs a line. */
export const MOST_AT_ONCE = 10;

interface Begun {
  readonly offer: Offer;
  readonly atMs: number;
  /** He rings, or has answered. */
  hasSign: boolean;
  isOver: boolean;
}

function isPosted({ bidder }: Offer): boolean {
  return bidder !== null && bidder.dialect.post !== null;
}

export class RingSchedule {
  readonly #step: DialStep;
  readonly #waiting: Offer[];
  readonly #begun = new Map<Offer, Begun>();
  #active = 0;
  #last: Begun | null = null;

  constructor(step: DialStep) {
    this.#step = step;
    const { offers, mode } = step;
    // Those that may ring side by side come first, so that the promised one is not begun beside them.
    const inOrder = mode === 'one' ? offers : [...offers.filter((each) => !isPosted(each)), ...offers.filter(isPosted)];
    this.#waiting = [...inOrder];
  }

  get isOver(): boolean {
    return this.#waiting.length === 0 && this.#active === 0;
  }

  /** Those whose turn has not come, best first. */
  get waiting(): readonly Offer[] {
    return this.#waiting;
  }

  /** Offers begun so far. */
  get begun(): readonly Offer[] {
    return [...this.#begun.keys()];
  }

  /** Takes those that are to be begun now, best first. */
  takeDue(nowMs: number): readonly Offer[] {
    const due: Offer[] = [];
    for (let next = this.#waiting[0]; next !== undefined && this.#mayBegin(next, nowMs); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#last = { offer: next, atMs: nowMs, hasSign: false, isOver: false };
      this.#begun.set(next, this.#last);
      this.#active += 1;
      due.push(next);
    }
    return due;
  }

  /** In how many ms time alone will make somebody due; null for never. */
  waitMs(nowMs: number): number | null {
    const next = this.#waiting[0];
    const last = this.#last;
    const spacingMs = this.#spacingMs();
    if (next === undefined || last === null || spacingMs === null || this.#isFull(next)) return null;
    if (this.#step.mode === 'one' && (last.hasSign || last.isOver)) return null;
    return Math.max(0, last.atMs + spacingMs - nowMs);
  }

  sign(offer: Offer): void {
    const begun = this.#begun.get(offer);
    if (begun !== undefined) begun.hasSign = true;
  }

  /** He has refused, failed or been let go. */
  end(offer: Offer): void {
    const begun = this.#begun.get(offer);
    if (begun === undefined || begun.isOver) return;
    begun.isOver = true;
    this.#active -= 1;
  }

  #spacingMs(): number | null {
    const { mode, intervalMs, hedgeAfterMs } = this.#step;
    if (mode === 'staggered') return intervalMs;
    return mode === 'one' ? hedgeAfterMs : 0;
  }

  #isFull(next: Offer): boolean {
    if (this.#active === 0) return false;
    return isPosted(next) || this.#active >= (this.#step.mode === 'one' ? 2 : MOST_AT_ONCE);
  }

  #mayBegin(next: Offer, nowMs: number): boolean {
    if (this.#isFull(next)) return false;
    if (this.#active === 0 || this.#step.mode === 'simultaneous') return true;
    if (this.#step.mode === 'staggered' && this.#last?.isOver === true) return true;
    return this.waitMs(nowMs) === 0;
  }
}
