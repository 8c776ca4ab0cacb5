/**
 * One auction: static prices and live bids in the same order. Pure but for its own fields: it holds no timer and sends
 * no ping, `application/sale/run-auction.ts` does. It answers two questions: may it close now, and which offer is to be tried
 * next. Neither looks at more of the field than it must.
 */

import type { Target } from '../campaigns/buyer.js';
import type { PlannedTarget } from '../plans/planned-target.js';
import type { RoutingField } from '../routing/routing-field.js';
import type { PingOutcome } from './bid.js';
import { BidBook } from './bid-book.js';
import { byRank, type Offer, staticOffer } from './offer.js';
import type { PriceLevel } from './price-level.js';
import { inDrawnOrder } from './weighted-draw.js';

export type BidVerdict =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'below-minimum'; readonly minimumMicros: number }
  | { readonly kind: 'none' };

/** The larger of what the target asks for itself and what the campaign asks of everybody. */
export function minimumMicrosFor(target: Target, campaignMinimumMicros: number): number {
  return Math.max(target.pricing.kind === 'bid' ? target.pricing.minimumMicros : 0, campaignMinimumMicros);
}

export class Auction {
  readonly #field: RoutingField;
  readonly #random: () => number;
  /** Opened when the first bidder is asked: most auctions of static prices ask nobody. */
  #book: BidBook | null = null;
  /** Offers handed out so far, in their order. */
  readonly #order: Offer[] = [];
  /** Offers of the same price and priority whose order is drawn and that are not handed out yet. */
  #tied: Offer[] = [];

  /** Goes before every price, when it offers anything. */
  readonly #original: PlannedTarget | null;
  #originalOffer: Offer | null = null;

  /** Static prices are those of the field. `random` answers numbers from 0 to 1, exclusive. */
  constructor(field: RoutingField, random: () => number) {
    this.#field = field;
    this.#random = random;
    if (field.margins !== null) this.#enterStaticPrices();
    this.#original = field.original();
    const { pricing } = this.#original?.target ?? {};
    if (this.#original === null || pricing?.kind !== 'static') return;
    const isEnough = pricing.amountMicros >= field.plan.campaign.minimumBidMicros;
    this.#originalOffer = isEnough ? staticOffer(this.#original) : null;
  }

  awaitBid(planned: PlannedTarget): void {
    this.#openBook().await(planned);
  }

  /** Takes a bidder's answer. `atMs` is on the auction's clock. */
  enterBid(planned: PlannedTarget, outcome: PingOutcome, atMs: number): BidVerdict {
    const { target, bidder } = planned;
    const book = this.#openBook();
    book.hear(planned);
    if (outcome.kind === 'no-bid') return { kind: 'none' };
    const minimumMicros = minimumMicrosFor(target, this.#field.plan.campaign.minimumBidMicros);
    if (outcome.amountMicros < minimumMicros) return { kind: 'below-minimum', minimumMicros };
    const offer: Offer = {
      target,
      planned,
      bidder,
      amountMicros: outcome.amountMicros,
      destination: outcome.destination ?? target.destination,
      reference: outcome.reference,
      billAfterMs: outcome.billAfterMs ?? target.billAfterMs,
      expiresAtMs: atMs + outcome.lifetimeMs,
    };
    if (target.id === this.#original?.target.id) this.#originalOffer = offer;
    book.enter(offer);
    return { kind: 'offer', offer };
  }

  outstandingTargetIds(): readonly string[] {
    const book = this.#book;
    if (book === null || book.outstanding === 0) return [];
    return this.#field.plan.bidding.filter((planned) => book.isOutstanding(planned)).map(({ target }) => target.id);
  }

  get bidCount(): number {
    return this.#book?.count ?? 0;
  }

  /** What its bidder offers for a target; null when nothing, or too little. */
  bidOf(targetId: string): Offer | null {
    const planned = this.#book === null ? undefined : this.#field.plan.byTargetId.get(targetId);
    return planned === undefined ? null : (this.#book?.bidOf(planned) ?? null);
  }

  /** True when nobody is still to answer. */
  get isAnswered(): boolean {
    return this.#book === null || this.#book.outstanding === 0;
  }

  /** True when nobody who is still to answer could come first. */
  isDecided(): boolean {
    if (this.#originalOffer !== null || this.#book === null) return true;
    if (this.#original !== null && this.#book.isOutstanding(this.#original)) return false;
    const strongest = this.#book.strongestAwaited();
    if (strongest === null) return true;
    const bid = this.#book.firstRank();
    const level = this.#level();
    const best = bid === null || (level !== null && byRank(level, bid) < 0) ? level : bid;
    return best !== null && byRank(best, strongest) < 0;
  }

  /**
   * The offer of this place, 0 for the best: by price, then priority (lower is better), then a draw in proportion to the
   * weights. Null when there are fewer. What was handed out once keeps its place.
   */
  offerAt(place: number): Offer | null {
    if (this.#originalOffer !== null) this.#handOutOriginal();
    while (this.#order.length <= place) {
      if (this.#tied.length === 0) this.#tied = this.#nextTied('one');
      const next = this.#tied.shift();
      if (next === undefined) return null;
      if (this.#originalOffer === null || !this.#isOut(next)) this.#order.push(next);
    }
    return this.#order[place] ?? null;
  }

  /** All offers, best first: what only the trace wants to know. Looks at the whole field. */
  ranking(): readonly Offer[] {
    this.#handOutOriginal();
    for (let tied = this.#tied; ; tied = this.#nextTied('all')) {
      this.#order.push(...tied.filter((offer) => !this.#isOut(offer)));
      if (tied.length === 0 && this.#isUsedUp()) break;
    }
    this.#tied = [];
    return this.#order;
  }

  #handOutOriginal(): void {
    if (this.#originalOffer !== null && this.#order.length === 0) this.#order.push(this.#originalOffer);
  }

  /** The original is handed out before its turn, and not again in it. */
  #isOut({ target }: Offer): boolean {
    return this.#originalOffer !== null && target.id === this.#originalOffer.target.id;
  }

  #isUsedUp(): boolean {
    return (this.#book?.firstRank() ?? null) === null && this.#level() === null;
  }

  #openBook(): BidBook {
    this.#book ??= new BidBook(this.#field.margins);
    return this.#book;
  }

  /** Ranked by price, static ones are looked at level by level; by margin, each for itself. */
  #enterStaticPrices(): void {
    for (const planned of this.#field.plan.planned) {
      const isPriced = planned.isPossible && planned.target.pricing.kind === 'static';
      if (isPriced && this.#field.isDearEnough(planned) && this.#field.isEligible(planned)) {
        this.#openBook().stand(staticOffer(planned));
      }
    }
  }

  /** The best static prices that are not in the book. */
  #level(): PriceLevel | null {
    return this.#field.margins === null ? this.#field.best(this.#random) : null;
  }

  /** The best that are left. Of static prices alone `one` is drawn at a time, since there may be thousands. */
  #nextTied(wanted: 'one' | 'all'): Offer[] {
    const level = this.#level();
    const first = this.#book?.firstRank() ?? null;
    if (level === null && first === null) return [];
    const side = first === null ? -1 : level === null ? 1 : byRank(level, first);
    if (side >= 0) {
      const tied = this.#book?.takeFirst() ?? [];
      if (side === 0) tied.push(...this.#field.takeLevel(this.#random).map(staticOffer));
      return inDrawnOrder(tied, weightOf, this.#random);
    }
    if (wanted === 'all')
      return inDrawnOrder(this.#field.takeLevel(this.#random).map(staticOffer), weightOf, this.#random);
    const planned = this.#field.take(this.#random);
    return planned === null ? [] : [staticOffer(planned)];
  }
}

const weightOf = ({ target }: Offer): number => target.weight;
