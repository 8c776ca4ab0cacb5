/** Requests to a far end whose dialog, or whose route set, drachtio does not know: sent with what we kept. */
import type { SrfRequest } from 'drachtio-srf';
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import type { DrachtioLink } from '../drachtio/drachtio-link.js';
import type { DialogFacts } from '../sip/dialog-facts.js';
import { dialogHeaders, requestUri } from '../sip/dialog-headers.js';
import { formatReason } from '../sip/reason-header.js';

/** Settles with the final answer's status, or 0 when there is none. Never rejects; the caller sets the deadline. */
export function sayBye(link: DrachtioLink, facts: DialogFacts, cause: HangupCause): Promise<number> {
  return new Promise((resolve) => {
    link.request(
      {
        method: 'BYE',
        uri: requestUri(facts),
        headers: { ...dialogHeaders(facts, 'BYE'), Reason: formatReason(cause) },
      },
      {
        sent: () => undefined,
        answered: (response) => {
          if (response.status >= 200) resolve(response.status);
        },
        failed: () => resolve(0),
      },
    );
  });
}

/** The ACK to the 2xx of our last INVITE, which nobody answers. The stack has sent one of its own, without the routes. */
export function sayAck(link: DrachtioLink, facts: DialogFacts, sdp: string | null): void {
  const outgoing = { method: 'ACK', uri: requestUri(facts), headers: dialogHeaders(facts, 'ACK') };
  const listener = { sent: () => undefined, answered: () => undefined, failed: () => undefined };
  link.request(sdp === null ? outgoing : { ...outgoing, body: sdp }, listener);
}

/** In the words of drachtio 0.9.10. */
export function isUnknownDialog(error: unknown): boolean {
  return error instanceof Error && error.message.includes('unable to find dialog');
}

/** Cancels an INVITE that nobody waits for. drachtio forgets one that a BYE has crossed, and then no answer to it ever comes. */
export function takeBack(link: DrachtioLink, invite: SrfRequest): void {
  const forget = (error: Error | null): void => {
    if (error === null) return;
    for (const server of link.srf.app.client.mapServer.values()) server.pendingSipRequests.delete(invite.stackTxnId);
  };
  try {
    invite.cancel({}, forget);
  } catch {
    // The link is down, and the transaction is gone with it.
  }
}
