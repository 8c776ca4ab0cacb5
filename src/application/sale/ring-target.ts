/**
 * Dials one offer: slots reserved first, the post step when the bidder's dialect has one, then the number through the
 * trunk's gateways or the SIP URI. Each step that fails says in the trace what would have had to differ.
 */
import { minimumMicrosFor } from '../../domain/bidding/auction.js';
import type { Offer } from '../../domain/bidding/offer.js';
import { SHORTEST_RING_MS } from '../../domain/bidding/patience.js';
import type { Agreement, SaleTerms } from '../../domain/calls/continuation.js';
import { formatMicros } from '../../domain/money/money.js';
import { buyerSlotKey, targetSlotKey } from '../../domain/plans/planned-target.js';
import { maxCallsAt } from '../../domain/routing/concurrency-grid.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import { dialledDestination } from '../../domain/trunks/destination.js';
import type { CallContext } from '../calls/call-context.js';
import type { CallScope } from '../calls/call-scope.js';
import type { SlotRequest } from '../ports/slot-counter.js';
import type { BuyerLeg, CallerLeg } from '../ports/telephony.js';
import { bidTokens } from './bid-tokens.js';
import { type DialCaps, type DialHold, holdDialCaps } from './hold-caps.js';
import { type DialPlan, ringDestination, trunkOf } from './ring-destination.js';

interface Reservation {
  /** What is held; nothing when the check did not pass. */
  readonly slots: readonly SlotRequest[];
  readonly check: Check;
}

/** `requests` and the trunk that will be dialled through, all or none; given back with the scope. */
export async function reserveDial(
  context: CallContext,
  scope: CallScope,
  trunkId: string | null,
  requests: readonly SlotRequest[],
): Promise<Reservation> {
  const { deps, journal, configuration } = context;
  const trunk = trunkOf(configuration, trunkId);
  const through = trunk === null ? [] : [{ key: `trunk:${trunk.id}:out`, limit: trunk.maxOutboundCalls }];
  const slots = [...requests, ...through];
  const outcome = await deps.slots.reserve(slots, journal.call.callId);
  if (outcome.kind === 'reserved') {
    scope.defer(outcome.release);
    return { slots, check: check('slot', true, 'reserved', '') };
  }
  const values = `${outcome.key} has ${outcome.used} of ${outcome.limit}`;
  return { slots: [], check: check('slot', false, values, 'a free slot') };
}

function reserveSlots(context: CallContext, scope: CallScope, { target, planned }: Offer): Promise<Reservation> {
  const buyer = context.configuration.buyers.get(target.buyerId);
  const wallMs = context.journal.wallMs();
  return reserveDial(context, scope, target.trunkId, [
    { key: targetSlotKey(target.id), limit: maxCallsAt(target, wallMs) },
    { key: buyerSlotKey(target.buyerId), limit: buyer === undefined ? null : maxCallsAt(buyer, wallMs) },
    ...planned.around.slots.map(({ key, limits }) => ({ key, limit: maxCallsAt(limits, wallMs) })),
  ]);
}

/** Revenue caps go by the price, and the post may have changed it. */
function holdCaps(context: CallContext, { planned, amountMicros }: Offer): DialHold {
  return holdDialCaps(context, [...planned.caps, ...planned.around.caps], amountMicros);
}

interface PostedOffer {
  readonly check: Check | null;
  readonly offer: Offer;
}

/** The post goes to the winner only; it may bring the destination and a price of its own. */
async function postOffer(
  context: CallContext,
  scope: CallScope,
  offer: Offer,
  postLimitMs: number,
): Promise<PostedOffer> {
  const { deps, journal, campaign } = context;
  const { bidder, target } = offer;
  if (bidder === null || bidder.dialect.post === null) return { check: null, offer };
  const tokens = { ...bidTokens(context), bid_ref: offer.reference ?? '' };
  const outcome = await deps.bidders.post({
    bidder,
    tokens,
    timeoutMs: Math.min(bidder.postTimeoutMs, postLimitMs),
    signal: scope.signal,
  });
  const latency = `${Math.round(outcome.latencyMs)} ms`;
  if (outcome.kind === 'not-accepted') {
    journal.step('post', `${bidder.name} does not take the call: ${outcome.reason}, ${outcome.detail}`, {
      bidderId: bidder.id,
      targetId: target.id,
    });
    return {
      check: check('post', false, `${outcome.reason}: ${outcome.detail} after ${latency}`, 'an accepted post'),
      offer,
    };
  }
  const amountMicros = outcome.amountMicros ?? offer.amountMicros;
  const minimumMicros = minimumMicrosFor(target, campaign.minimumBidMicros);
  if (amountMicros < minimumMicros) {
    // A high bid that shrinks once it has won would buy every call.
    const values = `the post names ${formatMicros(amountMicros, campaign.currency)} against a minimum of ${formatMicros(minimumMicros, campaign.currency)}`;
    journal.step('post', `${bidder.name}: ${values}`, { bidderId: bidder.id, targetId: target.id });
    return { check: check('post', false, values, 'a price at or over the minimum'), offer };
  }
  journal.step(
    'post',
    `${bidder.name} takes the call at ${formatMicros(amountMicros, campaign.currency)} in ${latency}`,
    { bidderId: bidder.id, targetId: target.id },
  );
  const posted: Offer = {
    ...offer,
    amountMicros,
    destination: outcome.destination ?? offer.destination,
    billAfterMs: outcome.billAfterMs ?? offer.billAfterMs,
  };
  return { check: check('post', true, `accepted after ${latency}`, ''), offer: posted };
}

export type OfferResult =
  | {
      readonly kind: 'answered';
      readonly leg: BuyerLeg;
      readonly ringMs: number;
      readonly offer: Offer;
      readonly agreement: Agreement;
      /** Its caps; whoever bridges hands them to the journal. */
      readonly caps: DialCaps;
    }
  | { readonly kind: 'failed' }
  | { readonly kind: 'caller-gone' };

/** As they are now: whatever is edited while the two talk, these hold. */
function saleTerms(
  { campaign, source }: CallContext,
  { target, amountMicros, billAfterMs }: Offer,
  { unbilledFor }: DialCaps,
): SaleTerms {
  return {
    targetId: target.id,
    buyerId: target.buyerId,
    priceMicros: amountMicros,
    currency: campaign.currency,
    billAfterMs,
    unbilledFor,
    sourceId: source.id,
    payout: source.payout,
    payoutAfterMs: source.payoutAfterMs,
  };
}

export interface OfferTerms {
  readonly caller: CallerLeg;
  /** Monotonic instant at which he must have answered. */
  readonly ringEndsMs: number;
  readonly postLimitMs: number;
  /** Receives every check for the trace. */
  readonly note: (made: Check) => void;
  /** Another one who was rung beside him has taken the call: the dial counts for nothing. */
  readonly isOutrun: () => boolean;
  /** He rings, or has answered. */
  readonly onSign: () => void;
}

/** Slots, post, dial, in this order. */
export async function ringOffer(
  context: CallContext,
  scope: CallScope,
  offered: Offer,
  terms: OfferTerms,
): Promise<OfferResult> {
  const { note, isOutrun } = terms;
  const { slots, check: slot } = await reserveSlots(context, scope, offered);
  note(slot);
  if (!slot.passed) return { kind: 'failed' };
  let hold = holdCaps(context, offered);
  if (hold.kind === 'full') {
    note(hold.check);
    return { kind: 'failed' };
  }
  let { caps } = hold;
  scope.defer(() => {
    if (isOutrun()) caps.reservation.settle(() => 0);
    else context.journal.dropCaps(caps.reservation);
  });
  if (scope.signal.aborted) return { kind: 'caller-gone' };
  context.deps.keptAnswers.spend({ callId: context.journal.call.callId, targetId: offered.target.id });
  const posted = await postOffer(context, scope, offered, terms.postLimitMs);
  if (posted.check !== null) note(posted.check);
  if (scope.signal.aborted) return { kind: 'caller-gone' };
  if (posted.check?.passed === false) return { kind: 'failed' };
  if (posted.offer.amountMicros !== offered.amountMicros) {
    caps.reservation.settle(() => 0);
    hold = holdCaps(context, posted.offer);
    if (hold.kind === 'full') {
      note(hold.check);
      return { kind: 'failed' };
    }
    caps = hold.caps;
  }
  return await ringPosted(context, scope, { offer: posted.offer, caps, slots }, terms);
}

interface HeldOffer {
  readonly offer: Offer;
  readonly caps: DialCaps;
  readonly slots: readonly SlotRequest[];
}

/** The dial itself, on terms that are the last. */
async function ringPosted(
  context: CallContext,
  scope: CallScope,
  { offer, caps, slots }: HeldOffer,
  { caller, ringEndsMs, note, onSign }: OfferTerms,
): Promise<OfferResult> {
  const { target } = offer;
  const destination = dialledDestination(target.destination, offer.destination, context.journal.call.calledNumber);
  if (destination === null) {
    note(check('destination', false, 'neither the target nor the bidder names one', 'a number or a SIP URI'));
    return { kind: 'failed' };
  }
  const ringLimitMs = Math.round(ringEndsMs - context.deps.clock.monotonicMs());
  if (ringLimitMs < SHORTEST_RING_MS) {
    const left = `${ringLimitMs} ms are left to ring after the post`;
    note(check('patience', false, left, `at least ${SHORTEST_RING_MS} ms`));
    return { kind: 'failed' };
  }
  const plan: DialPlan = {
    targetId: target.id,
    label: target.name,
    destination,
    trunkId: target.trunkId,
    ringTimeoutMs: Math.min(target.ringTimeoutMs, ringLimitMs),
    whisperPromptId: target.whisperPromptId,
    acceptKey: target.acceptKey,
    onSign,
  };
  const sale = saleTerms(context, offer, caps);
  const agreement: Agreement = { label: target.name, sale, slots, caps: caps.reservation.requests };
  context.journal.agree(agreement);
  context.journal.advance('dialing');
  const rung = await ringDestination(context, scope, caller, plan);
  if (rung.kind !== 'answered') context.journal.disagree(agreement);
  if (rung.kind === 'failed') {
    note(rung.check);
    return { kind: 'failed' };
  }
  if (rung.kind === 'caller-gone') return rung;
  note(check('dial', true, `answered after ${rung.ringMs} ms`, ''));
  return { ...rung, offer, agreement, caps };
}
