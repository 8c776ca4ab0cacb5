/**
 * Matches messages to transactions (RFC 3261 sections 17.1.3 and 17.2.3), ACKs to 2xx and PRACKs to the responses they acknowledge,
 * CANCELs to INVITEs, and answers what no user agent has to see. Made by the stack; one entry in a map per transaction, each removed
 * by the transaction's own end.
 */
import type { AcceptedResponse } from './accepted-response.js';
import type { ServerTransaction } from './server-transaction.js';
import type { SipClock, SipTimerValues } from './sip-clock.js';
import type { SentMessage, SipSource } from './sip-endpoint.js';
import { type SipRequest, SipResponse } from './sip-message.js';
import type { ParsedMessage, SipEnvelope } from './sip-parser.js';
import { MAGIC_COOKIE, newTag } from './sip-tokens.js';
import type { Hop } from './transport-layer.js';
import type { UacTransaction } from './uac-transaction.js';
import { ackKey, UasTransaction, type UasWires } from './uas-transaction.js';
import { parseVia, stampVia, type Via } from './via.js';

export interface TransactionUser {
  onRequest(transaction: ServerTransaction): void;
  onCancel(transaction: ServerTransaction, cancel: SipRequest, source: SipSource): void;
  onStrayAck(ack: SipRequest, source: SipSource): void;
  onStrayResponse(response: SipResponse, source: SipSource): void;
  onMalformed(reason: string, source: SipSource): void;
  acceptSource(source: SipSource): boolean;
  guard(run: () => void): void;
}

export interface TransactionLayerOptions {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  /** `forced`: responses go to where the request came from even when the client did not ask (RFC 3581). */
  readonly rport: 'asked' | 'forced';
  send(bytes: Buffer, hop: Hop, onError: (error: Error) => void): SentMessage;
}

export class TransactionLayer {
  readonly servers = new Map<string, UasTransaction>();
  readonly clients = new Map<string, UacTransaction>();
  readonly #acks = new Map<string, AcceptedResponse>();
  /** Requests without To tag by what a merged copy has in common with them (section 8.2.2.2). */
  readonly #merges = new Map<string, UasTransaction>();
  /** INVITEs by Call-ID and both tags, as a PRACK names them. */
  readonly #invites = new Map<string, UasTransaction>();
  readonly #options: TransactionLayerOptions;
  readonly #user: TransactionUser;
  readonly #uasWires: UasWires;
  malformedCount = 0;
  refusedCount = 0;
  mergedCount = 0;

  constructor(options: TransactionLayerOptions, user: TransactionUser) {
    this.#options = options;
    this.#user = user;
    this.#uasWires = {
      clock: options.clock,
      timers: options.timers,
      send: (bytes, hop, onError) => options.send(bytes, hop, onError),
      guard: (run) => user.guard(run),
      awaitAck: (key, accepted) => this.#acks.set(key, accepted),
      forgetAck: (key) => this.#acks.delete(key),
      expectPracks: (transaction, localTag) => {
        const { sipCallId, fromTag } = transaction.envelope;
        this.#invites.set(`${sipCallId}\n${fromTag}\n${localTag}`, transaction);
      },
      onTerminated: (transaction) => this.#forget(transaction),
    };
  }

  get awaitingAckCount(): number {
    let count = 0;
    for (const accepted of this.#acks.values()) if (accepted.isWaiting) count += 1;
    return count;
  }

  get awaitingPrackCount(): number {
    let count = 0;
    for (const invite of this.#invites.values()) if (invite.isAwaitingPrack) count += 1;
    return count;
  }

  /** One message from the network, whatever it is. */
  receive(parsed: ParsedMessage, source: SipSource): void {
    switch (parsed.outcome) {
      case 'drop':
        this.#malformed(parsed.reason, source);
        return;
      case 'refuse':
        this.#malformed(parsed.reason, source);
        this.#replyStatelessly(parsed.request, parsed.status, source);
        return;
      case 'response':
        this.#receiveResponse(parsed.response, parsed.envelope, source);
        return;
      case 'request':
        this.#receiveRequest(parsed.request, parsed.envelope, source);
        return;
    }
  }

  close(): void {
    for (const accepted of [...this.#acks.values()]) accepted.cancel();
    for (const transaction of [...this.servers.values()]) transaction.discard();
    for (const transaction of [...this.clients.values()]) transaction.discard();
  }

  #malformed(reason: string, source: SipSource): void {
    this.malformedCount += 1;
    this.#user.guard(() => this.#user.onMalformed(reason, source));
  }

  #receiveResponse(response: SipResponse, envelope: SipEnvelope, source: SipSource): void {
    const branch = envelope.via.params.get('branch') ?? '';
    const client = this.clients.get(clientKey(branch, envelope.cseqMethod));
    if (client !== undefined) client.receive(response, envelope, source);
    else this.#user.guard(() => this.#user.onStrayResponse(response, source));
  }

  #receiveRequest(request: SipRequest, envelope: SipEnvelope, source: SipSource): void {
    const key = serverKey(request, envelope, request.method);
    const known = this.servers.get(key);
    if (request.method === 'ACK') {
      this.#receiveAck(request, envelope, source);
      return;
    }
    if (known !== undefined) {
      known.repeat();
      return;
    }
    if (request.method === 'CANCEL') {
      this.#receiveCancel(request, envelope, source, key);
      return;
    }
    const mergeKey =
      envelope.toTag === ''
        ? `${envelope.sipCallId}\n${envelope.fromTag}\n${envelope.cseqNumber} ${request.method}`
        : '';
    if (mergeKey !== '' && !this.#user.acceptSource(source)) {
      this.refusedCount += 1;
      return;
    }
    if (mergeKey !== '' && this.#merges.has(mergeKey)) {
      this.mergedCount += 1;
      this.#replyStatelessly(request, 482, source);
      return;
    }
    const transaction = this.#create(request, envelope, source, { key, mergeKey });
    if (request.method === 'PRACK') this.#receivePrack(transaction);
    else this.#user.guard(() => this.#user.onRequest(transaction));
  }

  /** To a non-2xx it belongs to the INVITE's transaction; to a 2xx it is a transaction of its own (section 17.1.1.3). */
  #receiveAck(ack: SipRequest, envelope: SipEnvelope, source: SipSource): void {
    const invite = this.servers.get(serverKey(ack, envelope, 'INVITE'));
    if (invite !== undefined && !invite.isAccepted) {
      invite.acknowledge();
      return;
    }
    this.#stamp(ack, envelope.via, envelope.viaText, source);
    const accepted = this.#acks.get(ackKey(envelope, envelope.toTag));
    if (accepted !== undefined) accepted.acknowledge(ack, source);
    else this.#user.guard(() => this.#user.onStrayAck(ack, source));
  }

  #receiveCancel(cancel: SipRequest, envelope: SipEnvelope, source: SipSource, key: string): void {
    const invite = this.servers.get(serverKey(cancel, envelope, 'INVITE'));
    if (invite === undefined && !this.#user.acceptSource(source)) {
      this.refusedCount += 1;
      return;
    }
    const transaction = this.#create(cancel, envelope, source, { key, mergeKey: '' });
    // As in both real servers a 2xx ends the INVITE's transaction for a CANCEL, and the call stands.
    if (invite === undefined || invite.isAccepted) {
      transaction.respond(transaction.createResponse(481));
      return;
    }
    // Section 9.2: the To tag of the response to the CANCEL is that of the responses to the INVITE.
    transaction.localTag = invite.localTag;
    transaction.respond(transaction.createResponse(200));
    if (invite.finalStatus !== undefined || invite.isCancelled) return;
    invite.isCancelled = true;
    this.#user.guard(() => this.#user.onCancel(invite, cancel, source));
  }

  /** RFC 3262 section 3: a PRACK that acknowledges nothing is answered 481. */
  #receivePrack(prack: UasTransaction): void {
    const { sipCallId, fromTag, toTag } = prack.envelope;
    const invite = this.#invites.get(`${sipCallId}\n${fromTag}\n${toTag}`);
    const rack = /^(\d{1,10})[ \t]+(\d{1,10})[ \t]+(\S+)$/.exec(prack.request.headers.get('RAck') ?? '');
    const handlers = rack?.[3] === 'INVITE' ? invite?.takePrack(Number(rack[1]), Number(rack[2])) : undefined;
    if (handlers === undefined && !this.#user.acceptSource(prack.source)) prack.discard();
    else if (handlers === undefined) prack.respond(prack.createResponse(481));
    else this.#user.guard(() => handlers.onPrack(prack));
  }

  #create(
    request: SipRequest,
    envelope: SipEnvelope,
    source: SipSource,
    keys: { readonly key: string; readonly mergeKey: string },
  ): UasTransaction {
    const hop = this.#stamp(request, envelope.via, envelope.viaText, source);
    const transaction = new UasTransaction(request, envelope, source, { ...keys, hop }, this.#uasWires);
    this.servers.set(keys.key, transaction);
    if (keys.mergeKey !== '') this.#merges.set(keys.mergeKey, transaction);
    return transaction;
  }

  #forget(transaction: UasTransaction): void {
    this.servers.delete(transaction.key);
    if (this.#merges.get(transaction.mergeKey) === transaction) this.#merges.delete(transaction.mergeKey);
    const { sipCallId, fromTag, toTag } = transaction.envelope;
    const inviteKey = `${sipCallId}\n${fromTag}\n${toTag === '' ? transaction.localTag : toTag}`;
    if (this.#invites.get(inviteKey) === transaction) this.#invites.delete(inviteKey);
  }

  /** Writes `received` and `rport` into the request's topmost Via and says where its responses go (18.2.2, RFC 3581 section 4). */
  #stamp(request: SipRequest, via: Via, viaText: string, source: SipSource): Hop {
    const isForced = this.#options.rport === 'forced' && source.transport === 'udp';
    const asked = isForced && !via.params.has('rport') ? { ...via, params: new Map(via.params).set('rport', '') } : via;
    const stamped = stampVia(viaText, asked, source.address, source.port);
    if (stamped !== viaText) {
      const below = request.headers.list('Via').slice(1);
      request.headers.set('Via', below.length === 0 ? stamped : `${stamped}, ${below.join(', ')}`);
    }
    const isToSource = asked.params.has('rport');
    return {
      transport: source.transport,
      address: source.address,
      port: isToSource ? source.port : via.port || 5_060,
      ...(source.connectionId === undefined ? {} : { connectionId: source.connectionId }),
      ...(source.listener === undefined ? {} : { listener: source.listener }),
    };
  }

  /** Section 8.2.7: no transaction is kept; the same request again gets the same answer again. */
  #replyStatelessly(request: SipRequest, status: number, source: SipSource): void {
    if (!this.#user.acceptSource(source)) {
      this.refusedCount += 1;
      return;
    }
    const viaText = request.headers.list('Via')[0];
    const via = viaText === undefined ? undefined : parseVia(viaText);
    if (viaText === undefined || via === undefined) return;
    const hop = this.#stamp(request, via, viaText, source);
    const response = new SipResponse(status);
    response.headers.copyFrom(request.headers, 'Via');
    for (const name of ['From', 'To', 'Call-ID', 'CSeq'] as const) {
      const value = request.headers.get(name);
      if (value === undefined) continue;
      const needsTag = name === 'To' && !/;\s*tag\s*=/i.test(value);
      response.headers.append(name, needsTag ? `${value};tag=${newTag()}` : value);
    }
    this.#options.send(response.toBuffer(), hop, () => undefined);
  }
}

export function clientKey(branch: string, method: string): string {
  return `${branch}\n${method}`;
}

/**
 * Section 17.2.3: branch, sent-by and method; for clients of RFC 2543, whose branch says nothing, what identifies the request. `method`
 * is INVITE to find the transaction that an ACK or CANCEL belongs to.
 */
function serverKey(request: SipRequest, envelope: SipEnvelope, method: string): string {
  const { via } = envelope;
  const branch = via.params.get('branch') ?? '';
  // A bare cookie is no unique branch (RFC 4475 section 3.2.1), so it counts as none.
  if (
    branch.length > MAGIC_COOKIE.length &&
    branch.slice(0, MAGIC_COOKIE.length).toLowerCase() === MAGIC_COOKIE.toLowerCase()
  ) {
    return `${branch}\n${via.host}:${via.port}\n${method}`;
  }
  const { sipCallId, fromTag, cseqNumber, viaText } = envelope;
  return `2543\n${sipCallId}\n${fromTag}\n${cseqNumber}\n${method}\n${request.uri}\n${viaText}`;
}
