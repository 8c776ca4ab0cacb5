/**
 * Pings every eligible bidder of a group at the same time, each with its own deadline, lets static prices compete in the same
 * list, and closes as soon as nobody outstanding can still come first, at the latest at its deadline. Where the price does not
 * decide, it closes when everybody has answered.
 */
import { Auction, type BidVerdict, minimumMicrosFor } from '../../domain/bidding/auction.js';
import type { BidRecord, PingOutcome } from '../../domain/bidding/bid.js';
import type { Offer } from '../../domain/bidding/offer.js';
import type { Target } from '../../domain/campaigns/buyer.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import { formatMicros } from '../../domain/money/money.js';
import type { OffersOfGroup } from '../../domain/plans/plan-move.js';
import type { PlannedTarget } from '../../domain/plans/planned-target.js';
import { check } from '../../domain/routing/eligibility.js';
import type { RoutingField } from '../../domain/routing/routing-field.js';
import type { CallContext, PingOfCall } from '../calls/call-context.js';
import { bidTokens } from './bid-tokens.js';
import type { Asking, KeptAnswers } from './kept-answers.js';
import type { GroupNotes } from './trace-builder.js';

export interface AuctionRules {
  /** first: it may close when its best is known. all: when everybody has answered. */
  readonly until: 'first' | 'all';
  /** From now on; 0 asks nobody. */
  readonly deadlineMs: number;
}

/** What an auction needs of a call, or of a ping that announces one. */
export interface AuctionContext {
  readonly deps: Pick<CallContext['deps'], 'clock' | 'random' | 'bidders' | 'numbers'> & {
    /** Null for a ping: what is promised to a publisher is nobody else's. */
    readonly keptAnswers: KeptAnswers | null;
  };
  readonly scope: CallContext['scope'];
  readonly journal: Pick<CallContext['journal'], 'call' | 'step' | 'addBid' | 'offsetMs' | 'alarm'>;
  readonly configuration: CallContext['configuration'];
  readonly campaign: CallContext['campaign'];
  readonly source: CallContext['source'];
  readonly ping: PingOfCall | null;
}

function describe(outcome: PingOutcome, currency: string): string {
  return outcome.kind === 'bid'
    ? `bids ${formatMicros(outcome.amountMicros, currency)}`
    : `no bid: ${outcome.reason}, ${outcome.detail}`;
}

type ClosedBy = 'deadline' | 'decided' | 'caller gone';

const NEEDED_OF_OUTSTANDING: Readonly<Record<ClosedBy, string>> = {
  deadline: 'an answer in time',
  decided: 'a maximum above the best price',
  'caller gone': 'a caller who stays',
};

/** Whether a bid is enough, for the trace; also of a bid that is only supposed. */
export function noteBid(
  notes: GroupNotes,
  target: Target,
  amountMicros: number,
  verdict: BidVerdict,
  { campaign, until }: { readonly campaign: Campaign; readonly until: AuctionRules['until'] },
): void {
  const minimum = minimumMicrosFor(target, campaign.minimumBidMicros);
  const values = `${formatMicros(amountMicros, campaign.currency)} against a minimum of ${formatMicros(minimum, campaign.currency)}`;
  notes.add(target.id, check('minimum-bid', verdict.kind === 'offer', values, 'a bid at or over the minimum'));
  if (verdict.kind === 'below-minimum') notes.refusePrice(target.id, amountMicros);
  else if (until === 'all') notes.price(target.id, amountMicros);
}

interface ClosedAuction {
  readonly offers: OffersOfGroup;
  /** Null when nobody is, or when the plan and not the price says in which order they come. */
  readonly best: Offer | null;
  readonly second: Offer | null;
}

/**
 * What the plan and the trace may ask of an auction that is over. The two best are drawn at once, for a call's timeline as for a simulation:
 * of the same chances whoever comes after them must be drawn in the same order.
 */
export function closeAuction(auction: Auction, notes: GroupNotes, until: AuctionRules['until']): ClosedAuction {
  const offers: OffersOfGroup = {
    offerAt: (place) => auction.offerAt(place),
    bidOf: (targetId) => auction.bidOf(targetId),
  };
  if (until === 'all') return { offers, best: null, second: null };
  const [best, second] = [offers.offerAt(0), offers.offerAt(1)];
  notes.rankBy(() => auction.ranking());
  return { offers, best, second };
}

class RunningAuction {
  readonly #context: AuctionContext;
  readonly #field: RoutingField;
  readonly #trace: GroupNotes;
  readonly #rules: AuctionRules;
  readonly #auction: Auction;
  readonly #startedMs: number;
  readonly #decided: Promise<ClosedBy>;
  #decide: (why: ClosedBy) => void = () => undefined;
  #isClosed = false;

  constructor(context: AuctionContext, field: RoutingField, trace: GroupNotes, rules: AuctionRules) {
    this.#context = context;
    this.#field = field;
    this.#trace = trace;
    this.#rules = rules;
    this.#auction = new Auction(field, context.deps.random);
    this.#startedMs = context.deps.clock.monotonicMs();
    this.#decided = new Promise((resolve) => {
      this.#decide = resolve;
    });
  }

  /** On the clock on which offers expire. */
  #nowMs(): number {
    return this.#context.deps.clock.monotonicMs();
  }

  get #isDecided(): boolean {
    return this.#rules.until === 'all' ? this.#auction.isAnswered : this.#auction.isDecided();
  }

  async run(): Promise<OffersOfGroup> {
    const { context } = this;
    const { journal, deps, scope } = context;
    const pings = scope.fork();
    const asked = this.#whomToAsk();
    const candidates = this.#field.plan.planned.length;
    journal.step('auction-started', `${asked.length} bidders are asked, for ${candidates} targets`, {
      candidates,
      asked: asked.length,
    });
    const stopTimer = deps.clock.startTimer(this.#rules.deadlineMs, () => this.#decide('deadline'));
    const onAbort = (): void => this.#decide('caller gone');
    scope.signal.addEventListener('abort', onAbort, { once: true });
    try {
      this.#pingBidders(asked, pings.signal);
      if (scope.signal.aborted) onAbort();
      if (this.#isDecided) this.#decide('decided');
      return this.#finish(await this.#decided);
    } finally {
      stopTimer();
      scope.signal.removeEventListener('abort', onAbort);
      await pings[Symbol.asyncDispose]();
    }
  }

  /** Nobody when whoever won could not be rung any more. */
  #whomToAsk(): readonly PlannedTarget[] {
    const bidding = this.#field.bidding();
    if (this.#rules.deadlineMs > 0) return bidding;
    const unasked = check('hold-time', false, 'not asked: no hold time is left to ring a winner', 'more hold time');
    for (const { target } of bidding) this.#trace.add(target.id, unasked);
    return [];
  }

  get context(): AuctionContext {
    return this.#context;
  }

  #pingBidders(asked: readonly PlannedTarget[], signal: AbortSignal): void {
    const tokens = bidTokens(this.#context);
    for (const planned of asked) this.#auction.awaitBid(planned);
    for (const planned of asked) {
      const { bidder } = planned;
      if (bidder === null) continue;
      const { callId } = this.#context.journal.call;
      const configurationVersion = this.#context.configuration.version;
      const asking = { callId, targetId: planned.target.id, bidder, tokens, configurationVersion };
      this.#answerOf(asking, signal)
        .then(({ outcome, ageMs }) => this.#take(planned, asking, outcome, ageMs))
        .catch((error: unknown) => this.#take(planned, asking, faultOutcome(error), 0));
    }
  }

  /** `ageMs` is 0 for what was asked now, and what was kept is older. */
  #answerOf(asking: Asking, signal: AbortSignal): Promise<{ readonly outcome: PingOutcome; readonly ageMs: number }> {
    const { bidder, tokens } = asking;
    const { bidders, keptAnswers } = this.#context.deps;
    const reused = keptAnswers?.take(asking) ?? null;
    if (reused !== null) return Promise.resolve({ outcome: reused.bid, ageMs: Math.max(1, Math.round(reused.ageMs)) });
    const timeoutMs = Math.min(bidder.pingTimeoutMs, this.#rules.deadlineMs);
    return bidders.ping({ bidder, tokens, timeoutMs, signal }).then((outcome) => ({ outcome, ageMs: 0 }));
  }

  #take(planned: PlannedTarget, asking: Asking, outcome: PingOutcome, ageMs: number): void {
    const { scope, journal, campaign, deps } = this.#context;
    if (outcome.kind === 'bid') deps.keptAnswers?.keepAfter(scope, asking, { bid: outcome, ageMs });
    // What our own hang-up cuts off is no answer.
    if (this.#isClosed || scope.signal.aborted) return;
    const { target } = planned;
    const { bidder } = asking;
    const cached = ageMs === 0 ? '' : `, cached: asked ${(ageMs / 1_000).toFixed(1)} s ago`;
    const verdict = this.#auction.enterBid(planned, outcome, this.#nowMs());
    journal.step(
      'ping',
      `${bidder.name} ${describe(outcome, campaign.currency)} in ${Math.round(outcome.latencyMs)} ms${cached}`,
      {
        ...(ageMs === 0 ? {} : { cached: true }),
        bidderId: bidder.id,
        targetId: target.id,
        latencyMs: Math.round(outcome.latencyMs),
        amountMicros: outcome.kind === 'bid' ? outcome.amountMicros : null,
      },
    );
    journal.addBid(bidRecord(asking, outcome, journal.offsetMs(), ageMs > 0));
    const answered = `${Math.round(outcome.latencyMs)} ms of ${bidder.pingTimeoutMs}: ${describe(outcome, campaign.currency)}${cached}`;
    this.#trace.add(target.id, check('ping', outcome.kind === 'bid', answered, 'an accepted bid in time'));
    if (outcome.kind === 'bid')
      noteBid(this.#trace, target, outcome.amountMicros, verdict, { campaign, until: this.#rules.until });
    if (this.#isDecided) this.#decide('decided');
  }

  #finish(why: ClosedBy): OffersOfGroup {
    this.#isClosed = true;
    const { journal, campaign } = this.#context;
    const waited = Math.round(this.#nowMs() - this.#startedMs);
    for (const targetId of this.#auction.outstandingTargetIds()) {
      const values = `no answer after ${waited} ms when the auction closed (${why})`;
      this.#trace.add(targetId, check('ping', false, values, NEEDED_OF_OUTSTANDING[why]));
      const target = this.#context.configuration.targets.get(targetId);
      if (target?.pricing.kind !== 'bid') continue;
      const reason = why === 'deadline' ? 'timeout' : 'cancelled';
      journal.addBid({
        bidderId: target.pricing.bidderId,
        targetId,
        outcome: reason,
        detail: values,
        amountMicros: null,
        latencyMs: waited,
        atMs: journal.offsetMs(),
      });
    }
    const { offers, best, second } = closeAuction(this.#auction, this.#trace, this.#rules.until);
    if (this.#rules.until === 'all') {
      const sentence = `${this.#auction.bidCount} bids are in (${why} after ${waited} ms); the plan says in which order`;
      journal.step('auction-closed', sentence, { bids: this.#auction.bidCount, durationMs: waited });
      return offers;
    }
    journal.step('auction-closed', winnerSentence(best, second, why, waited, campaign.currency), {
      bids: this.#auction.bidCount,
      durationMs: waited,
      winnerTargetId: best?.target.id ?? null,
    });
    return offers;
  }
}

function winnerSentence(
  best: Offer | null,
  second: Offer | null,
  why: string,
  waitedMs: number,
  currency: string,
): string {
  if (best === null) return `nobody offers anything (${why} after ${waitedMs} ms)`;
  const over =
    second === null
      ? 'the only offer'
      : `next is ${second.target.name} with ${formatMicros(second.amountMicros, currency)}`;
  return `${best.target.name} leads with ${formatMicros(best.amountMicros, currency)}, ${over} (${why} after ${waitedMs} ms)`;
}

function faultOutcome(error: unknown): PingOutcome {
  const detail = error instanceof Error ? error.message : String(error);
  return { kind: 'no-bid', reason: 'connection', detail, latencyMs: 0 };
}

function bidRecord({ bidder, targetId }: Asking, outcome: PingOutcome, atMs: number, isCached: boolean): BidRecord {
  const common = { bidderId: bidder.id, targetId, latencyMs: Math.round(outcome.latencyMs), atMs };
  return outcome.kind === 'bid'
    ? { ...common, outcome: 'bid', detail: isCached ? 'cached' : '', amountMicros: outcome.amountMicros }
    : { ...common, outcome: outcome.reason, detail: outcome.detail, amountMicros: null };
}

/**
 * Never rejects, since nobody waits for it while the caller is being answered: a fault of ours is an alarm, and nobody
 * offers anything. Ends early, with the offers that are there, when the call's scope is aborted.
 * Pings go out in this turn.
 */
export async function runAuction(
  context: AuctionContext,
  field: RoutingField,
  trace: GroupNotes,
  rules: AuctionRules,
): Promise<OffersOfGroup> {
  const running = new RunningAuction(context, field, trace, rules);
  try {
    return await running.run();
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    context.journal.alarm('bug', `the auction failed: ${sentence}`);
    return { offerAt: () => null, bidOf: () => null };
  }
}
