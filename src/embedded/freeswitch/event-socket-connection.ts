/**
 * One event-socket connection, from a client (inbound) or to a program (the application `socket`): commands in, replies and
 * events out. Follows listener_run() of mod_event_socket.c. Commands run in order; while an `api` runs, events wait. A client
 * that does not read is cut off, so that it costs no more than its queue.
 *
 * States: waiting for auth -> open -> closed; an outbound one begins open.
 */
import type { Socket } from 'node:net';
import { executeApi } from './api-runner.js';
import { type ControlledChannel, MAX_LINGER_SECONDS, runSocketCommand } from './event-socket-commands.js';
import {
  AUTH_REQUEST,
  apiResponse,
  CommandReader,
  commandReply,
  disconnectNotice,
  eventFrame,
  GOODBYE,
  lingerNotice,
  type SocketCommand,
} from './event-socket-framing.js';
import { EventSubscription } from './event-subscription.js';
import type { SwitchCore } from './switch-core.js';
import type { SwitchEvent } from './switch-event.js';

export interface ConnectionOptions {
  readonly core: SwitchCore;
  readonly socket: Socket;
  /** Null: outbound, no password is asked. */
  readonly password: string | null;
  readonly controlled: ControlledChannel | null;
  readonly onClosed: () => void;
  /** The program on an outbound connection has said `connect`. */
  readonly onConnect?: () => void;
}

/** MAX_QUEUE_LEN of mod_event_socket.c, and a bound in bytes that FreeSWITCH has not. */
const MAX_QUEUED_EVENTS = 100_000;
const MAX_QUEUED_BYTES = 256 * 1024 * 1024;
/** What may wait in the socket's own buffer before events are queued, in bytes. */
const HIGH_WATER_BYTES = 4 * 1024 * 1024;
/** A client has this long to authenticate, as in FreeSWITCH. */
const AUTH_DEADLINE_MS = 25_000;
/** A peer that does not read the end is let go of after this. */
const CLOSE_DEADLINE_MS = 2_000;
const FLUSH_BATCH = 100;

export class EventSocketConnection {
  /** Resolves when the socket is closed. */
  readonly ended: Promise<void>;
  #resolveEnded: () => void = () => {};
  readonly #options: ConnectionOptions;
  readonly #reader = new CommandReader();
  readonly #subscription = new EventSubscription();
  readonly #commands: SocketCommand[] = [];
  readonly #queue: string[] = [];
  readonly #stopListening: () => void;
  #queuedBytes = 0;
  #isAuthed: boolean;
  #isBusy = false;
  #isClosed = false;
  #lingerSeconds: number | null = null;
  /** The deadline for auth, for lingering or for closing: there is never more than one. */
  #timer: NodeJS.Timeout | null = null;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#isAuthed = options.password === null;
    const { socket, core } = options;
    socket.setNoDelay(true);
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('drain', () => this.#flush());
    socket.on('error', () => socket.destroy());
    socket.on('end', () => this.close(null));
    socket.on('close', () => this.#onClosed());
    this.#stopListening = core.events.listen({
      wants: (name, subclass) => !this.#isClosed && this.#subscription.wants(name, subclass),
      deliver: (event) => this.#deliver(event),
    });
    if (!this.#isAuthed) {
      this.#write(AUTH_REQUEST);
      this.#setTimer(AUTH_DEADLINE_MS, () => this.close(GOODBYE));
    }
  }

  queuedEvents(): number {
    return this.#queue.length;
  }

  /** Sends the notice, if there is one, and ends the connection. */
  close(message: string | null): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    const { socket, controlled } = this.#options;
    if (message !== null && socket.writable) socket.write(disconnectNotice(message, controlled?.channel.uuid ?? null));
    this.#release();
    if (socket.writableLength > HIGH_WATER_BYTES) {
      socket.destroy();
      return;
    }
    socket.destroySoon();
    this.#setTimer(CLOSE_DEADLINE_MS, () => socket.destroy());
  }

  /** The controlled channel is gone: the connection ends, or lingers for the last events. */
  channelGone(): void {
    const channel = this.#options.controlled?.channel;
    if (channel === undefined || this.#isClosed) return;
    if (this.#lingerSeconds === null) {
      this.close(GOODBYE);
      return;
    }
    this.#write(lingerNotice(channel.uuid, channel.name, this.#lingerSeconds));
    const seconds = this.#lingerSeconds === -1 ? MAX_LINGER_SECONDS : this.#lingerSeconds;
    this.#setTimer(seconds * 1000, () => this.close(GOODBYE));
  }

  #setTimer(delayMs: number, fire: () => void): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(fire, delayMs);
  }

  #onData(bytes: Buffer): void {
    if (this.#isClosed) return;
    const commands = this.#reader.push(bytes);
    if (commands === null) {
      this.close(null);
      return;
    }
    this.#commands.push(...commands);
    this.#runCommands().catch((error: unknown) => this.#options.core.reportBug(error));
  }

  async #runCommands(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      for (let command = this.#commands.shift(); command !== undefined; command = this.#commands.shift()) {
        if (this.#isClosed) return;
        await this.#run(command);
      }
    } finally {
      this.#isBusy = false;
      this.#flush();
    }
  }

  async #run(command: SocketCommand): Promise<void> {
    const line = command.line.trim();
    if (/^(exit|\.\.\.)/i.test(line)) {
      this.#reply('+OK bye');
      this.close(GOODBYE);
    } else if (!this.#isAuthed) {
      this.#authenticate(line);
    } else if (/^api /i.test(line) && this.#options.controlled?.isFull !== false) {
      this.#write(apiResponse(await executeApi(this.#options.core, line.slice('api '.length).trim())));
    } else {
      this.#reply(runSocketCommand(this.#context(), command));
    }
  }

  #context(): Parameters<typeof runSocketCommand>[0] {
    const { core, controlled, onConnect } = this.#options;
    return {
      core,
      controlled,
      subscription: this.#subscription,
      write: (frame) => this.#write(frame),
      dropEvents: () => this.#dropEvents(),
      setLinger: (seconds) => {
        this.#lingerSeconds = seconds;
      },
      connected: () => onConnect?.(),
    };
  }

  /** One command at a time is all that a stranger may try; a wrong password ends the connection. */
  #authenticate(line: string): void {
    const password = /^auth (.*)$/is.exec(line)?.[1];
    if (password === undefined) {
      this.#reply('-ERR command not found');
    } else if (password === this.#options.password) {
      this.#isAuthed = true;
      if (this.#timer !== null) clearTimeout(this.#timer);
      this.#timer = null;
      this.#reply('+OK accepted');
    } else {
      this.#reply('-ERR invalid');
      this.close(GOODBYE);
    }
  }

  /** A reply is one line: what a caller has put into a variable must not begin another header. */
  #reply(text: string | null): void {
    if (text !== null) this.#write(commandReply(text.replaceAll(/[\r\n]+/g, ' ')));
  }

  #write(text: string): void {
    if (this.#options.socket.writable) this.#options.socket.write(text);
  }

  #deliver(event: SwitchEvent): void {
    if (!this.#subscription.passes(event)) return;
    const isJson = this.#subscription.format === 'json';
    const frame = eventFrame(isJson ? 'json' : 'plain', isJson ? event.toJson() : event.toPlain());
    const { socket } = this.#options;
    if (!this.#isBusy && this.#queue.length === 0 && socket.writableLength <= HIGH_WATER_BYTES) {
      this.#write(frame);
      return;
    }
    this.#queue.push(frame);
    this.#queuedBytes += frame.length;
    if (this.#queue.length > MAX_QUEUED_EVENTS || this.#queuedBytes > MAX_QUEUED_BYTES) {
      this.close('killed listener because of lost events\n');
    }
  }

  #flush(): void {
    const { socket } = this.#options;
    while (!this.#isBusy && this.#queue.length > 0 && socket.writableLength <= HIGH_WATER_BYTES) {
      const text = this.#queue.splice(0, FLUSH_BATCH).join('');
      this.#queuedBytes -= text.length;
      this.#write(text);
    }
  }

  #dropEvents(): void {
    this.#queue.length = 0;
    this.#queuedBytes = 0;
  }

  #release(): void {
    this.#stopListening();
    this.#dropEvents();
    this.#commands.length = 0;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #onClosed(): void {
    this.#isClosed = true;
    this.#release();
    this.#options.onClosed();
    this.#resolveEnded();
  }
}
