/**
 * The bids of one auction: who is still to answer, what the others bid, the best of them at hand. Opened when the first bidder is
 * asked, by the auction, which holds it against the static prices.
 */

import type { PlannedTarget } from '../plans/planned-target.js';
import type { Margins } from './margin.js';
import { byRank, type Offer, type Rank } from './offer.js';
import { PriorityQueue } from './priority-queue.js';

/** The most that a bidder may bid; unknown is more than any bid. */
interface Awaited extends Rank {
  readonly place: number;
}

function byOffer(left: Offer, right: Offer): number {
  if (left.amountMicros !== right.amountMicros) return left.amountMicros > right.amountMicros ? -1 : 1;
  return left.target.priority - right.target.priority;
}

export class BidBook {
  /** By the place of the target in the plan, as the next. */
  readonly #offers: (Offer | undefined)[] = [];
  readonly #isOutstanding: boolean[] = [];
  #outstanding = 0;
  #count = 0;
  /** Those that are not handed out yet. */
  readonly #bids: PriorityQueue<Offer>;
  readonly #margins: Margins | null;
  /** Of offers that are ranked by margin, each worked out once. */
  readonly #values = new Map<Offer, number>();
  /** By the most that they may bid, best first; those who have answered are skipped when they come to the head. */
  #awaited: Awaited[] = [];
  #isAwaitedSorted = true;
  #awaitedHead = 0;

  /** `margins` rank offers in place of their price; null for the price. */
  constructor(margins: Margins | null) {
    this.#margins = margins;
    this.#bids = new PriorityQueue<Offer>(margins === null ? byOffer : (left, right) => this.#byValue(left, right));
  }

  await(planned: PlannedTarget): void {
    if (this.isOutstanding(planned)) return;
    this.#isOutstanding[planned.place] = true;
    this.#outstanding += 1;
    const { place, bidder, target } = planned;
    const amountMicros = bidder?.maximumBidMicros ?? Number.POSITIVE_INFINITY;
    const valueMicros = this.#margins?.valueOf(planned, amountMicros) ?? amountMicros;
    this.#awaited.push({ place, valueMicros, amountMicros, priority: target.priority });
    this.#isAwaitedSorted = false;
  }

  /** Whatever he has answered. */
  hear(planned: PlannedTarget): void {
    if (!this.isOutstanding(planned)) return;
    this.#isOutstanding[planned.place] = false;
    this.#outstanding -= 1;
  }

  enter(offer: Offer): void {
    const { place } = offer.planned;
    if (this.#offers[place] === undefined) this.#count += 1;
    this.#offers[place] = offer;
    this.#bids.add(offer);
  }

  /** A static price, which nobody has bid. */
  stand(offer: Offer): void {
    this.#bids.add(offer);
  }

  isOutstanding({ place }: PlannedTarget): boolean {
    return this.#isOutstanding[place] === true;
  }

  /** How many are still to answer. */
  get outstanding(): number {
    return this.#outstanding;
  }

  /** How many targets have a bid. */
  get count(): number {
    return this.#count;
  }

  bidOf({ place }: PlannedTarget): Offer | null {
    return this.#offers[place] ?? null;
  }

  /** Of the best that is not handed out yet. */
  firstRank(): Rank | null {
    const first = this.#bids.first();
    if (first === undefined) return null;
    const { amountMicros, target } = first;
    return { valueMicros: this.#valueOf(first), amountMicros, priority: target.priority };
  }

  /** All that stand beside the best, taken out. */
  takeFirst(): Offer[] {
    const first = this.#bids.take();
    if (first === undefined) return [];
    const tied = [first];
    for (let next = this.#bids.first(); next !== undefined; next = this.#bids.first()) {
      if (this.#byValue(next, first) !== 0) break;
      tied.push(next);
      this.#bids.take();
    }
    return tied;
  }

  /** The most that anybody who is still to answer may bid; null when nobody is. */
  strongestAwaited(): Rank | null {
    if (this.#outstanding === 0) return null;
    if (!this.#isAwaitedSorted) {
      this.#awaited = this.#awaited.slice(this.#awaitedHead).sort(byRank);
      this.#awaitedHead = 0;
      this.#isAwaitedSorted = true;
    }
    for (let head = this.#awaited[this.#awaitedHead]; head !== undefined; head = this.#awaited[this.#awaitedHead]) {
      if (this.#isOutstanding[head.place] === true) return head;
      this.#awaitedHead += 1;
    }
    return null;
  }

  #valueOf(offer: Offer): number {
    if (this.#margins === null) return offer.amountMicros;
    const known = this.#values.get(offer) ?? this.#margins.valueOf(offer.planned, offer.amountMicros);
    this.#values.set(offer, known);
    return known;
  }

  #byValue(left: Offer, right: Offer): number {
    return this.#valueOf(right) - this.#valueOf(left) || byOffer(left, right);
  }
}
