/**
 * FreeSWITCH's event socket as a test wants it to be: it answers what the test says, late or not at all, sends events, and any bytes.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';

export class ScriptedEventSocket {
  /** First lines of the commands, in order, over all connections. */
  readonly commands: string[] = [];
  password = 'password';
  connections = 0;
  /** The answer to an `api` line without the word `api`; null for none. */
  onApi: (line: string) => string | null = () => '+OK\n';
  greeting = 'Content-Type: auth/request\n\n';
  readonly #server: Server;
  readonly #waiters = new Set<{ readonly matches: RegExp; readonly resolve: (line: string) => void }>();
  #client: Socket | null = null;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedEventSocket> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedEventSocket(server);
  }

  get server(): {
    name: string;
    eventSocketHost: string;
    eventSocketPort: number;
    password: string;
    sipAddress: string;
  } {
    const { port } = this.#server.address() as AddressInfo;
    const [name, eventSocketHost, sipAddress] = ['fs1', '127.0.0.1', '127.0.0.1:5080'];
    return { name, eventSocketHost, eventSocketPort: port, password: 'password', sipAddress };
  }

  close(): void {
    this.dropClient();
    this.#server.close();
  }

  dropClient(): void {
    this.#client?.destroy();
    this.#client = null;
  }

  raw(bytes: string | Buffer): void {
    this.#client?.write(bytes);
  }

  /** A body that may be anything, framed as an event. */
  eventBody(body: string | Buffer): void {
    const bytes = Buffer.from(body as string);
    this.raw(Buffer.concat([Buffer.from(`Content-Length: ${bytes.length}\nContent-Type: text/event-json\n\n`), bytes]));
  }

  event(fields: Readonly<Record<string, string>>): void {
    this.eventBody(JSON.stringify(fields));
  }

  apiAnswer(body: string): void {
    this.raw(`Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`);
  }

  /** The next command that matches, from now on. */
  next(matches: RegExp): Promise<string> {
    return new Promise((resolve) => this.#waiters.add({ matches, resolve }));
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#client = socket;
    socket.on('error', () => undefined);
    socket.write(this.greeting);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => {
      rest += chunk;
      for (let end = rest.indexOf('\n\n'); end !== -1; end = rest.indexOf('\n\n')) {
        const [line = ''] = rest.slice(0, end).split('\n');
        rest = rest.slice(end + 2);
        this.#onCommand(line, socket);
      }
    });
  }

  #onCommand(line: string, socket: Socket): void {
    this.commands.push(line);
    if (line.startsWith('api ')) {
      const answer = this.onApi(line.slice(4));
      if (answer !== null) this.apiAnswer(answer);
    } else {
      const isRefused = line.startsWith('auth ') && line !== `auth ${this.password}`;
      const text = isRefused
        ? '-ERR invalid'
        : line.startsWith('auth ')
          ? '+OK accepted'
          : '+OK event listener enabled json';
      socket.write(`Content-Type: command/reply\nReply-Text: ${text}\n\n`);
      if (isRefused) socket.end();
    }
    for (const waiter of [...this.#waiters]) {
      if (!waiter.matches.test(line)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(line);
    }
  }
}
