/** BYE to a far end whose dialog drachtio does not know: sent with the tags that we kept. */
import type { HangupCause } from '../../domain/hangup-cause.js';
import type { DialogFacts } from './dialog-facts.js';
import { dialogHeaders } from './dialog-headers.js';
import type { DrachtioLink } from './drachtio-link.js';
import { formatReason } from './reason-header.js';

/** Settles with the final answer's status, or 0 when there is none. Never rejects; the caller sets the deadline. */
export function sayBye(link: DrachtioLink, facts: DialogFacts, cause: HangupCause): Promise<number> {
  return new Promise((resolve) => {
    link.request(
      {
        method: 'BYE',
        uri: facts.remoteContact ?? facts.remoteUri,
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
