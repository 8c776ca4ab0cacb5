/** The headers that mod_sofia puts on its responses, and the small readings of request bodies. Used by the legs of the profile. */
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { SipRequest, SipResponse } from '../sip/sip-message.js';
import type { SipStack } from '../sip/sip-stack.js';
import { parseSipUri } from '../sip/sip-uri.js';
import type { Digit } from './channel.js';

const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, NOTIFY';

/** What requests inside a dialog get that change nothing; any other method gets 501. */
export const PLAIN_STATUS: Readonly<Record<string, number>> = { OPTIONS: 200, NOTIFY: 481, MESSAGE: 405, REFER: 405 };

/** A response that makes or keeps a dialog. */
export function signResponse(response: SipResponse, contact: string, userAgent: string): void {
  response.headers
    .set('Contact', contact)
    .set('User-Agent', userAgent)
    .set('Accept', 'application/sdp')
    .set('Allow', ALLOW)
    .set('Supported', 'path, replaces')
    .set('Allow-Events', 'talk, hold, conference, refer');
}

/** The user part that was asked for stands in our Contact; one with odd characters does not. */
export function contactOf(request: SipRequest, hostPort: string, transport: string): string {
  const user = parseSipUri(request.uri)?.user ?? '';
  const safeUser = /^[\w.!~*'()&=+$,%-]{1,128}$/.test(user) ? user : 'mod_sofia';
  return `<sip:${safeUser}@${hostPort};transport=${transport}>`;
}

/** Ends a dialog; whatever the peer answers, it is over. */
export function sendBye(stack: SipStack, dialog: SipDialog, reason: string, userAgent: string): void {
  const bye = dialog.createRequest('BYE');
  bye.headers.set('User-Agent', userAgent).set('Allow', ALLOW).set('Supported', 'path, replaces').set('Reason', reason);
  const ignore = (): void => {};
  stack.request(bye, { onFinal: ignore, onTimeout: ignore, onTransportError: ignore });
}

/** A response without a body. */
export function respondPlainly(transaction: ServerTransaction, status: number, userAgent: string): void {
  const response = transaction.createResponse(status);
  response.headers.set('User-Agent', userAgent).set('Allow', ALLOW);
  transaction.respond(response);
}

export function bodyText(request: SipRequest): string {
  return request.body.toString('utf8');
}

/** DTMF in SIP INFO: `application/dtmf-relay` with Signal and Duration (ms), `application/dtmf` with the digit alone. */
export function infoDigit(request: SipRequest): Digit | null {
  const type = request.headers.get('Content-Type')?.split(';')[0]?.trim().toLowerCase();
  const text = bodyText(request);
  const signal = type === 'application/dtmf-relay' ? /^\s*Signal\s*=\s*([0-9*#A-Da-d])/im.exec(text)?.[1] : undefined;
  const digit = type === 'application/dtmf' ? /^\s*([0-9*#A-Da-d])/.exec(text)?.[1] : signal;
  if (digit === undefined) return null;
  const durationMs = Number(/^\s*Duration\s*=\s*(\d{1,5})/im.exec(text)?.[1] ?? 250);
  return { digit: digit.toUpperCase(), durationMs, source: 'ENDPOINT' };
}
