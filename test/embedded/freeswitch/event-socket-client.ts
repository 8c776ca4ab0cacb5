/**
 * An event-socket client that is nothing but a socket: it cuts frames by their Content-Length and keeps what came in order, so that a
 * fault in modesl or in ours cannot hide in the other. Closed at the end of the test that opened it.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Frame {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type EventFields = Readonly<Record<string, string>>;

export class EventSocketClient {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  /** Every event that came, in order; taking one does not remove it. */
  readonly events: EventFields[] = [];
  isClosed = false;
  #rest: Buffer = Buffer.alloc(0);
  #waiters: (() => void)[] = [];
  #taken = new Set<EventFields>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (bytes) => this.#onData(bytes));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.isClosed = true;
      this.#wake();
    });
  }

  static async open(port: number): Promise<EventSocketClient> {
    const socket = connect(port, '127.0.0.1');
    const client = new EventSocketClient(socket);
    await once(socket, 'connect');
    return client;
  }

  /** Authenticated and subscribed. */
  static async login(port: number, password: string, events: string): Promise<EventSocketClient> {
    const client = await EventSocketClient.open(port);
    await client.frame((one) => one.headers.get('Content-Type') === 'auth/request');
    await client.command(`auth ${password}`);
    await client.command(`event json ${events}`);
    return client;
  }

  send(text: string): void {
    this.socket.write(`${text}\n\n`);
  }

  /** The Reply-Text. */
  async command(text: string): Promise<string> {
    this.send(text);
    const reply = await this.frame((one) => one.headers.get('Content-Type') === 'command/reply');
    return reply.headers.get('Reply-Text') ?? '';
  }

  async api(text: string): Promise<string> {
    this.send(`api ${text}`);
    return (await this.frame((one) => one.headers.get('Content-Type') === 'api/response')).body;
  }

  execute(uuid: string, application: string, argument: string, extra = ''): Promise<string> {
    const lines = [`sendmsg ${uuid}`, 'call-command: execute', `execute-app-name: ${application}`];
    if (argument !== '') lines.push(`execute-app-arg: ${argument}`);
    if (extra !== '') lines.push(extra);
    return this.command(lines.join('\n'));
  }

  /** The next frame that matches, in order; it is taken out. */
  async frame(matches: (frame: Frame) => boolean): Promise<Frame> {
    for (;;) {
      const index = this.frames.findIndex(matches);
      const [found] = index < 0 ? [] : this.frames.splice(index, 1);
      if (found !== undefined) return found;
      await this.#change();
    }
  }

  /** The next event of this name, of this channel if given, not asked for before. */
  event(name: string, uuid?: string, matches: (event: EventFields) => boolean = () => true): Promise<EventFields> {
    return this.#take(
      (event) => event['Event-Name'] === name && (uuid === undefined || event['Unique-ID'] === uuid) && matches(event),
    );
  }

  custom(subclass: string, matches: (event: EventFields) => boolean = () => true): Promise<EventFields> {
    return this.#take((event) => event['Event-Subclass'] === subclass && matches(event));
  }

  async closed(): Promise<void> {
    while (!this.isClosed) await this.#change();
  }

  close(): void {
    this.socket.destroy();
  }

  async #take(matches: (event: EventFields) => boolean): Promise<EventFields> {
    for (;;) {
      const found = this.events.find((event) => !this.#taken.has(event) && matches(event));
      if (found !== undefined) {
        this.#taken.add(found);
        return found;
      }
      if (this.isClosed) throw new Error('the event socket closed while an event was waited for');
      await this.#change();
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #wake(): void {
    for (const waiter of this.#waiters.splice(0)) waiter();
  }

  #onData(bytes: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const end = this.#rest.indexOf('\n\n');
      if (end < 0) break;
      const headers = new Map<string, string>();
      for (const line of this.#rest.toString('utf8', 0, end).split('\n')) {
        const colon = line.indexOf(': ');
        if (colon > 0) headers.set(line.slice(0, colon), line.slice(colon + 2));
      }
      const length = Number(headers.get('Content-Length') ?? 0);
      if (this.#rest.length < end + 2 + length) break;
      const body = this.#rest.toString('utf8', end + 2, end + 2 + length);
      this.#rest = this.#rest.subarray(end + 2 + length);
      if (headers.get('Content-Type') === 'text/event-json') this.events.push(JSON.parse(body));
      else this.frames.push({ headers, body });
    }
    this.#wake();
  }
}
