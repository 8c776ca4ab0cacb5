/**
 * Sells the call: offers in the order of the ranking, the next best when one fails, as long as the caller is there and
 * his patience lasts. What remains unsold goes to the fallback chain.
 */
import type { Offer } from '../domain/auction.js';
import type { Agreement } from '../domain/continuation.js';
import type { Check } from '../domain/decision-trace.js';
import { check } from '../domain/eligibility.js';
import type { CallContext } from './call-context.js';
import { type Conversation, connectLegs } from './connect-legs.js';
import type { CallerLeg } from './ports/telephony.js';
import type { OpenRecording } from './record-call.js';
import { ringOffer } from './ring-target.js';
import type { AuctionResult } from './run-auction.js';
import type { TraceBuilder } from './trace-builder.js';

/** Under this a ring is not worth the buyer's while. */
const SHORTEST_RING_MS = 1_000;

export type Sale =
  | {
      readonly kind: 'sold';
      readonly agreement: Agreement;
      readonly conversation: Extract<Conversation, { kind: 'talked' }>;
    }
  | { readonly kind: 'unsold'; readonly detail: string }
  | { readonly kind: 'caller-gone' };

export interface SaleTerms {
  readonly caller: CallerLeg;
  readonly recording: OpenRecording | null;
  readonly auction: AuctionResult;
  readonly trace: TraceBuilder;
  /** Monotonic instant at which the caller is to be sent to the fallback chain. */
  readonly patienceEndsMs: number;
}

function admissionOf(
  context: CallContext,
  terms: SaleTerms,
  offer: Offer,
): { readonly checks: readonly Check[]; readonly ringLimitMs: number } {
  const nowMs = terms.auction.nowMs();
  const ringLimitMs = terms.patienceEndsMs - context.deps.clock.monotonicMs();
  const stands = offer.expiresAtMs === null || nowMs < offer.expiresAtMs;
  const values = offer.expiresAtMs === null ? 'a static price' : `${Math.round(offer.expiresAtMs - nowMs)} ms left`;
  const patience = `${Math.round(ringLimitMs)} ms of hold time left`;
  return {
    ringLimitMs,
    checks: [
      check('bid-expiry', stands, values, 'a bid that still stands'),
      check('patience', ringLimitMs >= SHORTEST_RING_MS, patience, `at least ${SHORTEST_RING_MS} ms`),
    ],
  };
}

async function tryOffer(context: CallContext, terms: SaleTerms, offer: Offer): Promise<Sale | null> {
  const { trace, caller } = terms;
  const note = (made: Check): void => trace.add(offer.target.id, made);
  const { checks, ringLimitMs } = admissionOf(context, terms, offer);
  checks.forEach(note);
  if (checks.some((each) => !each.passed)) return null;
  // The attempt's own scope: slots and the buyer's leg are released before the next offer is tried.
  await using attempt = context.scope.fork();
  const callerGone = (): Sale => {
    note(check('dial', false, 'the caller was gone before the bridge', 'a caller who waits'));
    trace.fail(offer.target.id);
    return { kind: 'caller-gone' };
  };
  const rung = await ringOffer(context, attempt, caller, offer, ringLimitMs, note);
  if (rung.kind !== 'answered') return rung.kind === 'caller-gone' ? callerGone() : null;
  const { target, amountMicros } = rung.offer;
  const onBridged = (): void => {
    context.journal.holdCaps(rung.caps.reservation);
    context.journal.advance('bridged', {
      bridgedAt: context.journal.wallMs(),
      ringMs: rung.ringMs,
      buyerId: target.buyerId,
      targetId: target.id,
      priceMicros: amountMicros,
      currency: context.campaign.currency,
    });
  };
  const conversation = await connectLegs(context, {
    caller,
    buyer: rung.leg,
    label: target.name,
    recording: terms.recording,
    onBridged,
    // Whom the talk is sold to is decided, and so is why: whoever carries the call on after us need not know it all.
    onTalking: () => {
      trace.win(target.id, amountMicros);
      context.journal.setTrace(trace.build(context.configuration.version));
      context.journal.checkpoint();
    },
  });
  switch (conversation.kind) {
    case 'talked':
      return { kind: 'sold', agreement: rung.agreement, conversation };
    case 'not-bridged':
      note(check('dial', false, conversation.detail, 'a bridge'));
      context.journal.step('buyer-failed', `${target.name}: ${conversation.detail}`, { targetId: target.id });
      return null;
    case 'caller-gone':
      return callerGone();
  }
}

export async function sellCall(context: CallContext, terms: SaleTerms): Promise<Sale> {
  let tried = 0;
  for (let offer = terms.auction.offerAt(0); offer !== null; offer = terms.auction.offerAt(tried)) {
    if (context.scope.signal.aborted) return { kind: 'caller-gone' };
    const sale = await tryOffer(context, terms, offer);
    if (sale !== null) return sale;
    terms.trace.fail(offer.target.id);
    tried += 1;
  }
  if (context.scope.signal.aborted) return { kind: 'caller-gone' };
  return {
    kind: 'unsold',
    detail: tried === 0 ? 'nobody offered anything' : `none of ${tried} offers took the call`,
  };
}
