/**
 * Lets go of a buyer whom a process that is gone has rung. drachtio keeps the INVITE, tells nobody of its answers and acknowledges none: he
 * would ring until his own time-out, or repeat his 200 for 64*T1. It cancels an INVITE for whoever names it, though, and takes ACK and BYE
 * for the dialog of its 200 from whoever names that (drachtio 0.9.10: doSendCancelRequest, doSendRequestInsideDialog).
 */
import type { Clock } from '../../application/ports/clock.js';
import type { HangupCause } from '../../domain/hangup-cause.js';
import type { Leg } from '../../domain/leg.js';
import type { DrachtioLink } from './drachtio-link.js';
import type { OutgoingRequest } from './drachtio-request.js';
import { formatReason } from './reason-header.js';

/** A 200 that crosses the CANCEL is told to nobody: it is looked for after T1, and once more for a far end that is slow. */
const LOOKS_MS = [0, 500, 1_500];

/** Does nothing for a leg that does not ring; harmless when repeated, and when he is gone. Never rejects. */
export async function cancelRinging(
  { drachtio, clock }: { readonly drachtio: DrachtioLink; readonly clock: Clock },
  { remoteUri, dialogId, inviteId }: Leg,
  cause: HangupCause,
): Promise<void> {
  if (inviteId === null || dialogId === null) return;
  const headers = { Reason: formatReason(cause) };
  const isCancelled = await say(drachtio, { method: 'CANCEL', uri: remoteUri, inviteId, headers });
  for (const waitMs of isCancelled ? LOOKS_MS.slice(1) : LOOKS_MS.slice(0, 1)) {
    if (waitMs > 0) await new Promise<void>((resolve) => clock.startTimer(waitMs, resolve));
    // Without a 200 there is no such dialog, and drachtio says so.
    if (await say(drachtio, { method: 'ACK', dialogId, headers: {} })) {
      await say(drachtio, { method: 'BYE', dialogId, headers });
      return;
    }
  }
}

/** Whether drachtio has put it on the wire. */
function say(link: DrachtioLink, request: OutgoingRequest): Promise<boolean> {
  return new Promise((resolve) => {
    link.request(request, {
      sent: () => resolve(true),
      answered: () => undefined,
      failed: () => resolve(false),
    });
  });
}
