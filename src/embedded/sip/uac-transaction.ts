/**
 * A request that was sent: what `ClientTransaction` promises, on top of the state machines of section 17.1. Made by the transaction
 * layer, which brings it the responses that carry its branch.
 */
import { randomUUID } from 'node:crypto';
import type { ClientTransaction, ClientTransactionHandlers } from './client-transaction.js';
import { InviteClientTransaction } from './invite-client-transaction.js';
import { tagOf } from './name-addr.js';
import { NonInviteClientTransaction } from './non-invite-client-transaction.js';
import type { SipClock, SipTimer, SipTimerValues } from './sip-clock.js';
import type { SentMessage, SipSource, SipTarget } from './sip-endpoint.js';
import { SipRequest, type SipResponse } from './sip-message.js';
import type { SipEnvelope } from './sip-parser.js';
import type { Hop } from './transport-layer.js';

export interface UacWires {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  send(bytes: Buffer, hop: Hop, onError: (error: Error) => void): SentMessage;
  /** Sends an ACK to a 2xx: Via added, hop found; calls back when it is known how it went out. */
  sendAck(ack: SipRequest, target: SipTarget | undefined, onSent: (sent: SentMessage, hop: Hop) => void): void;
  /** Sends a CANCEL in a transaction of its own, with the branch of this one. */
  sendCancel(cancel: SipRequest, branch: string, hop: Hop): void;
  guard(run: () => void): void;
  onTerminated(transaction: UacTransaction): void;
}

interface SentAck {
  readonly bytes: Buffer;
  readonly hop: Hop;
}

export class UacTransaction implements ClientTransaction {
  readonly id = randomUUID();
  readonly request: SipRequest;
  readonly branch: string;
  readonly #wires: UacWires;
  readonly #handlers: ClientTransactionHandlers;
  #machine: InviteClientTransaction | NonInviteClientTransaction | undefined;
  #hop: Hop | undefined;
  /** 2xx that were reported, by To tag, with the ACK once the user agent has sent it. */
  readonly #accepted = new Map<string, SentAck | undefined>();
  #cancel: 'none' | 'wanted' | 'sent' = 'none';
  #cancelRequest: SipRequest | undefined;
  #cancelTimer: SipTimer | undefined;
  #isQuiet = false;

  constructor(request: SipRequest, branch: string, handlers: ClientTransactionHandlers, wires: UacWires) {
    this.request = request;
    this.branch = branch;
    this.#handlers = handlers;
    this.#wires = wires;
  }

  /** The next hop is known and Via is in place: the request goes out. */
  start(hop: Hop): void {
    if (this.#isQuiet) return;
    this.#hop = hop;
    let first: SentMessage | undefined;
    const send = (bytes: Buffer) => {
      const sent = this.#wires.send(bytes, hop, (error) => machine.handle({ type: 'transport error', error }));
      first ??= sent;
    };
    const machineWires = {
      clock: this.#wires.clock,
      timers: this.#wires.timers,
      isReliable: hop.transport === 'tcp',
      request: this.request.toBuffer(),
      send,
      onTimeout: () => this.#report(() => this.#handlers.onTimeout()),
      onTransportError: (error: Error) => this.#report(() => this.#handlers.onTransportError(error)),
      onTerminated: () => this.#end(),
    };
    const machine =
      this.request.method === 'INVITE'
        ? new InviteClientTransaction(machineWires)
        : new NonInviteClientTransaction(machineWires);
    this.#machine = machine;
    machine.handle({ type: 'start' });
    const sent = first;
    if (sent !== undefined) this.#report(() => this.#handlers.onSent?.(sent, this.request));
  }

  /** The next hop cannot be found or reached. */
  fail(error: Error): void {
    this.#report(() => this.#handlers.onTransportError(error));
    this.#end();
  }

  /** The TCP connection to this peer is gone; without a final response that is a transport error (RFC 3261 section 17.1.4). */
  connectionClosed(address: string, port: number): void {
    const hop = this.#hop;
    if (hop?.transport !== 'tcp' || hop.address !== address || hop.port !== port) return;
    this.#machine?.handle({ type: 'transport error', error: new Error('connection closed') });
  }

  receive(response: SipResponse, envelope: SipEnvelope, source: SipSource): void {
    this.#machine?.handle({
      type: 'response',
      status: response.status,
      acknowledge: () => this.#createNon2xxAck(response).toBuffer(),
      pass: () => this.#pass(response, envelope, source),
    });
  }

  cancel(extraHeaders: readonly (readonly [name: string, value: string])[] = []): SipRequest | undefined {
    if (this.request.method !== 'INVITE' || this.#cancel !== 'none') return this.#cancelRequest;
    const machine = this.#machine;
    if (machine === undefined) {
      // Not sent yet: it never will be.
      this.fail(new Error('cancelled before it was sent'));
      return undefined;
    }
    if (!(machine instanceof InviteClientTransaction) || !machine.isPending) return undefined;
    const cancel = this.#createFromRequest('CANCEL');
    for (const [name, value] of extraHeaders) cancel.headers.append(name, value);
    this.#cancelRequest = cancel;
    this.#cancel = 'wanted';
    if (machine.isProceeding) this.#sendCancel();
    return cancel;
  }

  acknowledge(ack: SipRequest, handlers?: { onSent?(sent: SentMessage): void }, target?: SipTarget): void {
    const toTag = tagOf(ack.headers.get('To')) ?? '';
    this.#wires.sendAck(ack, target, (sent, hop) => {
      if (this.#accepted.has(toTag)) this.#accepted.set(toTag, { bytes: sent.bytes, hop });
      this.#wires.guard(() => handlers?.onSent?.(sent));
    });
  }

  discard(): void {
    this.#isQuiet = true;
    if (this.#machine === undefined) this.#end();
    else this.#machine.terminate();
  }

  #pass(response: SipResponse, envelope: SipEnvelope, source: SipSource): void {
    if (response.status < 200) {
      if (this.#cancel === 'wanted') this.#sendCancel();
      this.#report(() => this.#handlers.onProvisional?.(response, source));
      return;
    }
    this.#cancelTimer?.cancel();
    if (this.request.method === 'INVITE' && response.status < 300) {
      if (this.#accepted.has(envelope.toTag)) {
        // Section 13.2.2.4: the ACK again for each repetition; nothing as long as the user agent has not sent it.
        const ack = this.#accepted.get(envelope.toTag);
        if (ack !== undefined) this.#wires.send(ack.bytes, ack.hop, () => undefined);
        return;
      }
      this.#accepted.set(envelope.toTag, undefined);
    }
    this.#report(() => this.#handlers.onFinal(response, source));
  }

  #sendCancel(): void {
    const cancel = this.#cancelRequest;
    const hop = this.#hop;
    if (cancel === undefined || hop === undefined) return;
    this.#cancel = 'sent';
    this.#wires.sendCancel(cancel, this.branch, hop);
    // Section 9.1: without a final response 64*T1 after the CANCEL the INVITE is considered cancelled.
    this.#cancelTimer = this.#wires.clock.schedule(64 * this.#wires.timers.t1Ms, () => {
      this.#report(() => this.#handlers.onTimeout());
      this.#machine?.terminate();
    });
  }

  /** Section 17.1.1.3. */
  #createNon2xxAck(response: SipResponse): SipRequest {
    const ack = this.#createFromRequest('ACK');
    ack.headers.set('To', response.headers.get('To') ?? '');
    return ack;
  }

  /** CANCEL and ACK share Request-URI, topmost Via, Route, From, To, Call-ID and CSeq number with their INVITE (9.1, 17.1.1.3). */
  #createFromRequest(method: 'ACK' | 'CANCEL'): SipRequest {
    const { headers } = this.request;
    const request = new SipRequest(method, this.request.uri);
    request.headers.append('Via', headers.list('Via')[0] ?? '');
    request.headers.copyFrom(headers, 'Route');
    request.headers.append('Max-Forwards', '70');
    request.headers.append('From', headers.get('From') ?? '');
    request.headers.append('To', headers.get('To') ?? '');
    request.headers.append('Call-ID', headers.get('Call-ID') ?? '');
    request.headers.append('CSeq', `${Number.parseInt(headers.get('CSeq') ?? '0', 10)} ${method}`);
    return request;
  }

  #report(run: () => void): void {
    if (!this.#isQuiet) this.#wires.guard(run);
  }

  #end(): void {
    this.#isQuiet = true;
    this.#cancelTimer?.cancel();
    this.#wires.onTerminated(this);
  }
}
