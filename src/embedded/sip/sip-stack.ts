/**
 * The SIP stack: transports, parser and transactions behind one object. The drachtio half and the FreeSWITCH half of the
 * embedded switch each make one; dialogs (sip-dialog.ts) are theirs. It never throws at input and never answers what RFC 3261
 * does not allow to be answered.
 *
 * What it does by itself: 100 for nothing (call `respond` with a 100 yourself when you want one), retransmissions, ACK to non-2xx
 * finals, `200` to a CANCEL that matches and `481` to one that does not, 400 to malformed requests, 482 to merged ones, 481 to
 * a PRACK without match, received/rport, CRLF keep-alives.
 */
import { SipStackCore } from './sip-stack-core.js';
import type { SipStack, SipStackOptions } from './sip-stack-options.js';

export type { SipStack, SipStackCounts, SipStackOptions } from './sip-stack-options.js';

/** Binds all listeners, then resolves. Rejects when one cannot be bound (the others are closed again). */
export async function createSipStack(options: SipStackOptions): Promise<SipStack> {
  const core = new SipStackCore(options);
  try {
    await core.listen(options.listeners);
  } catch (error) {
    await core.close();
    throw error;
  }
  return core;
}
