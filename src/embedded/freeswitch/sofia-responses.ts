/** The headers that mod_sofia puts on its responses, and the small readings of request bodies. Used by the legs of the profile. */
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { SipRequest, SipResponse } from '../sip/sip-message.js';
import type { SipStack } from '../sip/sip-stack.js';
import { parseSipUri } from '../sip/sip-uri.js';
import type { Digit } from './channel.js';

const ALLOW_EVENTS = 'talk, hold, conference, refer';
const ALLOW = 'INVITE, ACK, BYE, CANCEL, OPTIONS, MESSAGE, INFO, UPDATE, NOTIFY';

/** What requests inside a dialog get that change nothing; any other method gets 501. */
export const PLAIN_STATUS: Readonly<Record<string, number>> = { NOTIFY: 481, MESSAGE: 405, REFER: 405 };

/** How the responses of one leg are signed. */
export class LegSignature {
  readonly #invite: ServerTransaction;
  readonly #stack: SipStack;
  readonly #userAgent: string;
  /** The profile's address, without its port. */
  readonly #host: string;

  constructor(invite: ServerTransaction, stack: SipStack, userAgent: string, host: string) {
    this.#invite = invite;
    this.#stack = stack;
    this.#userAgent = userAgent;
    this.#host = host;
  }

  /** The user part that was asked for stands in our Contact; one with odd characters does not. */
  get contact(): string {
    const { request, source } = this.#invite;
    return `<sip:${safeUserOf(request)}@${this.#stack.hostPortFor(source)};transport=${source.transport}>`;
  }

  /** The 100 of mod_sofia names its maker, and is not sent before the offer was understood, nor ever on a leg for which it made the offer. */
  respondTrying(transaction: ServerTransaction): void {
    if (bodyText(this.#invite.request) === '') return;
    const response = transaction.createResponse(100);
    response.headers.set('User-Agent', this.#userAgent);
    transaction.respond(response);
  }

  /** A response that makes or keeps a dialog. */
  sign(response: SipResponse): void {
    signFully(response, this.contact, this.#userAgent);
  }

  /** The final response to the INVITE that made the leg. One that went through the dialplan tells whom the caller has reached. */
  signFinal(response: SipResponse, isOfferedByUs: boolean): void {
    this.sign(response);
    response.headers.set('Allow-Events', ALLOW_EVENTS);
    if (isOfferedByUs) return;
    const user = safeUserOf(this.#invite.request);
    const identity = `"${user}" <sip:${user}@${this.#host}>`;
    response.headers.set('Remote-Party-ID', `${identity};party=calling;privacy=off;screen=no`);
  }
}

function safeUserOf(request: SipRequest): string {
  const user = parseSipUri(request.uri)?.user ?? '';
  return /^[\w.!~*'()&=+$,%-]{1,128}$/.test(user) ? user : 'mod_sofia';
}

interface ByeOptions {
  readonly reason: string;
  readonly userAgent: string;
  /** Of a BYE that sofia sends by itself; null for the others, which have none. */
  readonly contact: string | null;
}

/** Ends a dialog; whatever the peer answers, it is over. */
export function sendBye(stack: SipStack, dialog: SipDialog, { reason, userAgent, contact }: ByeOptions): void {
  const bye = dialog.createRequest('BYE');
  if (contact !== null) bye.headers.set('Contact', contact);
  bye.headers.set('User-Agent', userAgent).set('Allow', ALLOW).set('Supported', 'path, replaces').set('Reason', reason);
  const ignore = (): void => {};
  stack.request(bye, { onFinal: ignore, onTimeout: ignore, onTransportError: ignore });
}

/** A response without a body. */
export function respondPlainly(
  transaction: ServerTransaction,
  status: number,
  userAgent: string,
  reason?: string,
): void {
  const response = transaction.createResponse(status, reason);
  signPlainly(response, userAgent);
  transaction.respond(response);
}

/** OPTIONS: what we can do, and where; inside a dialog the Contact of the leg, outside the profile's own. */
export function respondToOptions(transaction: ServerTransaction, contact: string, userAgent: string): void {
  const response = transaction.createResponse(200);
  signFully(response, contact, userAgent);
  response.headers.set('Allow-Events', ALLOW_EVENTS);
  transaction.respond(response);
}

function signFully(response: SipResponse, contact: string, userAgent: string): void {
  response.headers.set('Contact', contact).set('Accept', 'application/sdp');
  signPlainly(response, userAgent);
}

function signPlainly(response: SipResponse, userAgent: string): void {
  response.headers.set('User-Agent', userAgent).set('Allow', ALLOW).set('Supported', 'path, replaces');
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
