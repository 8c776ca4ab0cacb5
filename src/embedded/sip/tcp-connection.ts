/**
 * One TCP connection that carries SIP, either way round. The transport layer makes it; it frames what comes in, bounds what waits to
 * go out, and gives up on peers that begin a message and do not end it.
 *
 * States: open -> closed (peer, error, limit, `close`).
 */
import type { Socket } from 'node:net';
import type { SipClock, SipTimer } from './sip-clock.js';
import { type Frame, TcpFramer } from './tcp-framer.js';

export interface TcpConnectionHandlers {
  onMessage(bytes: Buffer, connection: TcpConnection): void;
  /** The stream cannot be followed: `head` may be answered, then the connection closes. */
  onBroken(reason: string, head: Buffer | undefined, connection: TcpConnection): void;
  onClosed(connection: TcpConnection): void;
}

/** A message that has begun has to be complete after this time. */
const PARTIAL_MESSAGE_MS = 32_000;
/** A connection without traffic for so long is closed, as the real servers' stack closes it. */
const IDLE_MS = 1_800_000;
/** A peer that does not read has this much waiting for it, then the connection ends. */
const MAX_WAITING_BYTES = 4 * 1_024 * 1_024;

export class TcpConnection {
  readonly id: number;
  readonly listener: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly #socket: Socket;
  readonly #framer: TcpFramer;
  readonly #handlers: TcpConnectionHandlers;
  readonly #clock: SipClock;
  #partialTimer: SipTimer | undefined;
  #idleTimer: SipTimer;
  #lastTrafficMs: number;
  #isOpen = true;

  constructor(
    id: number,
    listener: number,
    remote: { readonly address: string; readonly port: number },
    socket: Socket,
    maxMessageBytes: number,
    clock: SipClock,
    handlers: TcpConnectionHandlers,
  ) {
    this.id = id;
    this.listener = listener;
    this.remoteAddress = remote.address;
    this.remotePort = remote.port;
    this.#socket = socket;
    this.#framer = new TcpFramer(maxMessageBytes);
    this.#clock = clock;
    this.#handlers = handlers;
    this.#lastTrafficMs = clock.nowMs();
    this.#idleTimer = clock.schedule(IDLE_MS, () => this.#checkIdle());
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.close());
    socket.on('end', () => this.close());
    socket.on('close', () => this.close());
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** `onError` runs when the bytes did not leave: the connection could not be made, broke, or the peer does not read. */
  write(bytes: Buffer, onError: (error: Error) => void): void {
    if (!this.#isOpen || this.#socket.writableLength > MAX_WAITING_BYTES) {
      this.close();
      queueMicrotask(() => onError(new Error('connection closed')));
      return;
    }
    this.#lastTrafficMs = this.#clock.nowMs();
    this.#socket.write(bytes, (error) => {
      if (error) onError(error);
    });
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#partialTimer?.cancel();
    this.#idleTimer.cancel();
    this.#socket.destroy();
    this.#handlers.onClosed(this);
  }

  /** Lets what is waiting go out, then closes. */
  closeGently(): void {
    this.#socket.end(() => this.close());
  }

  #checkIdle(): void {
    const remainingMs = this.#lastTrafficMs + IDLE_MS - this.#clock.nowMs();
    if (remainingMs <= 0) this.close();
    else this.#idleTimer = this.#clock.schedule(remainingMs, () => this.#checkIdle());
  }

  #receive(chunk: Buffer): void {
    this.#lastTrafficMs = this.#clock.nowMs();
    for (const frame of this.#framer.push(chunk)) this.#take(frame);
    this.#partialTimer?.cancel();
    this.#partialTimer = undefined;
    if (this.#isOpen && this.#framer.isPartial) {
      this.#partialTimer = this.#clock.schedule(PARTIAL_MESSAGE_MS, () => this.close());
    }
  }

  #take(frame: Frame): void {
    if (!this.#isOpen) return;
    switch (frame.kind) {
      case 'message':
        this.#handlers.onMessage(frame.bytes, this);
        return;
      case 'ping':
        this.write(Buffer.from('\r\n'), () => undefined);
        return;
      case 'broken':
        this.#handlers.onBroken(frame.reason, frame.head, this);
        this.closeGently();
        return;
    }
  }
}
