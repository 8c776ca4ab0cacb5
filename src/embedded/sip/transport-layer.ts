/**
 * The sockets of one SIP stack: UDP and TCP listeners, TCP connections of both directions, and the choice of the one a message
 * leaves by (RFC 3261 section 18). It knows nothing of SIP but the framing.
 */
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, isIPv6, type Server, type Socket } from 'node:net';
import { isLoopback, isWildcard, localAddressFor, plainAddress } from './local-address.js';
import type { SipClock } from './sip-clock.js';
import type { SentMessage, SipListener, SipSource, SipTarget } from './sip-endpoint.js';
import type { ParseMode } from './sip-parser.js';
import { formatHostPort } from './sip-uri.js';
import { TcpConnection } from './tcp-connection.js';

/** Where a message goes: by a known connection or listener if there is one, else by the best listener. */
export interface Hop extends SipTarget {
  readonly connectionId?: number;
  readonly listener?: number;
}

export interface TransportHandlers {
  onMessage(bytes: Buffer, source: SipSource, mode: ParseMode): void;
  onBroken(reason: string, head: Buffer | undefined, source: SipSource): void;
  /** A TCP connection to this peer is gone: what waits for an answer over it waits in vain. */
  onConnectionClosed(address: string, port: number): void;
}

export interface BoundListener extends SipListener {
  readonly advertisedAddress: string;
}

interface Bound {
  readonly listener: BoundListener;
  readonly udp?: UdpSocket;
  readonly tcp?: Server;
}

export interface TransportLimits {
  readonly maxMessageBytes: number;
  readonly maxTcpConnections: number;
}

const RECEIVE_BUFFER_BYTES = 4 * 1_024 * 1_024;

export class TransportLayer {
  readonly #bound: Bound[] = [];
  readonly #connections = new Map<number, TcpConnection>();
  /** The connection to use for a peer, by its `address:port`. */
  readonly #byRemote = new Map<string, TcpConnection>();
  readonly #clock: SipClock;
  readonly #limits: TransportLimits;
  readonly #handlers: TransportHandlers;
  #nextConnectionId = 1;

  constructor(clock: SipClock, limits: TransportLimits, handlers: TransportHandlers) {
    this.#clock = clock;
    this.#limits = limits;
    this.#handlers = handlers;
  }

  async listen(listeners: readonly SipListener[]): Promise<void> {
    for (const listener of listeners) {
      if (listener.transport === 'udp') await this.#listenUdp(listener);
      else await this.#listenTcp(listener);
    }
  }

  addresses(): readonly BoundListener[] {
    return this.#bound.map((bound) => bound.listener);
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  isConnected(connectionId: number): boolean {
    return this.#connections.has(connectionId);
  }

  /** The listener by which this target is reached; -1 when none has its transport and address family. */
  listenerFor(target: Hop): number {
    if (target.listener !== undefined && this.#bound[target.listener]?.listener.transport === target.transport) {
      return target.listener;
    }
    const fits = (bound: Bound) =>
      bound.listener.transport === target.transport && isIPv6(bound.listener.address) === isIPv6(target.address);
    const best = this.#bound.findIndex(
      (bound) =>
        fits(bound) &&
        (isWildcard(bound.listener.address) || isLoopback(bound.listener.address) === isLoopback(target.address)),
    );
    return best >= 0 ? best : this.#bound.findIndex(fits);
  }

  /** What Via and Contact say for messages to this target: the advertised address, or ours on the way to it. */
  localHostPort(target: Hop): { address: string; port: number } {
    const listener = this.#bound[this.listenerFor(target)]?.listener;
    if (listener === undefined) return { address: localAddressFor(target.address), port: 5_060 };
    const isOpen = isWildcard(listener.address) && isWildcard(listener.advertisedAddress);
    return { address: isOpen ? localAddressFor(target.address) : listener.advertisedAddress, port: listener.port };
  }

  /** Puts bytes on the wire. `onError` runs later, at most once, when they did not leave. */
  send(bytes: Buffer, hop: Hop, onError: (error: Error) => void): SentMessage {
    const local = this.localHostPort(hop);
    const at = this.listenerFor(hop);
    const sent = {
      bytes,
      transport: hop.transport,
      localAddress: local.address,
      localPort: local.port,
      remoteAddress: hop.address,
      remotePort: hop.port,
    };
    if (hop.transport === 'tcp') {
      this.#connectionFor(hop, at).write(bytes, onError);
      return sent;
    }
    const socket = this.#bound[at]?.udp;
    if (socket === undefined || hop.port < 1) {
      queueMicrotask(() => onError(new Error('no listener for this target')));
      return sent;
    }
    socket.send(bytes, hop.port, hop.address, (error) => {
      if (error) onError(error);
    });
    return sent;
  }

  async close(): Promise<void> {
    const ends: Promise<unknown>[] = [];
    for (const { udp, tcp } of this.#bound) {
      if (udp !== undefined) ends.push(new Promise<void>((resolve) => udp.close(() => resolve())));
      if (tcp !== undefined) ends.push(new Promise<void>((resolve) => tcp.close(() => resolve())));
    }
    this.#bound.length = 0;
    for (const connection of [...this.#connections.values()]) connection.close();
    await Promise.all(ends);
  }

  async #listenUdp(listener: SipListener): Promise<void> {
    const udp = createSocket({ type: isIPv6(listener.address) ? 'udp6' : 'udp4' });
    udp.bind(listener.port, listener.address);
    await once(udp, 'listening').catch((error: unknown) => {
      udp.close();
      throw error;
    });
    udp.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
    const at = this.#keep({ listener: withPort(listener, udp.address().port), udp });
    // An ICMP error or a full send buffer reaches us through the callback of `send`; here there is nothing to add.
    udp.on('error', () => undefined);
    udp.on('message', (bytes: Buffer, remote: RemoteInfo) => {
      if (bytes.length > this.#limits.maxMessageBytes) return;
      this.#handlers.onMessage(bytes, this.#source('udp', at, remote.address, remote.port), 'datagram');
    });
  }

  async #listenTcp(listener: SipListener): Promise<void> {
    const tcp = createServer({ noDelay: true });
    tcp.listen(listener.port, listener.address);
    await once(tcp, 'listening');
    const address = tcp.address();
    const port = typeof address === 'object' && address !== null ? address.port : listener.port;
    const at = this.#keep({ listener: withPort(listener, port), tcp });
    tcp.on('error', () => undefined);
    tcp.on('connection', (socket: Socket) => {
      const remote = { address: plainAddress(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 };
      if (this.#connections.size >= this.#limits.maxTcpConnections || remote.port === 0) socket.destroy();
      else this.#adopt(socket, at, remote);
    });
  }

  #keep(bound: Bound): number {
    return this.#bound.push(bound) - 1;
  }

  #connectionFor(hop: Hop, listener: number): TcpConnection {
    const known = hop.connectionId === undefined ? undefined : this.#connections.get(hop.connectionId);
    if (known !== undefined) return known;
    const existing = this.#byRemote.get(formatHostPort(hop.address, hop.port));
    if (existing !== undefined) return existing;
    const from = this.#bound[listener]?.listener.address;
    const socket = connect({
      host: hop.address,
      port: hop.port,
      ...(from === undefined || isWildcard(from) ? {} : { localAddress: from }),
    });
    return this.#adopt(socket, listener, hop);
  }

  #adopt(socket: Socket, listener: number, remote: { readonly address: string; readonly port: number }): TcpConnection {
    const id = this.#nextConnectionId++;
    const connection = new TcpConnection(id, listener, remote, socket, this.#limits.maxMessageBytes, this.#clock, {
      onMessage: (bytes, from) => this.#handlers.onMessage(bytes, this.#sourceOf(from), 'framed'),
      onBroken: (reason, head, from) => this.#handlers.onBroken(reason, head, this.#sourceOf(from)),
      onClosed: (closed) => this.#forget(closed),
    });
    this.#connections.set(id, connection);
    this.#byRemote.set(formatHostPort(remote.address, remote.port), connection);
    return connection;
  }

  #forget(connection: TcpConnection): void {
    this.#connections.delete(connection.id);
    const key = formatHostPort(connection.remoteAddress, connection.remotePort);
    if (this.#byRemote.get(key) === connection) this.#byRemote.delete(key);
    this.#handlers.onConnectionClosed(connection.remoteAddress, connection.remotePort);
  }

  #sourceOf(connection: TcpConnection): SipSource {
    const { remoteAddress, remotePort, listener, id } = connection;
    return { ...this.#source('tcp', listener, remoteAddress, remotePort), connectionId: id };
  }

  #source(transport: 'udp' | 'tcp', listener: number, address: string, port: number): SipSource {
    const local = this.localHostPort({ transport, address, port, listener });
    return {
      transport,
      address: plainAddress(address),
      port,
      listener,
      localAddress: local.address,
      localPort: local.port,
    };
  }
}

function withPort(listener: SipListener, port: number): BoundListener {
  return { ...listener, port, advertisedAddress: listener.advertisedAddress ?? listener.address };
}
