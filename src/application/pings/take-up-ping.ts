/**
 * Joins a call to the ping that announced it. Asked once per call of a source that pings, when the call has been admitted;
 * calls of other sources never touch the store here.
 */

import type { Arrival, PingReservation, UnmatchedReason } from '../../domain/bidding/ping-reservation.js';
import { formatMicros } from '../../domain/money/money.js';
import type { Refusal } from '../../domain/routing/admission.js';
import type { CallContext } from '../calls/call-context.js';

/** The call goes on, with what its ping said, or not. */
export type TakeUp =
  | { readonly kind: 'goes-on'; readonly context: CallContext }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const WHY: Readonly<Record<UnmatchedReason, string>> = {
  none: 'no ping announced a call to this number',
  late: 'the ping that announced it has expired',
  'other-caller': 'the ping for this number named another caller',
  taken: 'another call has taken up the ping of this caller',
};

/**
 * 480 for who came late or a second time: a new ping would let him in, and until then his trunk may send him elsewhere. 403
 * for a call that nobody announced: RFC 3261 section 21.4.4, sending it again changes nothing.
 */
function unannounced(reason: UnmatchedReason): Refusal {
  const detail = `the source must ping before it calls: ${WHY[reason]}`;
  return reason === 'late' || reason === 'taken'
    ? { sipStatus: 480, cause: 'NO_USER_RESPONSE', phrase: 'Temporarily Unavailable', detail }
    : { sipStatus: 403, cause: 'CALL_REJECTED', phrase: 'Forbidden', detail };
}

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What was bid is what the publisher is paid, whichever buyer takes the call. */
function announced(context: CallContext, reservation: PingReservation): CallContext {
  const payout = { kind: 'fixed', amountMicros: reservation.bidMicros } as const;
  return {
    ...context,
    ping: reservation,
    source: { ...context.source, payout, payoutAfterMs: reservation.payoutAfterMs },
  };
}

function noteTaken({ journal, source }: CallContext, reservation: PingReservation): void {
  const { reference, madeAt, bidMicros, currency, offers, bids } = reservation;
  const age = ((journal.call.startedAt - madeAt) / 1_000).toFixed(1);
  const text = `the ping ${reference} announced it ${age} s ago: ${offers.length} offers, the publisher was bid ${formatMicros(bidMicros, currency)}`;
  journal.step('ping-taken-up', text, { reference, bidMicros, offers: offers.length, sourceId: source.id });
  for (const bid of bids) journal.addBid({ ...bid, atMs: 0 });
}

export async function takeUpPing(context: CallContext): Promise<TakeUp> {
  const { deps, journal, source, did } = context;
  const { callId, callerNumber, startedAt } = journal.call;
  if (source.pings === null) return { kind: 'goes-on', context };
  let arrival: Arrival;
  try {
    arrival = await deps.reservations.take({ callId, didId: did.id, callerNumber }, startedAt);
  } catch (error) {
    deps.events.alarm('store', `a call was refused because its ping could not be looked up: ${wordsOf(error)}`);
    const detail = 'the ping of the call could not be looked up';
    return {
      kind: 'refused',
      refusal: { sipStatus: 503, cause: 'SWITCH_CONGESTION', phrase: 'Service Unavailable', detail },
    };
  }
  if (arrival.kind === 'matched') {
    noteTaken(context, arrival.reservation);
    return { kind: 'goes-on', context: announced(context, arrival.reservation) };
  }
  const { reason } = arrival;
  journal.step('no-ping', WHY[reason], { reason, sourceId: source.id });
  if (source.pings.isRequired) return { kind: 'refused', refusal: unannounced(reason) };
  return { kind: 'goes-on', context };
}

/**
 * For a call that an earlier process let in, and that is sold anew: what was bid holds. Once the ping has expired so have its
 * offers, and the auction is held again.
 */
export async function recallPing(context: CallContext): Promise<CallContext> {
  const { deps, journal, source } = context;
  if (source.pings === null) return context;
  try {
    const reservation = await deps.reservations.ofCall(journal.call.callId);
    if (reservation === null) return context;
    const offers = deps.clock.wallMs() < reservation.expiresAt ? reservation.offers : [];
    return announced(context, { ...reservation, offers });
  } catch (error) {
    journal.alarm('store', `the ping of the call could not be looked up: ${wordsOf(error)}`);
    return context;
  }
}
