/**
 * One application on the control port. It frames, keeps what the application asked for, and ends the connection of one that sends
 * nonsense or does not read; it takes no decision about calls.
 *
 * States: waiting for the secret -> authenticated -> gone. Every state may go to gone.
 */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import { createFrame, FrameFault, FrameReader } from './control-frames.js';

/** The real server queues without end and then mixes its frames up; here an application that does not read is dropped. */
const MAX_WAITING_BYTES = 8 * 1_024 * 1_024;

export interface ControlClientHandlers {
  onPayload(payload: Buffer, client: ControlClient): void;
  onGone(client: ControlClient, reason: string): void;
}

export class ControlClient {
  readonly id = randomUUID();
  isAuthenticated = false;
  tags: ReadonlySet<string> = new Set();
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #handlers: ControlClientHandlers;
  #isGone = false;

  constructor(socket: Socket, handlers: ControlClientHandlers) {
    this.#socket = socket;
    this.#handlers = handlers;
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 45_000);
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', () => this.drop('connection broke'));
    socket.on('end', () => this.drop('connection closed'));
    socket.on('close', () => this.drop('connection closed'));
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  /** A message from or about the network: `uuid|sip|<meta>|<transaction>|<dialog>|<extra>` and the SIP message behind it. */
  sendSip(meta: string, transactionId: string, dialogId: string, extra: string, message: Buffer): void {
    this.#write(createFrame(`${randomUUID()}|sip|${meta}|${transactionId}|${dialogId}|${extra}\r\n`, message));
  }

  /** The answer to a message of the client: `uuid|response|msgId|text`, with a SIP message behind it where one was sent. */
  answer(msgId: string, text: string, message?: Buffer): void {
    const head = `${randomUUID()}|response|${msgId}|${text}`;
    this.#write(message === undefined ? createFrame(head) : createFrame(`${head}\r\n`, message));
  }

  /** Lets what was written go out, then closes. */
  dismiss(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#socket.destroySoon();
    this.#handlers.onGone(this, reason);
  }

  drop(reason: string): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#socket.destroy();
    this.#handlers.onGone(this, reason);
  }

  #write(frame: Buffer): void {
    if (this.#isGone) return;
    if (this.#socket.writableLength > MAX_WAITING_BYTES) {
      this.drop('does not read');
      return;
    }
    this.#socket.write(frame);
  }

  #receive(chunk: Buffer): void {
    if (this.#isGone) return;
    try {
      for (const payload of this.#frames.push(chunk)) {
        if (this.#isGone) return;
        this.#handlers.onPayload(payload, this);
      }
    } catch (error) {
      if (!(error instanceof FrameFault)) throw error;
      this.drop(error.message);
    }
  }
}
