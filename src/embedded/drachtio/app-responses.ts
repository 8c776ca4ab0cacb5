/**
 * Makes the SIP response that an application asked for, and its echo on the control connection. Used for requests inside and outside
 * dialogs; sending is left to the caller, since a 200 to an INVITE goes another way than the rest.
 */
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SentMessage } from '../sip/sip-endpoint.js';
import type { SipResponse } from '../sip/sip-message.js';
import { applyHeaders, contentTypeOf } from './app-headers.js';
import type { ControlClient } from './control-client.js';
import type { ControlMessage } from './control-message.js';
import { sentResponseMeta } from './meta-line.js';
import type { Switchboard } from './switchboard.js';

export interface AppStatus {
  readonly status: number;
  readonly reason: string;
}

/** The response with the application's header fields and body; From, To, Call-ID and CSeq are the request's own bytes. */
export function createAppResponse(
  board: Switchboard,
  transaction: ServerTransaction,
  wanted: AppStatus,
  message: ControlMessage,
): SipResponse {
  const response = transaction.createResponse(wanted.status, wanted.reason === '' ? undefined : wanted.reason);
  applyHeaders(response.headers, message.headers, board.stack.hostPortFor(transaction.source));
  response.body = message.body;
  const contentType = message.body.length === 0 ? undefined : contentTypeOf(message.headers, message.body);
  if (contentType !== undefined) response.headers.set('Content-Type', contentType);
  return response;
}

/** The tag that an application puts into To; only the first response of an INVITE may bring one. */
export function appToTag(message: ControlMessage): string | undefined {
  const to = message.headers.get('To') ?? '';
  const at = to.indexOf('tag=');
  const tag = at < 0 ? '' : (to.slice(at + 4).split(/[;, \t>]/, 1)[0] ?? '');
  return tag === '' ? undefined : tag;
}

/** The answer on the control connection; one empty field more than that to a request. */
export function answerSentResponse(
  client: ControlClient,
  message: ControlMessage,
  sent: SentMessage | undefined,
  dialogId: string,
): void {
  if (sent === undefined) {
    client.answer(message.msgId, 'NOK|Response not sent due to unknown transaction');
    return;
  }
  const head = `OK|${sentResponseMeta(sent)}|${message.tokens[2] ?? ''}|${dialogId}||Msg sent:|`;
  client.answer(message.msgId, head, sent.bytes);
}
