/**
 * Requests of applications outside dialogs: filling them in as drachtio does, sending them, and passing back what comes. Called by the
 * control server; requests inside dialogs go to in-dialog-sends.ts.
 */
import { randomInt, randomUUID } from 'node:crypto';
import { tagOf } from '../sip/name-addr.js';
import { type NextHop, nextHopOfUri, resolveName } from '../sip/next-hop.js';
import { cseqNumber, SipDialog } from '../sip/sip-dialog.js';
import type { SipTarget } from '../sip/sip-endpoint.js';
import { SipRequest } from '../sip/sip-message.js';
import { newSipCallId, newTag } from '../sip/sip-tokens.js';
import { formatHostPort, parseSipUri } from '../sip/sip-uri.js';
import { applyHeaders, contentTypeOf, replaceLocalhost, withBrackets } from './app-headers.js';
import type { ControlClient } from './control-client.js';
import { type ControlMessage, parseRequestLine } from './control-message.js';
import { DrachtioDialog } from './drachtio-dialog.js';
import type { InviteOutcomes } from './invite-outcomes.js';
import { sentRequestMeta } from './meta-line.js';
import { deliverFailure, deliverResponse } from './response-delivery.js';
import type { Switchboard } from './switchboard.js';
import { looseRouterOf, withoutRoutes } from './uri-routes.js';

/** What drachtio's `sip_method_t` knows; other methods are refused. */
export const KNOWN_METHODS: ReadonlySet<string> = new Set([
  'INVITE',
  'ACK',
  'CANCEL',
  'BYE',
  'OPTIONS',
  'REGISTER',
  'INFO',
  'PRACK',
  'UPDATE',
  'MESSAGE',
  'SUBSCRIBE',
  'NOTIFY',
  'REFER',
  'PUBLISH',
]);

interface WantedRequest {
  readonly method: string;
  readonly uri: string;
  readonly routes: readonly string[];
}

export class OutboundRequests {
  readonly #board: Switchboard;
  readonly #inviteOutcomes: InviteOutcomes;

  constructor(board: Switchboard, inviteOutcomes: InviteOutcomes) {
    this.#board = board;
    this.#inviteOutcomes = inviteOutcomes;
  }

  send(message: ControlMessage, client: ControlClient): void {
    const { method, uri: wholeUri } = parseRequestLine(message.startLine);
    const { uri, routes } = withoutRoutes(wholeUri);
    const isTel = uri.toLowerCase().startsWith('tel:');
    if (!KNOWN_METHODS.has(method) || (!isTel && parseSipUri(uri) === undefined)) {
      client.answer(message.msgId, `NOK|invalid request-uri: ${message.startLine}`);
      return;
    }
    const proxy = message.tokens[4] ?? '';
    const hop = nextHopOfUri(
      proxy === '' ? (looseRouterOf(routes) ?? uri) : /^sips?:/i.test(proxy) ? proxy : `sip:${proxy}`,
    );
    switch (hop.kind) {
      case 'unreachable':
        client.answer(message.msgId, 'NOK|requested protocol/transport not available');
        return;
      case 'address':
        this.#sendTo(message, client, { method, uri, routes }, hop.target, proxy !== '');
        return;
      case 'name':
        this.#resolve(hop, message, client, (target) =>
          this.#sendTo(message, client, { method, uri, routes }, target, proxy !== ''),
        );
        return;
    }
  }

  /** CANCEL of an INVITE by its transaction id. The 200 to it stays here, the 487 comes as the INVITE's answer. */
  cancel(message: ControlMessage, client: ControlClient): void {
    const id = message.tokens[2] ?? '';
    const dialog = this.#board.dialogs.byInviteId(id);
    const invite = dialog?.clientInvite;
    if (dialog === undefined || dialog.role !== 'uac') {
      client.answer(message.msgId, `NOK|unable to cancel unknown transaction id: ${id}`);
      return;
    }
    dialog.isCancelled = true;
    const extra = message.headers
      .entries()
      .filter(
        ({ key }) =>
          !['from', 'to', 'contact', 'call-id', 'cseq', 'via', 'route', 'content-length', 'max-forwards'].includes(key),
      )
      .map(({ name, value }) => [name, value] as const);
    const cancel = invite?.transaction.cancel(extra);
    if (cancel === undefined || invite?.sent === undefined) {
      client.answer(message.msgId, `NOK|internal server error canceling transaction id: ${id}`);
      return;
    }
    const bytes = cancel.toBuffer();
    const meta = sentRequestMeta({ ...invite.sent, bytes });
    client.answer(message.msgId, `OK|${meta}|${randomUUID()}|Msg sent:|`, bytes);
  }

  #resolve(
    hop: NextHop & { readonly kind: 'name' },
    message: ControlMessage,
    client: ControlClient,
    onTarget: (target: SipTarget) => void,
  ): void {
    resolveName(hop).then(onTarget, () => client.answer(message.msgId, `NOK|host not found: ${hop.host}`));
  }

  #sendTo(
    message: ControlMessage,
    client: ControlClient,
    wanted: WantedRequest,
    target: SipTarget,
    isProxied: boolean,
  ): void {
    const { method, uri } = wanted;
    if (!this.#board.stack.reaches(target)) {
      client.answer(message.msgId, 'NOK|requested protocol/transport not available');
      return;
    }
    if (this.#isOurs(uri, target)) {
      client.answer(message.msgId, 'NOK|can not send request to myself');
      return;
    }
    const contentType = message.body.length === 0 ? '' : contentTypeOf(message.headers, message.body);
    if (contentType === undefined) {
      client.answer(message.msgId, 'NOK|missing content-type');
      return;
    }
    const request = this.#create(message, wanted, target);
    if (contentType !== '') request.setBody(contentType, message.body);
    if (method === 'INVITE') this.#invite(request, target, isProxied, message, client);
    else this.#sendPlain(request, target, message, client);
  }

  /** Fills in what the application left out; what it gave wins. */
  #create(message: ControlMessage, { method, uri, routes }: WantedRequest, target: SipTarget): SipRequest {
    const { headers } = message;
    const hostPort = this.#board.stack.hostPortFor(target);
    const contact = this.#board.contactFor(target);
    const request = new SipRequest(method, uri);
    request.headers.append('Max-Forwards', '70');
    for (const route of routes) request.headers.append('Route', route);
    const from = withBrackets(replaceLocalhost(headers.get('From') ?? contact, hostPort));
    request.headers.append('From', tagOf(from) === undefined ? `${from};tag=${newTag()}` : from);
    request.headers.append('To', withBrackets(replaceLocalhost(headers.get('To') ?? uri, hostPort)));
    request.headers.append('Call-ID', headers.get('Call-ID') ?? newSipCallId());
    const cseq = cseqNumber(headers.get('CSeq')) ?? randomInt(1, 2 ** 27);
    request.headers.append('CSeq', `${cseq} ${method}`);
    if (method === 'INVITE' || method === 'SUBSCRIBE') request.headers.append('Contact', contact);
    applyHeaders(request.headers, headers, hostPort);
    return request;
  }

  #sendPlain(request: SipRequest, target: SipTarget, message: ControlMessage, client: ControlClient): void {
    const id = randomUUID();
    const transaction = this.#board.stack.request(
      request,
      {
        onSent: (sent) => client.answer(message.msgId, `OK|${sentRequestMeta(sent)}|${id}|Msg sent:|`, sent.bytes),
        onProvisional: (response, source) => {
          if (response.status > 100) deliverResponse(client, id, '', response, source);
        },
        onFinal: (response, source) => deliverResponse(client, id, '', response, source),
        onTimeout: () => deliverFailure(client, id, '', transaction.request, 408, target),
        onTransportError: () => deliverFailure(client, id, '', transaction.request, 503, target),
      },
      target,
    );
  }

  #invite(
    request: SipRequest,
    target: SipTarget,
    isProxied: boolean,
    message: ControlMessage,
    client: ControlClient,
  ): void {
    const id = randomUUID();
    const to = request.headers.get('To') ?? '';
    const from = request.headers.get('From') ?? '';
    const cseq = cseqNumber(request.headers.get('CSeq')) ?? 1;
    const sip = new SipDialog({
      state: 'early',
      sipCallId: request.headers.get('Call-ID') ?? '',
      localTag: tagOf(from) ?? '',
      remoteTag: tagOf(to) ?? '',
      localAddress: from,
      remoteAddress: to,
      localCSeq: cseq,
      remoteCSeq: undefined,
      routeSet: [],
      remoteTarget: request.uri,
    });
    const dialog = new DrachtioDialog('uac', sip, id, request.headers.get('Contact') ?? this.#board.contactFor(target));
    dialog.client = client;
    dialog.localSdp = request.body;
    dialog.localContentType = request.headers.get('Content-Type') ?? dialog.localContentType;
    if (isProxied) dialog.forcedTarget = target;
    this.#board.dialogs.add(dialog);
    this.#inviteOutcomes.sendInvite(dialog, request, target, (sent) =>
      client.answer(message.msgId, `OK|${sentRequestMeta(sent)}|${id}|Msg sent:|`, sent.bytes),
    );
  }

  /** drachtio refuses a Request-URI that is one of its own addresses. */
  #isOurs(uri: string, target: SipTarget): boolean {
    const parsed = parseSipUri(uri);
    if (parsed === undefined) return false;
    const hostPort = formatHostPort(parsed.host, parsed.port || 5_060);
    const local = this.#board.stack.addresses().some(({ address, advertisedAddress, port }) => {
      return hostPort === formatHostPort(address, port) || hostPort === formatHostPort(advertisedAddress, port);
    });
    return local || (hostPort === this.#board.stack.hostPortFor(target) && parsed.host === target.address);
  }
}
