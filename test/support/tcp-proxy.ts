/**
 * A TCP connection with somebody in between who can cut it, hold it up, or change what passes: what a network or a broken server does to
 * the control links.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
}

export class TcpProxy {
  readonly #listener: Server;
  readonly #pairs = new Set<Pair>();
  /** Connections that have been opened to it. */
  connections = 0;
  #isStalled = false;
  #change: ((bytes: Buffer) => Buffer) | null = null;

  private constructor(listener: Server, targetPort: number) {
    this.#listener = listener;
    listener.on('connection', (client) => this.#join(client, targetPort));
  }

  static async start(targetPort: number): Promise<TcpProxy> {
    const listener = createServer();
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    return new TcpProxy(listener, targetPort);
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  cut(): void {
    for (const { client, server } of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** Connections stay open, also new ones, and nothing passes in either direction: half-open, as behind a firewall that forgot them. */
  stall(): void {
    this.#isStalled = true;
  }

  /** Connections of the stall stay dead; new ones pass. */
  resume(): void {
    this.#isStalled = false;
  }

  /** The next bytes from the server are changed on their way. */
  spoilNext(change: (bytes: Buffer) => Buffer): void {
    this.#change = change;
  }

  /** Bytes that the server never sent. */
  inject(bytes: string | Buffer): void {
    for (const { client } of this.#pairs) client.write(bytes);
  }

  close(): void {
    this.cut();
    this.#listener.close();
  }

  #join(client: Socket, targetPort: number): void {
    this.connections += 1;
    const server = connect(targetPort, '127.0.0.1');
    const pair = { client, server };
    this.#pairs.add(pair);
    let isDead = this.#isStalled;
    const pass = (to: Socket, bytes: Buffer): void => {
      isDead ||= this.#isStalled;
      if (!isDead) to.write(bytes);
    };
    client.on('data', (bytes: Buffer) => pass(server, bytes));
    server.on('data', (bytes: Buffer) => {
      const change = this.#change;
      this.#change = null;
      pass(client, change === null ? bytes : change(bytes));
    });
    for (const socket of [client, server]) {
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#pairs.delete(pair);
        client.destroy();
        server.destroy();
      });
    }
  }
}
