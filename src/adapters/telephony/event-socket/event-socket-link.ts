/**
 * One inbound event socket to one FreeSWITCH, for all its calls: commands go out and are answered in order, events are handed to
 * their channel by Unique-ID. It reconnects by itself, subscribes again, and fails what was pending when the connection is lost.
 *
 * States: idle -> connecting -> up -> down -> connecting ...; closed from any of them.
 */
import type { Socket } from 'node:net';
import type { Connection } from 'modesl';
import modesl from 'modesl';
import type { Clock } from '../../../application/ports/clock.js';
import { messageOf, withDeadline } from '../deadline.js';
import type { Deadlines } from '../deadlines.js';
import type { Log } from '../log.js';
import { MediaServerLoad } from '../media-servers/media-server-load.js';
import { type ChannelEvent, LINK_CHECKED, LINK_REGAINED, readChannelEvent } from './channel-event.js';
import { type ApiCommand, command, isRepeatable } from './event-socket-command.js';
import { CommandFailedError, EventSocketLostError } from './event-socket-errors.js';

export interface MediaServerAddress {
  readonly name: string;
  readonly eventSocketHost: string;
  readonly eventSocketPort: number;
  readonly password: string;
  /** host:port of its drachtio_mrf profile. */
  readonly sipAddress: string;
}

export interface EventSocketOptions {
  readonly server: MediaServerAddress;
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines: Deadlines;
}

/** Each costs about 7 kB of JSON per call, so the list is as short as the calls allow. */
const EVENTS =
  'HEARTBEAT CHANNEL_BRIDGE CHANNEL_UNBRIDGE RECORD_STOP DTMF CUSTOM ringpost::greeted ringpost::buyer_ready ringpost::monitoring ringpost::prompted ringpost::held spandsp::rxfaxresult';

const RECONNECT_DELAYS_MS = [50, 100, 200, 500];

export class EventSocketLink {
  readonly name: string;
  readonly sipAddress: string;
  readonly load: MediaServerLoad;
  /** Who hears of a channel's events, by Unique-ID. */
  readonly channels = new Map<string, (event: ChannelEvent) => void>();
  readonly #options: EventSocketOptions;
  readonly #pending = new Set<(error: Error) => void>();
  readonly #waiting = new Set<(error: Error | null) => void>();
  #connection: Connection | null = null;
  #isUp = false;
  #isClosed = false;
  #attempt = 0;
  #detail = 'not connected yet';
  #stopTimer: (() => void) | null = null;
  #onUp: () => void = () => undefined;
  #onDown: () => void = () => undefined;
  #onRefused: () => void = () => undefined;
  #isRefusing = false;

  constructor(options: EventSocketOptions) {
    this.#options = options;
    this.name = options.server.name;
    this.sipAddress = options.server.sipAddress;
    this.load = new MediaServerLoad(options.clock);
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** Why it is down, as a clause. */
  get detail(): string {
    return this.#detail;
  }

  get pendingCount(): number {
    return this.#pending.size + this.#waiting.size;
  }

  /** Called at each change; `start` need not be awaited for it. `refused`: nobody listens there any more, so the server is gone. */
  onChange(up: () => void, down: () => void, refused: () => void = () => undefined): void {
    this.#onUp = up;
    this.#onDown = down;
    this.#onRefused = refused;
  }

  start(): void {
    this.#connect();
  }

  close(): void {
    this.#isClosed = true;
    this.#stopTimer?.();
    this.#connection?.socket?.destroy();
    for (const wake of [...this.#waiting]) wake(new EventSocketLostError(this.name));
  }

  /**
   * The answer of an `api` command. Rejects with CommandFailedError on `-ERR` and at the deadline. A link that is away is waited for, as
   * long as it takes to reconnect; EventSocketLostError when it does not come back, or took the command with it.
   */
  async api(line: ApiCommand, limitMs = this.#options.deadlines.commandMs): Promise<string> {
    const { clock } = this.#options;
    const endsAt = clock.monotonicMs() + limitMs;
    for (;;) {
      if (!this.#isUp) await this.#regained();
      try {
        return await this.#ask(line, Math.max(0, endsAt - clock.monotonicMs()));
      } catch (error) {
        const isLost = error instanceof EventSocketLostError && !this.#isClosed;
        if (!isLost || !isRepeatable(line) || clock.monotonicMs() >= endsAt) throw error;
      }
    }
  }

  async #ask(line: ApiCommand, limitMs: number): Promise<string> {
    const reply = await this.#exchange(line.name, limitMs, (connection, answer) =>
      connection.api(line.name, line.args, (event) => answer(event.getBody())),
    );
    if (reply.startsWith('-')) throw new CommandFailedError(line.name, reply);
    return reply;
  }

  /** Settles when the link is up again; rejects when it is not in time. */
  #regained(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new EventSocketLostError(this.name));
    return new Promise((resolve, reject) => {
      const { clock, deadlines } = this.#options;
      const wait = (error: Error | null): void => {
        stop();
        this.#waiting.delete(wait);
        if (error === null) resolve();
        else reject(error);
      };
      const stop = clock.startTimer(deadlines.flapMs, () => wait(new EventSocketLostError(this.name)));
      this.#waiting.add(wait);
    });
  }

  #exchange(
    what: string,
    limitMs: number,
    send: (connection: Connection, answer: (reply: string) => void) => void,
  ): Promise<string> {
    const work = new Promise<string>((resolve, reject) => {
      const connection = this.#connection;
      if (connection === null || connection.socket === null) return reject(new EventSocketLostError(this.name));
      const fail = (error: Error): void => {
        this.#pending.delete(fail);
        reject(error);
      };
      this.#pending.add(fail);
      this.#gatherWrites(connection.socket);
      send(connection, (reply) => {
        this.#pending.delete(fail);
        resolve(reply);
      });
    });
    return withDeadline(this.#options.clock, limitMs, `${what} on ${this.name}`, work);
  }

  /** modesl writes each command in pieces, and several commands often follow at once: they leave in one system call. */
  #gatherWrites(socket: Socket): void {
    if (socket.writableCorked > 0) return;
    socket.cork();
    process.nextTick(() => socket.uncork());
  }

  #connect(): void {
    if (this.#isClosed) return;
    const { eventSocketHost, eventSocketPort, password } = this.#options.server;
    const connection = new modesl.Connection(eventSocketHost, eventSocketPort, password, () => {
      this.#subscribe(connection).catch((error: unknown) => this.#discard(connection, messageOf(error)));
    });
    this.#connection = connection;
    const { clock, deadlines } = this.#options;
    this.#stopTimer?.();
    this.#stopTimer = clock.startTimer(deadlines.connectMs, () =>
      this.#discard(connection, `it takes a connection and says nothing for ${deadlines.connectMs} ms`),
    );
    const { socket } = connection;
    connection.on('error', (error: Error) => {
      this.#detail = error.message;
      this.#isRefusing = 'code' in error && error.code === 'ECONNREFUSED';
    });
    connection.on('esl::connect', () => {
      if (socket === null) return;
      // Nagle's algorithm and delayed ACKs together cost 44 ms a command.
      socket.setNoDelay(true);
      this.#guard(connection, socket);
    });
    connection.on('esl::event::auth::fail', () => this.#discard(connection, 'it refuses the password'));
    connection.on('esl::event::raw::text/rude-rejection', () =>
      this.#discard(connection, 'its access list refuses our address'),
    );
    socket?.on('close', () => this.#lost(connection));
  }

  /** modesl parses inside the socket's own callback: one byte that it does not like would end the process. */
  #guard(connection: Connection, socket: Socket): void {
    const [read] = socket.listeners('data');
    socket.removeAllListeners('data');
    socket.on('data', (chunk: Buffer) => {
      try {
        read?.call(socket, chunk);
      } catch (error) {
        this.#discard(connection, `what it sends cannot be read (${messageOf(error).slice(0, 80)})`);
      }
    });
    const { parser } = connection;
    const parseOther = parser._parseEvent.bind(parser);
    // Events are the hot path: they go straight to their channel, past two emitters with wildcards.
    parser._parseEvent = (headers, body) => {
      if (headers['Content-Type'] === 'text/event-json') this.#onEvent(body ?? '');
      else parseOther(headers, body);
    };
  }

  async #subscribe(connection: Connection): Promise<void> {
    const { commandMs } = this.#options.deadlines;
    const say = (line: string): Promise<string> =>
      this.#exchange(line, commandMs, (link, answer) =>
        link.sendRecv(line, (event) => answer(event.getHeader('Reply-Text') ?? '')),
      );
    // modesl has subscribed itself to every CHANNEL_EXECUTE_COMPLETE: twice the events.
    await say('noevents');
    const reply = await say(`event json ${EVENTS}`);
    if (!reply.startsWith('+OK')) throw new CommandFailedError('event', reply);
    if (connection !== this.#connection || this.#isClosed) return;
    this.#isUp = true;
    this.#isRefusing = false;
    this.#attempt = 0;
    this.#detail = 'the connection was closed';
    this.#options.log.info({ mediaServer: this.name }, 'the event socket is up');
    this.#schedulePing(connection);
    for (const wake of [...this.#waiting]) wake(null);
    for (const tell of [...this.channels.values()]) this.#contain(LINK_REGAINED, tell);
    this.#onUp();
  }

  #onEvent(json: string): void {
    const event = readChannelEvent(json);
    if (event === null) {
      this.#options.log.warn({ mediaServer: this.name, bytes: json.length }, 'an event cannot be read; it is dropped');
      return;
    }
    if (event.name === 'HEARTBEAT') this.load.onHeartbeat(event, this.channels.size);
    const tell = this.channels.get(event.channelId);
    if (tell !== undefined) this.#contain(event, tell);
  }

  #contain(event: ChannelEvent, tell: (event: ChannelEvent) => void): void {
    try {
      tell(event);
    } catch (error) {
      const { log } = this.#options;
      log.error({ event: event.name.slice(0, 60), detail: messageOf(error) }, 'an event could not be handled');
    }
  }

  #schedulePing(connection: Connection): void {
    const { clock, deadlines } = this.#options;
    this.#stopTimer?.();
    this.#stopTimer = clock.startTimer(deadlines.pingIntervalMs, () => {
      this.#ask(command('uuid_exists', 'ping'), deadlines.pongMs).then(
        () => {
          this.#schedulePing(connection);
          for (const tell of [...this.channels.values()]) this.#contain(LINK_CHECKED, tell);
        },
        () => this.#discard(connection, `it does not answer within ${deadlines.pongMs} ms`),
      );
    });
  }

  #discard(connection: Connection, detail: string): void {
    if (connection !== this.#connection) return;
    this.#detail = detail;
    if (connection.socket === null) this.#lost(connection);
    else connection.socket.destroy();
  }

  #lost(connection: Connection): void {
    if (connection !== this.#connection) return;
    const { clock, log } = this.#options;
    this.#connection = null;
    const wasUp = this.#isUp;
    this.#isUp = false;
    const error = new EventSocketLostError(this.name);
    for (const fail of [...this.#pending]) fail(error);
    this.#stopTimer?.();
    if (this.#isClosed) return;
    if (wasUp) log.error({ mediaServer: this.name, detail: this.#detail }, 'the event socket is lost');
    const delayMs = RECONNECT_DELAYS_MS[Math.min(this.#attempt, RECONNECT_DELAYS_MS.length - 1)] ?? 500;
    this.#attempt += 1;
    this.#stopTimer = clock.startTimer(delayMs, () => this.#connect());
    if (wasUp) this.#onDown();
    else if (this.#isRefusing) this.#onRefused();
  }
}
