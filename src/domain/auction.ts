/**
 * One auction: static prices and live bids in the same order. Pure but for its own fields: it holds no timer and sends
 * no ping, `application/run-auction.ts` does. It answers two questions: may it close now, and which offer is to be tried
 * next. Neither looks at more of the field than it must.
 */
import type { PingOutcome } from './bid.js';
import type { Bidder } from './bidder.js';
import type { Target } from './buyer.js';
import type { Destination } from './destination.js';
import { PriorityQueue } from './priority-queue.js';
import type { RoutingField } from './routing-field.js';
import type { PlannedTarget } from './routing-plan.js';
import { inDrawnOrder } from './weighted-draw.js';

export interface Offer {
  readonly target: Target;
  /** The target in its place: with what is reserved to dial it. */
  readonly planned: PlannedTarget;
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

interface Rank {
  /** What it is ranked by: the price, or the margin that it is expected to leave. */
  readonly valueMicros: number;
  readonly amountMicros: number;
  readonly priority: number;
}

/** Unknown is more than any bid. */
interface Awaited extends Rank {
  readonly targetId: string;
}

export class Auction {
  readonly #field: RoutingField;
  readonly #random: () => number;
  /** Those that are not handed out yet. */
  readonly #bids: PriorityQueue<Offer>;
  /** Worked out once for each offer. */
  readonly #values = new Map<Offer, number>();
  readonly #offers = new Map<string, Offer>();
  readonly #outstanding = new Set<string>();
  /** By the most that they may bid, best first; those who have answered are skipped when they come to the head. */
  #awaited: Awaited[] = [];
  #isAwaitedSorted = true;
  #awaitedHead = 0;
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
    this.#bids = new PriorityQueue<Offer>(
      field.margins === null ? byOffer : (left, right) => this.#byValue(left, right),
    );
    if (field.margins !== null) this.#enterStaticPrices();
    this.#original = field.original();
    const { pricing } = this.#original?.target ?? {};
    if (this.#original === null || pricing?.kind !== 'static') return;
    const isEnough = pricing.amountMicros >= field.plan.campaign.minimumBidMicros;
    this.#originalOffer = isEnough ? staticOffer(this.#original) : null;
  }

  awaitBid(planned: PlannedTarget): void {
    const { target, bidder } = planned;
    this.#outstanding.add(target.id);
    const amountMicros = bidder?.maximumBidMicros ?? Number.POSITIVE_INFINITY;
    const valueMicros = this.#field.margins?.valueOf(planned, amountMicros) ?? amountMicros;
    this.#awaited.push({ targetId: target.id, valueMicros, amountMicros, priority: target.priority });
    this.#isAwaitedSorted = false;
  }

  /** Takes a bidder's answer. `atMs` is on the auction's clock. */
  enterBid(planned: PlannedTarget, outcome: PingOutcome, atMs: number): BidVerdict {
    const { target, bidder } = planned;
    this.#outstanding.delete(target.id);
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
    this.#bids.add(offer);
    this.#offers.set(target.id, offer);
    return { kind: 'offer', offer };
  }

  outstandingTargetIds(): readonly string[] {
    return [...this.#outstanding];
  }

  get bidCount(): number {
    return this.#offers.size;
  }

  /** What its bidder offers for a target; null when nothing, or too little. */
  bidOf(targetId: string): Offer | null {
    return this.#offers.get(targetId) ?? null;
  }

  /** True when nobody is still to answer. */
  get isAnswered(): boolean {
    return this.#outstanding.size === 0;
  }

  /** True when nobody who is still to answer could come first. */
  isDecided(): boolean {
    if (this.#originalOffer !== null) return true;
    if (this.#original !== null && this.#outstanding.has(this.#original.target.id)) return false;
    const strongest = this.#strongestAwaited();
    if (strongest === null) return true;
    const bid = this.#bids.first();
    const level = this.#level();
    const best =
      bid === undefined || (level !== null && byRank(level, this.#rankOf(bid)) < 0) ? level : this.#rankOf(bid);
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
    return this.#bids.size === 0 && this.#level() === null;
  }

  /** Ranked by price, static ones are looked at level by level; by margin, each for itself. */
  #enterStaticPrices(): void {
    for (const planned of this.#field.plan.planned) {
      const isPriced = planned.isPossible && planned.target.pricing.kind === 'static';
      if (isPriced && this.#field.isDearEnough(planned) && this.#field.isEligible(planned)) {
        this.#bids.add(staticOffer(planned));
      }
    }
  }

  #level(): Rank | null {
    if (this.#field.margins !== null) return null;
    const level = this.#field.best();
    if (level === null) return null;
    const { amountMicros, priority } = level;
    return { valueMicros: amountMicros, amountMicros, priority };
  }

  #valueOf(offer: Offer): number {
    const { margins } = this.#field;
    if (margins === null) return offer.amountMicros;
    const known = this.#values.get(offer) ?? margins.valueOf(offer.planned, offer.amountMicros);
    this.#values.set(offer, known);
    return known;
  }

  #rankOf(offer: Offer): Rank {
    const { amountMicros, target } = offer;
    return { valueMicros: this.#valueOf(offer), amountMicros, priority: target.priority };
  }

  #byValue(left: Offer, right: Offer): number {
    return this.#valueOf(right) - this.#valueOf(left) || byOffer(left, right);
  }

  #strongestAwaited(): Awaited | null {
    if (this.#outstanding.size === 0) return null;
    if (!this.#isAwaitedSorted) {
      this.#awaited = this.#awaited.slice(this.#awaitedHead).sort(byRank);
      this.#awaitedHead = 0;
      this.#isAwaitedSorted = true;
    }
    for (let head = this.#awaited[this.#awaitedHead]; head !== undefined; head = this.#awaited[this.#awaitedHead]) {
      if (this.#outstanding.has(head.targetId)) return head;
      this.#awaitedHead += 1;
    }
    return null;
  }

  /** The best that are left. Of static prices alone `one` is drawn at a time, since there may be thousands. */
  #nextTied(wanted: 'one' | 'all'): Offer[] {
    const level = this.#level();
    const first = this.#bids.first();
    if (first === undefined || (level !== null && byRank(level, this.#rankOf(first)) < 0)) {
      if (level === null) return [];
      if (wanted === 'all') return inDrawnOrder(this.#field.takeLevel().map(staticOffer), weightOf, this.#random);
      const planned = this.#field.take(this.#random);
      return planned === null ? [] : [staticOffer(planned)];
    }
    const meetsLevel = level !== null && byRank(level, this.#rankOf(first)) === 0;
    if (!meetsLevel && this.#bids.isFirstAlone()) {
      this.#bids.take();
      return [first];
    }
    const tied: Offer[] = [];
    for (let next = this.#bids.first(); next !== undefined; next = this.#bids.first()) {
      if (this.#byValue(next, first) !== 0) break;
      tied.push(next);
      this.#bids.take();
    }
    if (meetsLevel) tied.push(...this.#field.takeLevel().map(staticOffer));
    return inDrawnOrder(tied, weightOf, this.#random);
  }
}

const weightOf = ({ target }: Offer): number => target.weight;

function byOffer(left: Offer, right: Offer): number {
  if (left.amountMicros !== right.amountMicros) return left.amountMicros > right.amountMicros ? -1 : 1;
  return left.target.priority - right.target.priority;
}

/** Negative when `left` comes first. */
function byRank(left: Rank, right: Rank): number {
  if (left.valueMicros !== right.valueMicros) return left.valueMicros > right.valueMicros ? -1 : 1;
  if (left.amountMicros !== right.amountMicros) return left.amountMicros > right.amountMicros ? -1 : 1;
  return left.priority - right.priority;
}

/** What the target asks for itself. */
export function staticOffer(planned: PlannedTarget): Offer {
  const { target } = planned;
  const { destination, billAfterMs, pricing } = target;
  const amountMicros = pricing.kind === 'static' ? pricing.amountMicros : 0;
  return { target, planned, bidder: null, amountMicros, destination, reference: null, billAfterMs, expiresAtMs: null };
}
