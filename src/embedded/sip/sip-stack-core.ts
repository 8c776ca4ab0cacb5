/**
 * Ties transports, parser and transactions together; `createSipStack` hands it out as a `SipStack`. It fills in what RFC 3261 section
 * 8.1.1 wants of every request and finds the next hop; it takes no decision about calls.
 */
import type { ClientTransaction, ClientTransactionHandlers } from './client-transaction.js';
import { nextHopOf, resolveName } from './next-hop.js';
import { RFC3261_TIMERS, type SipClock, type SipTimerValues, systemClock } from './sip-clock.js';
import type { SentMessage, SipListener, SipTarget } from './sip-endpoint.js';
import type { SipRequest } from './sip-message.js';
import { parseSipMessage } from './sip-parser.js';
import type { SipStack, SipStackCounts, SipStackOptions } from './sip-stack-options.js';
import { newBranch } from './sip-tokens.js';
import { formatHostPort } from './sip-uri.js';
import { TrackedClock } from './tracked-clock.js';
import { clientKey, TransactionLayer } from './transaction-layer.js';
import { type BoundListener, type Hop, TransportLayer } from './transport-layer.js';
import { UacTransaction, type UacWires } from './uac-transaction.js';

const DEFAULT_MAX_MESSAGE_BYTES = 65_535;
const DEFAULT_MAX_TCP_CONNECTIONS = 1_024;

export class SipStackCore implements SipStack {
  readonly timers: SipTimerValues;
  readonly #options: SipStackOptions;
  readonly #clock: TrackedClock;
  readonly #transports: TransportLayer;
  readonly #transactions: TransactionLayer;
  readonly #uacWires: UacWires;
  #isClosed = false;

  constructor(options: SipStackOptions) {
    this.#options = options;
    this.timers = { ...RFC3261_TIMERS, ...options.timers };
    this.#clock = new TrackedClock(options.clock ?? systemClock);
    const limits = {
      maxMessageBytes: options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES,
      maxTcpConnections: options.maxTcpConnections ?? DEFAULT_MAX_TCP_CONNECTIONS,
    };
    this.#transports = new TransportLayer(this.#clock, limits, {
      onMessage: (bytes, source, mode) => {
        if (!isKeepAlive(bytes)) this.#transactions.receive(parseSipMessage(bytes, mode), source);
      },
      onBroken: (reason, head, source) => {
        const parsed = head === undefined ? undefined : parseSipMessage(head, 'framed');
        const isAnswerable = parsed?.outcome === 'refuse';
        this.#transactions.receive(isAnswerable ? parsed : { outcome: 'drop', reason }, source);
      },
      onConnectionClosed: (address, port) => {
        for (const client of [...this.#transactions.clients.values()]) client.connectionClosed(address, port);
      },
    });
    this.#transactions = this.#createTransactions();
    this.#uacWires = {
      clock: this.#clock,
      timers: this.timers,
      send: (bytes, hop, onError) => this.#transports.send(bytes, hop, onError),
      sendAck: (ack, target, onSent) => this.#sendAck(ack, target, onSent),
      sendCancel: (cancel, branch, hop) => this.#sendCancel(cancel, branch, hop),
      guard: (run) => this.#guard(run),
      onTerminated: ({ branch, request }) => this.#transactions.clients.delete(clientKey(branch, request.method)),
    };
  }

  get clock(): SipClock {
    return this.#clock;
  }

  listen(listeners: readonly SipListener[]): Promise<void> {
    return this.#transports.listen(listeners);
  }

  addresses(): readonly BoundListener[] {
    return this.#transports.addresses();
  }

  reaches(target: SipTarget): boolean {
    return this.#transports.listenerFor(target) >= 0;
  }

  isConnected(connectionId: number): boolean {
    return this.#transports.isConnected(connectionId);
  }

  hostPortFor(target: SipTarget): string {
    const { address, port } = this.#transports.localHostPort(target);
    return formatHostPort(address, port);
  }

  request(request: SipRequest, handlers: ClientTransactionHandlers, target?: SipTarget): ClientTransaction {
    const branch = newBranch();
    const transaction = new UacTransaction(request, branch, handlers, this.#uacWires);
    this.#transactions.clients.set(clientKey(branch, request.method), transaction);
    if (!request.headers.has('Max-Forwards')) request.headers.append('Max-Forwards', '70');
    if (!request.headers.has('CSeq')) request.headers.append('CSeq', `1 ${request.method}`);
    this.#resolve(
      request,
      target,
      (hop) => {
        this.#addVia(request, branch, hop);
        transaction.start(hop);
      },
      (error) => transaction.fail(error),
    );
    return transaction;
  }

  counts(): SipStackCounts {
    return {
      serverTransactions: this.#transactions.servers.size,
      clientTransactions: this.#transactions.clients.size,
      awaitingAck: this.#transactions.awaitingAckCount,
      awaitingPrack: this.#transactions.awaitingPrackCount,
      timers: this.#clock.runningCount,
      tcpConnections: this.#transports.connectionCount,
      malformed: this.#transactions.malformedCount,
      refused: this.#transactions.refusedCount,
      merged: this.#transactions.mergedCount,
    };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#transactions.close();
    this.#clock.close();
    await this.#transports.close();
  }

  #createTransactions(): TransactionLayer {
    const options = this.#options;
    return new TransactionLayer(
      {
        clock: this.#clock,
        timers: this.timers,
        rport: options.rport ?? 'asked',
        send: (bytes, hop, onError) => this.#transports.send(bytes, hop, onError),
      },
      {
        onRequest: (transaction) => options.onRequest(transaction),
        onCancel: (transaction, cancel, source) => options.onCancel(transaction, cancel, source),
        onStrayAck: (ack, source) => options.onStrayAck?.(ack, source),
        onStrayResponse: (response, source) => options.onStrayResponse?.(response, source),
        onMalformed: (reason, source) => options.onMalformed?.(reason, source),
        acceptSource: (source) => options.acceptSource?.(source) ?? true,
        guard: (run) => this.#guard(run),
      },
    );
  }

  #guard(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.#options.onBug?.(error);
    }
  }

  /** Finds the next hop, at once for IP literals; `onFailure` runs later. */
  #resolve(
    request: SipRequest,
    target: SipTarget | undefined,
    onHop: (hop: Hop) => void,
    onFailure: (error: Error) => void,
  ): void {
    const found = target === undefined ? nextHopOf(request) : { kind: 'address' as const, target };
    const take = (hop: SipTarget): void => {
      if (this.reaches(hop)) onHop(hop);
      else queueMicrotask(() => onFailure(new Error('requested protocol/transport not available')));
    };
    switch (found.kind) {
      case 'address':
        take(found.target);
        return;
      case 'unreachable':
        queueMicrotask(() => onFailure(new Error(found.reason)));
        return;
      case 'name':
        resolveName(found).then(
          (hop) => {
            if (!this.#isClosed) take(hop);
          },
          (error: unknown) => onFailure(error instanceof Error ? error : new Error(String(error))),
        );
        return;
    }
  }

  #addVia(request: SipRequest, branch: string, hop: Hop): void {
    const { address, port } = this.#transports.localHostPort(hop);
    const transport = hop.transport.toUpperCase();
    // RFC 3581 is about UDP; on a connection the answer finds its way back.
    const rport = hop.transport === 'udp' ? ';rport' : '';
    request.headers.prepend('Via', `SIP/2.0/${transport} ${formatHostPort(address, port)}${rport};branch=${branch}`);
  }

  #sendAck(ack: SipRequest, target: SipTarget | undefined, onSent: (sent: SentMessage, hop: Hop) => void): void {
    this.#resolve(
      ack,
      target,
      (hop) => {
        this.#addVia(ack, newBranch(), hop);
        onSent(
          this.#transports.send(ack.toBuffer(), hop, () => undefined),
          hop,
        );
      },
      () => undefined,
    );
  }

  #sendCancel(cancel: SipRequest, branch: string, hop: Hop): void {
    const nothing = { onFinal: () => undefined, onTimeout: () => undefined, onTransportError: () => undefined };
    const transaction = new UacTransaction(cancel, branch, nothing, this.#uacWires);
    this.#transactions.clients.set(clientKey(branch, 'CANCEL'), transaction);
    transaction.start(hop);
  }
}

/** What keeps a NAT binding open: line ends only, or a few zero bytes. Neither is SIP, neither is malformed. */
function isKeepAlive(bytes: Buffer): boolean {
  return bytes.length <= 4 && bytes.every((byte) => byte === 0x0d || byte === 0x0a || byte === 0x00);
}
