/**
 * Walks a plan for a call of the log, with its recorded bids, latencies and refusals. Whoever took it then takes it again, whoever
 * failed fails again; of whoever was never rung nothing is known, and the walk goes on behind him. Pure; called by the back-test.
 */
import { Auction } from '../bidding/auction.js';
import type { CallTerms } from '../bidding/margin.js';
import type { Offer } from '../bidding/offer.js';
import type { Moment } from '../routing/eligibility.js';
import { type LoggedCall, takerOf } from './logged-call.js';
import type { CourseGroup, PlanCourse } from './plan-course.js';
import type { PlanMemory } from './plan-memory.js';
import type { OffersOfGroup, PlanAnswer, PlanMove } from './plan-move.js';
import { PlanWalk } from './plan-walk.js';

export interface ReplayGround {
  readonly moment: Moment;
  /** Where more is known than one moment: that at which the call came to a group. */
  readonly momentOf?: (course: CourseGroup) => Moment | null;
  readonly memory: PlanMemory;
  readonly terms: CallTerms;
  readonly random: () => number;
}

/** Hears of the walk until it is known who comes first, for whoever explains it. */
export interface ReplayWatcher {
  onBegun(walk: PlanWalk): void;
  onAuction(move: AskMove, auction: Auction, bids: ReadonlyMap<string, LoggedCall['bids'][number]>): void;
  onDialled(move: DialMove): void;
  /** He failed then. */
  onFailed(offer: Offer): void;
  /** The first who could take the call; called once at most. */
  onTaken(offer: Offer): void;
}

type AskMove = Extract<PlanMove, { kind: 'ask' }>;
type DialMove = Extract<PlanMove, { kind: 'dial' }>;

export interface Taker {
  readonly targetId: string;
  readonly buyerId: string;
  readonly amountMicros: number;
  /** He took this call in the log; false when he was never rung for it. */
  readonly isKnown: boolean;
  /** His price is his own, not that of a bid. */
  readonly isStatic: boolean;
}

export interface Replay {
  /** Who could take the call, in the order of ringing; a known one is the last. Empty: the fallback follows. */
  readonly takers: readonly Taker[];
  /** Bidders whose bid could have mattered and that were not asked then. */
  readonly neverAsked: number;
  /** Bidders that were asked, and whose bid was not waited for then. */
  readonly notTaken: number;
  /** A turn or a draw had part in it, which is not that of the log. */
  readonly isDrawn: boolean;
}

/** What stands behind so many who may or may not answer says little. */
const UNKNOWN_TAKERS_MAX = 5;
/** A bid stands for the whole replay: how long it stood then is not in the log. */
const TERMS = { destination: null, reference: null, billAfterMs: null, lifetimeMs: 3_600_000 };

/** Weights, turns or what earlier calls brought have part in the order of its members. */
function isByChance({ group, byPriority }: CourseGroup): boolean {
  switch (group.strategy.kind) {
    case 'share':
    case 'round-robin':
    case 'longest-idle':
    case 'predictive':
    case 'best-skilled':
      return true;
    case 'priority':
      return byPriority.some(({ members }) => members.length > 1);
    default:
      return false;
  }
}

class CallReplay {
  readonly #logged: LoggedCall;
  /** What each bidder says the next time that it is asked, by target; what it said last stands for all times after it. */
  readonly #bids = new Map<string, LoggedCall['bids'][number]>();
  /** What it says after that. */
  readonly #laterBids = new Map<string, LoggedCall['bids'][number][]>();
  readonly #failed: ReadonlySet<string>;
  readonly #ground: ReplayGround;
  readonly #course: PlanCourse;
  readonly #takers: Taker[] = [];
  readonly #watcher: ReplayWatcher | null;
  #neverAsked = 0;
  #notTaken = 0;
  #isDrawn = false;

  constructor(course: PlanCourse, logged: LoggedCall, ground: ReplayGround, watcher: ReplayWatcher | null) {
    this.#course = course;
    this.#watcher = watcher;
    this.#logged = logged;
    this.#ground = ground;
    for (const bid of logged.bids) {
      const later = this.#laterBids.get(bid.targetId);
      if (!this.#bids.has(bid.targetId)) this.#bids.set(bid.targetId, bid);
      else if (later === undefined) this.#laterBids.set(bid.targetId, [bid]);
      else later.push(bid);
    }
    this.#failed = new Set(logged.failed);
  }

  run(): Replay {
    const { moment, momentOf, memory, terms, random } = this.#ground;
    const sourceId = this.#logged.call.sourceId ?? '';
    const walk = new PlanWalk(this.#course, {
      ...{ moment: () => moment, memory, sourceId, terms, random, ...(momentOf === undefined ? {} : { momentOf }) },
    });
    this.#watcher?.onBegun(walk);
    let answer: PlanAnswer = { kind: 'begin' };
    for (;;) {
      const move = walk.next(answer);
      if (move.kind === 'end') break;
      if (move.kind === 'ask') answer = { kind: 'offers', offers: this.#offers(move) };
      else if (this.#dial(move)) break;
      else answer = { kind: 'dialled', isRung: true };
    }
    const [neverAsked, notTaken] = [this.#neverAsked, this.#notTaken];
    const isDrawn = this.#isDrawn || walk.visits.some(({ course }) => isByChance(course));
    return { takers: this.#takers, neverAsked, notTaken, isDrawn };
  }

  /** In the order in which the bids came, until nobody outstanding could come first, as a call does. */
  #offers(move: AskMove): OffersOfGroup {
    const { visit, until } = move;
    const auction = new Auction(visit.field, this.#ground.random);
    const asked = visit.field.bidding();
    for (const planned of asked) auction.awaitBid(planned);
    const inTime = asked
      .map((planned) => ({ planned, bid: this.#bids.get(planned.target.id) }))
      .sort((left, right) => (left.bid?.latencyMs ?? 0) - (right.bid?.latencyMs ?? 0));
    for (const { planned, bid } of inTime) {
      if (bid === undefined || bid.outcome === 'cancelled') continue;
      if (until === 'first' && auction.isDecided()) break;
      const { amountMicros, latencyMs } = bid;
      const deadlineMs = Math.min(planned.bidder?.pingTimeoutMs ?? 0, this.#course.campaign.auctionDeadlineMs);
      const isBid = bid.outcome === 'bid' && amountMicros !== null && latencyMs <= deadlineMs;
      const none = { kind: 'no-bid', reason: 'refused', detail: '', latencyMs } as const;
      auction.enterBid(planned, isBid ? { kind: 'bid', amountMicros, latencyMs, ...TERMS } : none, 0);
    }
    if (until === 'all' || !auction.isDecided()) this.#countUnknown(auction.outstandingTargetIds());
    const [best, next] = until === 'first' ? [auction.offerAt(0), auction.offerAt(1)] : [null, null];
    if (best !== null && best.amountMicros === next?.amountMicros && best.target.priority === next.target.priority) {
      this.#isDrawn = true;
    }
    this.#listener?.onAuction(move, auction, this.#bids);
    for (const { target } of asked) this.#turnTo(this.#laterBids.get(target.id)?.shift());
    return auction;
  }

  #turnTo(bid: LoggedCall['bids'][number] | undefined): void {
    if (bid !== undefined) this.#bids.set(bid.targetId, bid);
  }

  /** What lies behind the first taker is looked at for the estimate alone. */
  get #listener(): ReplayWatcher | null {
    return this.#takers.length === 0 ? this.#watcher : null;
  }

  #countUnknown(targetIds: readonly string[]): void {
    for (const targetId of targetIds) {
      const bid = this.#bids.get(targetId);
      if (bid === undefined) this.#neverAsked += 1;
      else if (bid.outcome === 'cancelled') this.#notTaken += 1;
    }
  }

  /** True when it is known who has the call, or when there is no use in going on. */
  #dial(move: DialMove): boolean {
    const { offers } = move.step;
    const watcher = this.#listener;
    watcher?.onDialled(move);
    const winner = takerOf(this.#logged);
    // Of those who ring together, whoever took the call then was the first.
    const known = offers.find(({ target }) => target.id === winner);
    const open = known === undefined ? offers.filter(({ target }) => !this.#failed.has(target.id)) : [known];
    for (const offer of offers) if (this.#failed.has(offer.target.id) && offer !== known) watcher?.onFailed(offer);
    const [first] = open;
    if (first !== undefined) watcher?.onTaken(first);
    for (const { target, amountMicros } of open) {
      const isStatic = target.pricing.kind === 'static';
      const isKnown = target.id === winner;
      this.#takers.push({ targetId: target.id, buyerId: target.buyerId, amountMicros, isKnown, isStatic });
    }
    return known !== undefined || this.#takers.length >= UNKNOWN_TAKERS_MAX;
  }
}

export function replayCall(
  course: PlanCourse,
  logged: LoggedCall,
  ground: ReplayGround,
  watcher: ReplayWatcher | null = null,
): Replay {
  return new CallReplay(course, logged, ground, watcher).run();
}
