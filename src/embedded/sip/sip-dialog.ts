/**
 * The state of one dialog, RFC 3261 section 12: identifiers, sequence numbers, route set, remote target. Shared by the drachtio
 * half and the FreeSWITCH half; it makes requests and judges those that arrive, but sends nothing and owns no timer.
 *
 * States: early -> confirmed -> terminated; early -> terminated. `confirm` and `terminate` are the arrows.
 */
import { parseNameAddr, tagOf } from './name-addr.js';
import { SipRequest, type SipResponse } from './sip-message.js';
import { parseSipUri } from './sip-uri.js';

export type DialogState = 'early' | 'confirmed' | 'terminated';

/** `out of order`: answer 500 (RFC 3261 section 12.2.2). */
export type DialogJudgement = 'in order' | 'out of order';

export interface DialogValues {
  readonly state: DialogState;
  readonly sipCallId: string;
  readonly localTag: string;
  /** '' as long as the peer has shown none (RFC 2543 peers never do). */
  readonly remoteTag: string;
  /** Whole From/To values of this side and the peer, tags included. */
  readonly localAddress: string;
  readonly remoteAddress: string;
  /** The last CSeq number that this side used; 0 before the first. */
  readonly localCSeq: number;
  readonly remoteCSeq: number | undefined;
  /** Record-Route values in the order in which requests of this side visit them. */
  readonly routeSet: readonly string[];
  /** The peer's Contact URI. */
  readonly remoteTarget: string;
}

export class SipDialog {
  state: DialogState;
  readonly sipCallId: string;
  readonly localTag: string;
  remoteTag: string;
  localAddress: string;
  remoteAddress: string;
  localCSeq: number;
  remoteCSeq: number | undefined;
  routeSet: readonly string[];
  remoteTarget: string;

  constructor(values: DialogValues) {
    this.state = values.state;
    this.sipCallId = values.sipCallId;
    this.localTag = values.localTag;
    this.remoteTag = values.remoteTag;
    this.localAddress = values.localAddress;
    this.remoteAddress = values.remoteAddress;
    this.localCSeq = values.localCSeq;
    this.remoteCSeq = values.remoteCSeq;
    this.routeSet = values.routeSet;
    this.remoteTarget = values.remoteTarget;
  }

  /** The dialog of a request that arrived and the response that forms it (section 12.1.1). `response` needs our To tag. */
  static ofServer(request: SipRequest, response: SipResponse): SipDialog {
    const from = request.headers.get('From') ?? '';
    const to = response.headers.get('To') ?? '';
    return new SipDialog({
      state: response.status < 200 ? 'early' : 'confirmed',
      sipCallId: request.headers.get('Call-ID') ?? '',
      localTag: tagOf(to) ?? '',
      remoteTag: tagOf(from) ?? '',
      localAddress: to,
      remoteAddress: from,
      localCSeq: 0,
      remoteCSeq: cseqNumber(request.headers.get('CSeq')),
      routeSet: request.headers.list('Record-Route'),
      remoteTarget: contactUri(request) ?? parseNameAddr(from)?.uri ?? '',
    });
  }

  /** The dialog of a request that was sent and the response that forms it (section 12.1.2). */
  static ofClient(request: SipRequest, response: SipResponse): SipDialog {
    const from = request.headers.get('From') ?? '';
    const to = response.headers.get('To') ?? '';
    return new SipDialog({
      state: response.status < 200 ? 'early' : 'confirmed',
      sipCallId: request.headers.get('Call-ID') ?? '',
      localTag: tagOf(from) ?? '',
      remoteTag: tagOf(to) ?? '',
      localAddress: from,
      remoteAddress: to,
      localCSeq: cseqNumber(request.headers.get('CSeq')) ?? 0,
      remoteCSeq: undefined,
      routeSet: response.headers.list('Record-Route').reverse(),
      remoteTarget: contactUri(response) ?? request.uri,
    });
  }

  /** `Call-ID` and both tags from this side: the key under which a dialog is kept. */
  get key(): string {
    return dialogKey(this.sipCallId, this.localTag, this.remoteTag);
  }

  /** The 2xx of the client INVITE that made this dialog early: the route set is computed anew (section 13.2.2.4). */
  confirm(response?: SipResponse): void {
    if (this.state !== 'early') return;
    this.state = 'confirmed';
    if (response === undefined) return;
    this.routeSet = response.headers.list('Record-Route').reverse();
    this.refreshTarget(response);
  }

  terminate(): void {
    this.state = 'terminated';
  }

  /** Takes the Contact of a target refresh (INVITE, UPDATE, their 2xx; sections 12.2.1.2 and 12.2.2). */
  refreshTarget(message: SipRequest | SipResponse): void {
    const uri = contactUri(message);
    if (uri !== undefined) this.remoteTarget = uri;
  }

  /** Judges a request of the peer by its CSeq and remembers the number (section 12.2.2); ACK and CANCEL are not judged. */
  receive(request: SipRequest): DialogJudgement {
    const number = cseqNumber(request.headers.get('CSeq')) ?? 0;
    if (request.method === 'ACK' || request.method === 'CANCEL') return 'in order';
    if (this.remoteCSeq !== undefined && number < this.remoteCSeq) return 'out of order';
    this.remoteCSeq = number;
    return 'in order';
  }

  /**
   * A request inside the dialog, CSeq counted up, route set and Request-URI as section 12.2.1.1 says for loose and strict routers.
   * Contact, body and Via are the caller's and the stack's. Not for ACK: see `createAck`.
   */
  createRequest(method: string): SipRequest {
    this.localCSeq += 1;
    return this.#create(method, this.localCSeq);
  }

  /** The ACK to the 2xx of an INVITE that carried this CSeq number (section 13.2.2.4). */
  createAck(inviteCSeq: number): SipRequest {
    return this.#create('ACK', inviteCSeq);
  }

  #create(method: string, cseq: number): SipRequest {
    const request = new SipRequest(method, this.remoteTarget);
    request.headers.append('Max-Forwards', '70');
    request.headers.append('From', this.localAddress);
    request.headers.append('To', this.remoteAddress);
    request.headers.append('Call-ID', this.sipCallId);
    request.headers.append('CSeq', `${cseq} ${method}`);
    applyRouteSet(request, this.routeSet, this.remoteTarget);
    return request;
  }
}

/**
 * Section 12.2.1.1: with a loose router on top the Request-URI is the remote target and all routes are Route lines; with a strict
 * router its URI becomes the Request-URI and the remote target goes to the end of the Route lines.
 */
export function applyRouteSet(request: SipRequest, routeSet: readonly string[], remoteTarget: string): void {
  const first = routeSet[0];
  if (first === undefined) return;
  const topUri = parseNameAddr(first)?.uri ?? first;
  if (parseSipUri(topUri)?.params.has('lr') !== false) {
    for (const route of routeSet) request.headers.append('Route', route);
    return;
  }
  request.uri = topUri.split('?')[0] ?? topUri;
  request.nextHopUri = request.uri;
  for (const route of routeSet.slice(1)) request.headers.append('Route', route);
  request.headers.append('Route', `<${remoteTarget}>`);
}

export function dialogKey(sipCallId: string, localTag: string, remoteTag: string): string {
  return `${sipCallId}\n${localTag}\n${remoteTag}`;
}

/** The number of a CSeq value, undefined when it is none or 2^31 or more (section 8.1.1.5). */
export function cseqNumber(value: string | undefined): number | undefined {
  const digits = value?.trimStart().split(/[ \t]/, 1)[0] ?? '';
  if (!/^\d{1,10}$/.test(digits)) return undefined;
  const number = Number(digits);
  return number < 2 ** 31 ? number : undefined;
}

/** The URI of the first Contact, undefined when there is none or it is `*`. */
export function contactUri(message: SipRequest | SipResponse): string | undefined {
  const first = message.headers.list('Contact')[0];
  return first === undefined ? undefined : parseNameAddr(first)?.uri;
}
