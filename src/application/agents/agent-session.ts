/**
 * One agent with one caller: what he enters of the caller, the auction that he starts, and the bid to which he forwards. Routes of the API
 * ask it, the flow of the call (serve-by-agent.ts) opens it and carries out what was asked.
 *
 * States: talking -> forwarding -> talking, when no buyer took the call; forwarding -> handed-over; any -> over.
 */

import type { Offer } from '../../domain/bidding/offer.js';
import type { AgentPlan } from '../../domain/campaigns/agent.js';
import { formatMicros } from '../../domain/money/money.js';
import type { CallJournal } from '../calls/call-journal.js';
import type { BuyerLeg } from '../ports/telephony.js';

/** What an auction has brought; on its own clock. */
export interface HeldOffers {
  /** Best first. */
  readonly offers: readonly Offer[];
  readonly nowMs: () => number;
}

export type EnteredTags = Readonly<Record<string, string>>;

export interface SessionTerms<Held extends HeldOffers> {
  readonly agentId: string;
  readonly agentName: string;
  readonly leg: BuyerLeg;
  readonly plan: AgentPlan;
  readonly currency: string;
  /** Asks the bidders anew, with what is known of the caller now. Never rejects. */
  readonly hold: (tags: EnteredTags) => Promise<Held>;
}

export interface Forward<Held extends HeldOffers> {
  readonly held: Held;
  /** Null for all of the auction, best first. */
  readonly offer: Offer | null;
  readonly handover: AgentPlan['handover'];
}

export interface OfferView {
  readonly targetId: string;
  readonly name: string;
  readonly amountMicros: number;
  /** Left of it now; null for a price that does not expire. */
  readonly standsForMs: number | null;
}

export interface SessionView {
  readonly agentId: string;
  readonly state: 'talking' | 'forwarding' | 'handed-over';
  readonly tags: EnteredTags;
  readonly auction: 'none' | 'running' | 'closed';
  readonly currency: string;
  readonly offers: readonly OfferView[];
}

export type SessionAnswer = { readonly kind: 'done' } | { readonly kind: 'refused'; readonly sentence: string };

const DONE: SessionAnswer = { kind: 'done' };
const refused = (sentence: string): SessionAnswer => ({ kind: 'refused', sentence });

/** What routes may ask for. */
export type AgentControls = Pick<AgentSession<HeldOffers>, 'view' | 'enter' | 'startAuction' | 'forward' | 'leave'>;

export class AgentSession<Held extends HeldOffers> {
  readonly #journal: CallJournal;
  readonly #terms: SessionTerms<Held>;
  #state: SessionView['state'] | 'over' = 'talking';
  #tags: EnteredTags = {};
  #held: Held | null = null;
  #isAuctionRunning = false;
  #takeForward: (forward: Forward<Held> | null) => void = () => undefined;

  constructor(journal: CallJournal, terms: SessionTerms<Held>) {
    this.#journal = journal;
    this.#terms = terms;
  }

  get view(): SessionView {
    const auction = this.#isAuctionRunning ? 'running' : this.#held === null ? 'none' : 'closed';
    const state = this.#state === 'over' ? 'handed-over' : this.#state;
    const { agentId, currency } = this.#terms;
    return { agentId, state, tags: this.#tags, auction, currency, offers: this.#offers() };
  }

  /** `tags` are added to those that were entered before; an empty text takes one away. */
  enter(tags: EnteredTags, by: string): SessionAnswer {
    if (this.#state === 'over') return refused('the agent has no caller any more');
    const all = { ...this.#tags, ...tags };
    this.#tags = Object.fromEntries(Object.entries(all).filter(([, text]) => text !== ''));
    this.#note(`${this.#terms.agentName} has entered ${Object.keys(tags).join(', ')}`, { by, ...tags });
    return DONE;
  }

  startAuction(by: string): SessionAnswer {
    if (this.#state !== 'talking') return refused(this.#busySentence());
    if (this.#isAuctionRunning) return refused('an auction runs already');
    this.#isAuctionRunning = true;
    this.#held = null;
    this.#note(`${this.#terms.agentName} starts an auction`, { by });
    void this.#terms.hold(this.#tags).then((held) => this.#closed(held));
    return DONE;
  }

  /** `targetId` null takes the best bid that stands. A bid is judged at this moment. */
  forward(targetId: string | null, by: string, handover = this.#terms.plan.handover): SessionAnswer {
    if (this.#state !== 'talking') return refused(this.#busySentence());
    const held = this.#held;
    if (this.#isAuctionRunning) return refused('the auction still runs');
    if (held === null) return refused('no auction has been held: start one first');
    const { offers } = held;
    if (targetId === null) {
      const best = offers.find((offer) => stands(offer, held));
      if (best === undefined) return refused('no bid stands: start the auction again');
      return this.#forward({ held, offer: best, handover }, by);
    }
    const offer = offers.find(({ target }) => target.id === targetId);
    if (offer === undefined) return refused(`${targetId} has no bid in this auction`);
    if (stands(offer, held)) return this.#forward({ held, offer, handover }, by);
    const agoMs = held.nowMs() - (offer.expiresAtMs ?? 0);
    return refused(
      `the bid of ${offer.target.name} expired ${(agoMs / 1_000).toFixed(1)} s ago: start the auction again`,
    );
  }

  /** The agent drops; the caller goes on with the buyer, or to the fallback chain. */
  async leave(by: string): Promise<SessionAnswer> {
    const { leg, agentName } = this.#terms;
    if (leg.hasEnded) return refused('the agent has left already');
    this.#note(`${agentName} drops`, { by });
    await leg.hangup('NORMAL_CLEARING');
    return DONE;
  }

  /** For the flow: the next forward that is asked for; null when the session is over first. */
  nextForward(): Promise<Forward<Held> | null> {
    if (this.#state === 'over') return Promise.resolve(null);
    this.#state = 'talking';
    return new Promise((resolve) => {
      this.#takeForward = resolve;
    });
  }

  handedOver(): void {
    this.#state = 'handed-over';
  }

  /** Nothing more is done for whoever asks. */
  close(): void {
    this.#state = 'over';
    this.#takeForward(null);
  }

  #closed(held: Held): void {
    this.#isAuctionRunning = false;
    this.#held = held;
    if (this.#state !== 'talking' || this.#terms.plan.forwarding === 'manual' || held.offers.length === 0) return;
    this.#forward({ held, offer: null, handover: this.#terms.plan.handover }, 'the campaign');
  }

  #forward(forward: Forward<Held>, by: string): SessionAnswer {
    const { agentName, currency } = this.#terms;
    const { offer, held, handover } = forward;
    const first = offer ?? held.offers[0];
    const whom =
      first === undefined ? 'the best bid' : `${first.target.name} at ${formatMicros(first.amountMicros, currency)}`;
    this.#state = 'forwarding';
    this.#note(`${agentName} forwards to ${whom}, ${handover}`, { by, targetId: first?.target.id ?? null, handover });
    this.#takeForward(forward);
    return DONE;
  }

  #offers(): readonly OfferView[] {
    const held = this.#held;
    if (held === null) return [];
    return held.offers.map(({ target, amountMicros, expiresAtMs }) => ({
      targetId: target.id,
      name: target.name,
      amountMicros,
      standsForMs: expiresAtMs === null ? null : Math.max(0, Math.round(expiresAtMs - held.nowMs())),
    }));
  }

  #busySentence(): string {
    return this.#state === 'forwarding' ? 'the call is being forwarded' : 'the agent has no caller any more';
  }

  #note(text: string, data: Readonly<Record<string, string | null>>): void {
    this.#journal.step('agent', text, { agentId: this.#terms.agentId, ...data });
  }
}

function stands({ expiresAtMs }: Offer, held: HeldOffers): boolean {
  return expiresAtMs === null || held.nowMs() < expiresAtMs;
}
