/**
 * One auction: static prices and live bids in the same list. Pure but for its own fields: it holds no timer and sends
 * no ping, `application/run-auction.ts` does. It answers two questions: may it close now, and in which order are the
 * offers to be tried.
 */
import type { PingOutcome } from './bid.js';
import type { Bidder } from './bidder.js';
import type { Target } from './buyer.js';
import type { Destination } from './destination.js';

export interface Offer {
  readonly target: Target;
  readonly bidder: Bidder | null;
  readonly amountMicros: number;
  readonly destination: Destination | null;
  readonly reference: string | null;
  readonly billAfterMs: number;
  /** Offset on the auction's clock after which the bid no longer stands; null for a static price. */
  readonly expiresAtMs: number | null;
}

export type BidVerdict =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'below-minimum'; readonly minimumMicros: number }
  | { readonly kind: 'none' };

/** The larger of what the target asks for itself and what the campaign asks of everybody. */
export function minimumMicrosFor(target: Target, campaignMinimumMicros: number): number {
  return Math.max(target.pricing.kind === 'bid' ? target.pricing.minimumMicros : 0, campaignMinimumMicros);
}

export class Auction {
  readonly #offers: Offer[] = [];
  readonly #outstanding = new Map<string, { readonly target: Target; readonly maximumMicros: number | null }>();
  readonly #minimumMicros: number;

  constructor(minimumMicros: number) {
    this.#minimumMicros = minimumMicros;
  }

  /** A static price enters at once. False when it is under the campaign's minimum. */
  enterStatic(target: Target, amountMicros: number): boolean {
    if (amountMicros < this.#minimumMicros) return false;
    const { destination, billAfterMs } = target;
    this.#offers.push({
      target,
      bidder: null,
      amountMicros,
      destination,
      reference: null,
      billAfterMs,
      expiresAtMs: null,
    });
    return true;
  }

  awaitBid(target: Target, bidder: Bidder): void {
    this.#outstanding.set(target.id, { target, maximumMicros: bidder.maximumBidMicros });
  }

  /** Takes a bidder's answer. `atMs` is on the auction's clock. */
  enterBid(target: Target, bidder: Bidder, outcome: PingOutcome, atMs: number): BidVerdict {
    this.#outstanding.delete(target.id);
    if (outcome.kind === 'no-bid') return { kind: 'none' };
    const minimumMicros = minimumMicrosFor(target, this.#minimumMicros);
    if (outcome.amountMicros < minimumMicros) return { kind: 'below-minimum', minimumMicros };
    const offer: Offer = {
      target,
      bidder,
      amountMicros: outcome.amountMicros,
      destination: outcome.destination ?? target.destination,
      reference: outcome.reference,
      billAfterMs: outcome.billAfterMs ?? target.billAfterMs,
      expiresAtMs: atMs + outcome.lifetimeMs,
    };
    this.#offers.push(offer);
    return { kind: 'offer', offer };
  }

  outstandingTargetIds(): readonly string[] {
    return [...this.#outstanding.keys()];
  }

  /** True when nobody who is still to answer could come first. */
  isDecided(): boolean {
    if (this.#outstanding.size === 0) return true;
    const best = this.#best();
    if (best === null) return false;
    for (const { target, maximumMicros } of this.#outstanding.values()) {
      if (maximumMicros === null || maximumMicros > best.amountMicros) return false;
      if (maximumMicros === best.amountMicros && target.priority <= best.target.priority) return false;
    }
    return true;
  }

  #best(): Offer | null {
    let best: Offer | null = null;
    for (const offer of this.#offers) {
      if (best === null || byPriceThenPriority(offer, best) < 0) best = offer;
    }
    return best;
  }

  /**
   * Best first: price, then priority (lower is better), then a draw in proportion to the weights. `random` answers
   * numbers from 0 to 1, exclusive.
   */
  ranking(random: () => number): readonly Offer[] {
    const keyed = this.#offers.map((offer) => ({ offer, draw: weightedDraw(offer.target.weight, random) }));
    keyed.sort((left, right) => byPriceThenPriority(left.offer, right.offer) || right.draw - left.draw);
    return keyed.map((each) => each.offer);
  }
}

function byPriceThenPriority(left: Offer, right: Offer): number {
  return right.amountMicros - left.amountMicros || left.target.priority - right.target.priority;
}

/** Efraimidis and Spirakis: sorting by u^(1/w) draws without replacement in proportion to w. */
function weightedDraw(weight: number, random: () => number): number {
  return weight <= 0 ? 0 : random() ** (1 / weight);
}
