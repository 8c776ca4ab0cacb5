/**
 * Sells the call: the steps of its plan, the next one when one fails, as long as the caller is there and
 * his patience lasts. What remains unsold goes to the fallback chain.
 */

import type { Offer } from '../../domain/bidding/offer.js';
import { pingLimitMs } from '../../domain/bidding/patience.js';
import type { Agreement } from '../../domain/calls/continuation.js';
import type { Recovery } from '../../domain/campaigns/campaign.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import type { DialStep } from '../../domain/routing/dial-step.js';
import { check } from '../../domain/routing/eligibility.js';
import type { CallContext } from '../calls/call-context.js';
import { type Conversation, connectLegs, type Talked } from '../calls/connect-legs.js';
import type { HoldTeller } from '../calls/hold-teller.js';
import type { OpenRecording } from '../calls/record-call.js';
import type { BuyerLeg, CallerLeg } from '../ports/telephony.js';
import { budgetFor } from './offer-budget.js';
import type { DialSteps } from './plan-steps.js';
import { ringTogether, type StepAdmission, type StepTerms, type TakenOffer } from './ring-together.js';
import type { TraceBuilder } from './trace-builder.js';

/** Between the end of a talk at the media server and our hearing of it. */
const LATE_NEWS_MS = 1_000;

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
  readonly steps: DialSteps;
  readonly first: Promise<DialStep | null>;
  readonly trace: TraceBuilder;
  /** Told when the caller is joined with whoever took the call. */
  readonly onJoined?: (buyer: BuyerLeg) => void;
  /** Tells the caller that he is not forgotten, until he is joined with somebody. */
  readonly teller?: HoldTeller;
  /** Monotonic instant at which the caller is to be sent to the fallback chain. */
  readonly patienceEndsMs: number;
}

/** What of a sale changes from step to step. */
interface SaleState {
  patienceEndsMs: number;
  /** Buyers who have hung up on the caller at once. */
  earlyHangups: number;
}

function admissionOf(context: CallContext, { patienceEndsMs, earlyHangups }: SaleState, offer: Offer): StepAdmission {
  const nowMs = context.deps.clock.monotonicMs();
  const budget = budgetFor(context, offer, patienceEndsMs - nowMs);
  const stands = offer.expiresAtMs === null || nowMs < offer.expiresAtMs;
  const values = offer.expiresAtMs === null ? 'a static price' : `${Math.round(offer.expiresAtMs - nowMs)} ms left`;
  return {
    ...budget,
    checks: [
      check('bid-expiry', stands, values, 'a bid that still stands'),
      budget.check,
      ...(earlyHangups === 0 ? [] : [earlierCheck(offer, earlyHangups)]),
    ],
  };
}

function earlierCheck({ target: { maxEarlierConnections } }: Offer, earlyHangups: number): Check {
  const isAllowed = maxEarlierConnections === null || earlyHangups <= maxEarlierConnections;
  const values = `${earlyHangups} before him have hung up on the caller`;
  return check('earlier-connections', isAllowed, values, `at most ${maxEarlierConnections ?? 0}`);
}

function auctionLimitMs({ campaign, deps }: CallContext, { patienceEndsMs }: SaleState): number {
  return pingLimitMs(campaign, patienceEndsMs - deps.clock.monotonicMs());
}

interface Tried {
  /** Null when the next step may be tried. */
  readonly sale: Sale | null;
  readonly begun: number;
  /** Of the step, those whose turn has not come. */
  readonly left: readonly Offer[];
  /** Somebody was dialled, or at least told of the call. */
  readonly isRung: boolean;
}

async function tryStep(context: CallContext, terms: SaleTerms, state: SaleState, step: DialStep): Promise<Tried> {
  const { trace, caller } = terms;
  // The attempt's own scope: slots and the buyers' legs are released before the next step is tried.
  await using attempt = context.scope.fork();
  let isRung = false;
  const stepTerms: StepTerms = {
    caller,
    admissionOf: (offer) => admissionOf(context, state, offer),
    note: ({ target }, made) => {
      if (made.check === 'dial' || made.check === 'post') isRung = true;
      trace.add(target.id, made);
    },
    onFailed: ({ target }) => trace.fail(target.id),
  };
  const { result, begun, left } = await ringTogether(context, attempt, stepTerms, step);
  if (result.kind !== 'answered')
    return { sale: result.kind === 'caller-gone' ? result : null, begun, left: [], isRung };
  return { sale: await talkTo(context, terms, state, result), begun, left, isRung };
}

/** Null when the two could not be joined, and nobody of the call has left. */
async function talkTo(
  context: CallContext,
  terms: SaleTerms,
  state: SaleState,
  rung: TakenOffer,
): Promise<Sale | null> {
  const { trace, caller } = terms;
  const { target, amountMicros } = rung.offer;
  const { recovery } = context.campaign;
  const fail = (values: string, needed: string): void => {
    trace.add(target.id, check('dial', false, values, needed));
    trace.fail(target.id);
    context.journal.disagree(rung.agreement);
  };
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
    terms.onJoined?.(rung.leg);
  };
  // What he hears is heard out, as the greeting is.
  await terms.teller?.hush();
  const conversation = await connectLegs(context, {
    caller,
    buyer: rung.leg,
    label: target.name,
    recording: terms.recording,
    heldWithinMs: recovery === null || state.earlyHangups >= recovery.maxAttempts ? null : recovery.withinMs,
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
      if (isRecovered(recovery, conversation)) {
        recover(context, terms, state, rung, conversation.talkMs);
        terms.teller?.resume();
        return null;
      }
      return { kind: 'sold', agreement: rung.agreement, conversation };
    case 'not-bridged':
      fail(conversation.detail, 'a bridge');
      context.journal.step('buyer-failed', `${target.name}: ${conversation.detail}`, { targetId: target.id });
      terms.teller?.resume();
      return null;
    case 'caller-gone':
      fail('the caller was gone before the bridge', 'a caller who waits');
      return { kind: 'caller-gone' };
  }
}

/** It is he who holds that shows whether the media server saw them part in time; the rest is the way of the news. */
function isRecovered(recovery: Recovery | null, { endedBy, isCallerHeld, talkMs }: Talked): boolean {
  return recovery !== null && endedBy === 'buyer' && isCallerHeld && talkMs < recovery.withinMs + LATE_NEWS_MS;
}

/** The call is as if the two had not been joined, but for what the buyer's own caps count. */
function recover(
  { journal }: CallContext,
  { trace }: SaleTerms,
  state: SaleState,
  { offer: { target }, agreement, caps }: TakenOffer,
  talkMs: number,
): void {
  state.earlyHangups += 1;
  state.patienceEndsMs += talkMs;
  const seconds = (talkMs / 1_000).toFixed(1);
  const text = `${target.name} hung up after ${seconds} s: the caller hears music again, and the next one is tried`;
  journal.step('recovered', text, { targetId: target.id, talkMs, attempt: state.earlyHangups });
  trace.add(target.id, check('early-hangup', false, `hung up after ${talkMs} ms`, 'a longer talk'));
  trace.unwin(target.id);
  journal.forgetTrace();
  journal.giveUpCaps(caps.reservation);
  journal.disagree(agreement);
  journal.advance('dialing', { bridgedAt: null, ringMs: null, buyerId: null, targetId: null, priceMicros: null });
}

export async function sellCall(context: CallContext, terms: SaleTerms): Promise<Sale> {
  const { steps } = terms;
  const state: SaleState = { patienceEndsMs: terms.patienceEndsMs, earlyHangups: 0 };
  let tried = 0;
  for (let step = await terms.first; step !== null; ) {
    if (context.scope.signal.aborted) return { kind: 'caller-gone' };
    const { sale, begun, left, isRung } = await tryStep(context, terms, state, step);
    if (sale !== null) return sale;
    tried += begun;
    // Who answered could not be joined: those of the step whose turn had not come are still to be tried.
    if (left.length > 0) step = { ...step, offers: left };
    else step = await steps.next(isRung, auctionLimitMs(context, state));
  }
  if (context.scope.signal.aborted) return { kind: 'caller-gone' };
  return {
    kind: 'unsold',
    detail: tried === 0 ? 'nobody offered anything' : `none of ${tried} offers took the call`,
  };
}
