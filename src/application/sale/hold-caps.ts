/**
 * Reserves caps for one call: of its campaign and source when it is let in, of target, buyer, campaign and source when a
 * target is dialled. The journal settles what is held when it closes the call, so that every exit path does.
 */

import type { Agreement, Continuation, HeldCap } from '../../domain/calls/continuation.js';
import { type CountedCap, countedCaps, describeCap } from '../../domain/routing/cap.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import type { CallContext, CallFrame } from '../calls/call-context.js';
import type { CapCounter, CapRequest, CapReservation } from './cap-counter.js';

function intakeCaps({ campaign, source }: Pick<CallContext, 'campaign' | 'source'>): readonly CountedCap[] {
  return [...countedCaps('campaign', campaign.id, campaign.caps), ...countedCaps('source', source.id, source.caps)];
}

/** The hard cap of campaign or source that lets no further call in; null when there is none. */
export function fullIntakeCap(caps: CapCounter, subjects: Pick<CallContext, 'campaign' | 'source'>): CountedCap | null {
  const isFull = (counted: CountedCap): boolean =>
    counted.cap.kind === 'hard' && caps.used(counted) >= counted.cap.limit;
  return intakeCaps(subjects).find(isFull) ?? null;
}

/** Sentence of the cap that keeps the call out; null when it may come in, which counts as an attempt. */
export function holdIntakeCaps(context: CallContext): string | null {
  const { deps, journal, campaign } = context;
  const caps = intakeCaps(context);
  const full = fullIntakeCap(deps.caps, context);
  if (full !== null) return describeCap(full, deps.caps.used(full), campaign.currency);
  const attempts = caps.filter(({ cap }) => cap.dimension === 'attempts');
  const outcome = deps.caps.reserve(attempts.map((counted) => ({ counted, amount: 1 })));
  if (outcome.kind === 'full') return describeCap(outcome.counted, outcome.used, campaign.currency);
  journal.holdCaps(outcome.reservation);
  return null;
}

/** Caps reserved for one dial. */
export interface DialCaps {
  readonly reservation: CapReservation;
  /** Why the call is not billed: a soft cap that is used up; null when there is none. */
  readonly unbilledFor: string | null;
}

export type DialHold =
  | { readonly kind: 'full'; readonly check: Check }
  | { readonly kind: 'held'; readonly caps: DialCaps };

/** For a dial that would cost `amountMicros`. Whoever asks for it drops it, or lets the journal hold it. */
export function holdDialCaps(context: CallContext, caps: readonly CountedCap[], amountMicros: number): DialHold {
  const { deps, campaign } = context;
  const others = intakeCaps(context).filter(({ cap }) => cap.dimension !== 'attempts');
  const requests: CapRequest[] = [...caps, ...others].map((counted) => ({
    counted,
    amount: counted.cap.dimension === 'revenue' ? amountMicros : 1,
  }));
  const outcome = deps.caps.reserve(requests);
  if (outcome.kind === 'full') {
    const values = describeCap(outcome.counted, outcome.used, campaign.currency);
    return { kind: 'full', check: check('cap', false, values, 'room under the cap') };
  }
  const { reservation } = outcome;
  const [passed] = reservation.passed;
  const unbilledFor =
    passed === undefined ? null : `${describeCap(passed, deps.caps.used(passed), campaign.currency)}, a soft cap`;
  return { kind: 'held', caps: { reservation, unbilledFor } };
}

/** Limits that have been reached since refuse nobody who is up already. */
function heldAgain({ deps }: CallFrame, held: readonly HeldCap[]): CapReservation | null {
  const requests = held.map(({ counted, amount }) => {
    const cap = { ...counted.cap, kind: 'soft' as const };
    return { counted: { ...counted, cap }, amount };
  });
  const outcome = deps.caps.reserve(requests);
  return outcome.kind === 'reserved' ? outcome.reservation : null;
}

/** What an earlier process held for a call is held again. `joined` is whose dial has come to a talk; null for nobody's. */
export function resumeCaps(frame: CallFrame, continuation: Continuation | null, joined: Agreement | null): void {
  const { journal } = frame;
  const held = heldAgain(frame, continuation?.caps ?? []);
  if (held !== null) journal.holdCaps(held);
  // Once it was written that the two are joined, the caps of the dial are among those of the call.
  if (journal.call.bridgedAt !== null) return;
  for (const agreement of continuation?.agreements ?? []) {
    const dialled = heldAgain(frame, agreement.caps);
    if (dialled === null) continue;
    if (joined === null) journal.dropCaps(dialled);
    else if (agreement === joined) journal.holdCaps(dialled);
    // Who was rung beside him is as if he had not been.
    else dialled.settle(() => 0);
  }
}
