/**
 * A request that arrived, with the ways to answer it: what `ServerTransaction` promises, on top of the state machines of section 17.2.
 * Made by the transaction layer, which also brings it retransmissions, ACKs and PRACKs.
 */
import { randomUUID } from 'node:crypto';
import { AcceptedResponse } from './accepted-response.js';
import { InviteServerTransaction, type ServerTransactionWires } from './invite-server-transaction.js';
import { tagOf } from './name-addr.js';
import { NonInviteServerTransaction } from './non-invite-server-transaction.js';
import { ReliableResponses } from './reliable-responses.js';
import type { AcceptHandlers, ReliableHandlers, ServerTransaction } from './server-transaction.js';
import type { SipClock, SipTimerValues } from './sip-clock.js';
import type { SentMessage, SipSource } from './sip-endpoint.js';
import { type SipRequest, SipResponse } from './sip-message.js';
import type { SipEnvelope } from './sip-parser.js';
import { newTag } from './sip-tokens.js';
import type { Hop } from './transport-layer.js';

/** What a transaction needs of the layer that made it. */
export interface UasWires {
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  send(bytes: Buffer, hop: Hop, onError: (error: Error) => void): SentMessage;
  /** Runs code of the user agent; an exception is reported and stays there. */
  guard(run: () => void): void;
  awaitAck(key: string, accepted: AcceptedResponse): void;
  forgetAck(key: string): void;
  /** A reliable provisional response went out with this To tag. */
  expectPracks(transaction: UasTransaction, localTag: string): void;
  onTerminated(transaction: UasTransaction): void;
}

export class UasTransaction implements ServerTransaction {
  readonly id = randomUUID();
  readonly request: SipRequest;
  readonly source: SipSource;
  readonly envelope: SipEnvelope;
  /** The keys under which the layer keeps it. */
  readonly key: string;
  readonly mergeKey: string;
  localTag = newTag();
  isCancelled = false;
  finalStatus: number | undefined;
  readonly #wires: UasWires;
  readonly #hop: Hop;
  readonly #machine: InviteServerTransaction | NonInviteServerTransaction;
  #lastSent: SentMessage | undefined;
  #accepted: AcceptedResponse | undefined;
  #reliables: ReliableResponses | undefined;

  constructor(
    request: SipRequest,
    envelope: SipEnvelope,
    source: SipSource,
    keys: { readonly key: string; readonly mergeKey: string; readonly hop: Hop },
    wires: UasWires,
  ) {
    this.request = request;
    this.envelope = envelope;
    this.source = source;
    this.key = keys.key;
    this.mergeKey = keys.mergeKey;
    this.#hop = keys.hop;
    this.#wires = wires;
    const machineWires: ServerTransactionWires = {
      clock: wires.clock,
      timers: wires.timers,
      isReliable: source.transport === 'tcp',
      send: (bytes) => this.#send(bytes),
      onTerminated: () => {
        this.#reliables?.cancel();
        wires.onTerminated(this);
      },
    };
    this.#machine =
      request.method === 'INVITE'
        ? new InviteServerTransaction(machineWires)
        : new NonInviteServerTransaction(machineWires);
  }

  get isAccepted(): boolean {
    return this.#machine instanceof InviteServerTransaction && this.#machine.isAccepted;
  }

  get isAwaitingPrack(): boolean {
    return this.#reliables?.isWaiting === true;
  }

  createResponse(status: number, reason?: string): SipResponse {
    const { headers } = this.request;
    const response = new SipResponse(status, reason);
    response.headers.copyFrom(headers, 'Via');
    response.headers.append('From', headers.get('From') ?? '');
    const to = headers.get('To') ?? '';
    response.headers.append('To', this.envelope.toTag !== '' || status === 100 ? to : `${to};tag=${this.localTag}`);
    response.headers.append('Call-ID', this.envelope.sipCallId);
    response.headers.append('CSeq', headers.get('CSeq') ?? '');
    if (status > 100 && status < 300) response.headers.copyFrom(headers, 'Record-Route');
    if (status === 100) response.headers.copyFrom(headers, 'Timestamp');
    return response;
  }

  respond(response: SipResponse): SentMessage | undefined {
    if (this.finalStatus !== undefined || this.#machine.isTerminated) return undefined;
    if (response.status >= 200) {
      this.finalStatus = response.status;
      this.#reliables?.stopRepeating();
    }
    this.#machine.handle({ type: 'respond', status: response.status, bytes: response.toBuffer() });
    return this.#lastSent;
  }

  accept(response: SipResponse, handlers: AcceptHandlers): SentMessage | undefined {
    const sent = this.respond(response);
    if (sent === undefined) return undefined;
    const key = ackKey(this.envelope, tagOf(response.headers.get('To')) ?? '');
    this.#accepted = new AcceptedResponse(
      {
        clock: this.#wires.clock,
        timers: this.#wires.timers,
        isReliable: this.source.transport === 'tcp',
        retransmit: () => this.#send(sent.bytes),
        onGone: () => this.#wires.forgetAck(key),
      },
      {
        onAck: (ack, source) => this.#wires.guard(() => handlers.onAck(ack, source)),
        onNoAck: () => this.#wires.guard(() => handlers.onNoAck()),
      },
    );
    this.#wires.awaitAck(key, this.#accepted);
    return sent;
  }

  respondReliably(response: SipResponse, handlers: ReliableHandlers): SentMessage | undefined {
    if (this.finalStatus !== undefined || this.#machine.isTerminated) return undefined;
    this.#reliables ??= new ReliableResponses({
      clock: this.#wires.clock,
      timers: this.#wires.timers,
      send: (bytes) => this.#machine.handle({ type: 'respond', status: 199, bytes }),
    });
    const rseq = this.#reliables.takeRseq();
    this.#wires.expectPracks(this, tagOf(response.headers.get('To')) ?? '');
    if (!response.headers.includesToken('Require', '100rel')) response.headers.append('Require', '100rel');
    response.headers.set('RSeq', String(rseq));
    const bytes = response.toBuffer();
    this.#reliables.add(rseq, bytes, {
      onPrack: (prack) => handlers.onPrack(prack),
      onNoPrack: () => this.#wires.guard(() => handlers.onNoPrack()),
    });
    const { transport, address, port } = this.source;
    const { localAddress, localPort } = this.source;
    return { bytes, transport, localAddress, localPort, remoteAddress: address, remotePort: port };
  }

  stopAwaitingAck(): void {
    this.#accepted?.cancel();
  }

  discard(): void {
    this.#accepted?.cancel();
    this.#machine.terminate();
  }

  /** The request again. */
  repeat(): void {
    this.#machine.handle({ type: 'request' });
  }

  /** The ACK to a non-2xx. */
  acknowledge(): void {
    if (this.#machine instanceof InviteServerTransaction) this.#machine.handle({ type: 'ack' });
  }

  /** The handlers that wait for a PRACK with this RSeq and CSeq number, undefined when there are none. */
  takePrack(rseq: number, cseqNumber: number): ReliableHandlers | undefined {
    return cseqNumber === this.envelope.cseqNumber ? this.#reliables?.acknowledge(rseq) : undefined;
  }

  #send(bytes: Buffer): void {
    this.#lastSent = this.#wires.send(bytes, this.#hop, () => this.#machine.handle({ type: 'transport error' }));
  }
}

/** Call-ID, both tags and the CSeq number: what an ACK to a 2xx has in common with its INVITE (section 13.2.2.4). */
export function ackKey(envelope: SipEnvelope, toTag: string): string {
  return `${envelope.sipCallId}\n${envelope.fromTag}\n${toTag}\n${envelope.cseqNumber}`;
}
