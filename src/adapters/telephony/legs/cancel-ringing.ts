/**
 * Lets go of a buyer whom a process that is gone has rung. drachtio keeps the INVITE, tells nobody of its answers and acknowledges none: he
 * would ring until his own time-out, or repeat his 200 for 64*T1. It cancels an INVITE for whoever names it, though, and takes ACK and BYE
 * for the dialog of its 200 from whoever names that (drachtio 0.9.10: doSendCancelRequest, doSendRequestInsideDialog).
 */
import type { Clock } from '../../../application/ports/clock.js';
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import type { Leg } from '../../../domain/calls/leg.js';
import type { DrachtioLink } from '../drachtio/drachtio-link.js';
import type { OutgoingRequest } from '../drachtio/drachtio-request.js';
import { formatReason } from '../sip/reason-header.js';

/** A 200 is told to nobody, so it is looked for: after T1, since it may cross the CANCEL, and then as often as a buyer bears silence. */
const FIRST_LOOK_MS = 500;
const LOOK_MS = 1_500;
/** A far end that ignores the CANCEL may answer until drachtio forgets the INVITE, 64*T1 after it (RFC 3261 section 9.1). */
const CANCELLED_LIMIT_MS = 34_000;
/** One that nobody can name is not cancelled: drachtio forgets it by timer C, 3 minutes after the last sign of life (section 16.6). */
const NAMELESS_LIMIT_MS = 190_000;

/** Does nothing for a leg that does not ring; harmless when repeated, and when he is gone. Never rejects; the caller sets the deadline. */
export async function cancelRinging(
  { drachtio, clock }: { readonly drachtio: DrachtioLink; readonly clock: Clock },
  { remoteUri, dialogId, inviteId }: Leg,
  cause: HangupCause,
): Promise<void> {
  if (dialogId === null) return;
  const headers = { Reason: formatReason(cause) };
  const cancel = async (): Promise<Error | null> =>
    inviteId === null ? null : await say(drachtio, { method: 'CANCEL', uri: remoteUri, inviteId, headers });
  const endsMs = clock.monotonicMs() + (inviteId === null ? NAMELESS_LIMIT_MS : CANCELLED_LIMIT_MS);
  let fault = await cancel();
  for (let waitMs = fault === null ? FIRST_LOOK_MS : 0; clock.monotonicMs() + waitMs < endsMs; waitMs = LOOK_MS) {
    if (waitMs > 0) await new Promise<void>((resolve) => clock.startTimer(waitMs, resolve));
    if (drachtio.isClosed) return;
    // Without a 200 there is no such dialog, and drachtio says so.
    if ((await say(drachtio, { method: 'ACK', dialogId, headers: {} })) === null) {
      await say(drachtio, { method: 'BYE', dialogId, headers });
      return;
    }
    // It goes out only once; after that drachtio says whether the INVITE has had its final answer.
    if (waitMs > 0) fault = await cancel();
    if (fault !== null && isUnknownInvite(fault)) return;
  }
}

/** In the words of drachtio 0.9.10. */
function isUnknownInvite({ message }: Error): boolean {
  return message.includes('unknown transaction');
}

/** Null when drachtio has put it on the wire. */
function say(link: DrachtioLink, request: OutgoingRequest): Promise<Error | null> {
  return new Promise((resolve) => {
    link.request(request, {
      sent: () => resolve(null),
      answered: () => undefined,
      failed: resolve,
    });
  });
}
