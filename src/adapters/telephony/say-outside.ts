/** Requests to a far end whose dialog, or whose route set, drachtio does not know: sent with what we kept. */
import type { HangupCause } from '../../domain/hangup-cause.js';
import type { DialogFacts } from './dialog-facts.js';
import { dialogHeaders, requestUri } from './dialog-headers.js';
import type { DrachtioLink } from './drachtio-link.js';
import { formatReason } from './reason-header.js';

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
