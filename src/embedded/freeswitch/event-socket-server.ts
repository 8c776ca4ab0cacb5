/**
 * The event socket: listens for clients on the loopback and connects out for the application `socket`. Made by freeswitch.ts. It
 * refuses to listen anywhere else, because whoever reaches it and knows the password commands every call.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { separate } from './argument-list.js';
import type { Channel } from './channel.js';
import { EventSocketConnection } from './event-socket-connection.js';
import { park } from './park.js';
import type { SwitchCore } from './switch-core.js';

export interface EventSocketOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly password: string;
}

/** More clients than these are closed at once. */
const MAX_CONNECTIONS = 200;
const CONNECT_DEADLINE_MS = 5_000;
const DEFAULT_OUTBOUND_PORT = 8084;

export class EventSocketServer {
  readonly #connections = new Set<EventSocketConnection>();
  readonly #options: EventSocketOptions;
  readonly #server: Server;
  #core: SwitchCore | null = null;

  private constructor(options: EventSocketOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
  }

  /** Rejects when the address cannot be bound or is not a loopback address. */
  static async listen(options: EventSocketOptions): Promise<EventSocketServer> {
    if (!/^(127\.|::1$|localhost$)/.test(options.address)) {
      throw new Error(`the event socket binds to the loopback only, not to ${options.address}`);
    }
    const server = new EventSocketServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port, options.address, () => {
        server.#server.off('error', reject);
        resolve();
      });
    });
    return server;
  }

  /** Clients that came before are served from now on; there are none, as nobody knows the port yet. */
  serve(core: SwitchCore): void {
    this.#core = core;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  connectionCount(): number {
    return this.#connections.size;
  }

  queuedEvents(): number {
    return [...this.#connections].reduce((sum, connection) => sum + connection.queuedEvents(), 0);
  }

  /**
   * The application `socket host:port [async] [full]`: the program controls the channel, which waits parked. Resolves when the
   * connection has ended or the channel is taken away; the dialplan goes on after it.
   */
  async connectOut(core: SwitchCore, channel: Channel, argument: string): Promise<void> {
    const [hosts = '', ...words] = separate(argument, ' ', 10);
    const socket = await this.#connectFirst(channel, hosts.split('|'));
    if (socket === null) return;
    let isOver = false;
    let isConnected = false;
    const flags = words.map((word) => word.toLowerCase());
    const connection = this.#add(core, socket, {
      password: null,
      controlled: { channel, isFull: flags.includes('full'), isAsync: flags.includes('async') },
      onConnect: () => {
        isConnected = true;
        channel.notify();
      },
      onClosed: () => {
        isOver = true;
        forget();
        channel.flags.delete('controlled');
        channel.notify();
      },
    });
    const forget = channel.whenGone(() => connection.channelGone());
    while (channel.isReady && !isOver && !isConnected) await channel.signal.wait();
    if (!isOver) await park(core, channel);
  }

  async close(): Promise<void> {
    const connections = [...this.#connections];
    for (const connection of connections) connection.close('The system is being shut down.\n');
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all(connections.map((connection) => connection.ended));
  }

  #accept(socket: Socket): void {
    if (this.#core === null || this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    this.#add(this.#core, socket, { password: this.#options.password, controlled: null, onClosed: () => {} });
  }

  #add(
    core: SwitchCore,
    socket: Socket,
    options: Omit<ConstructorParameters<typeof EventSocketConnection>[0], 'core' | 'socket'>,
  ): EventSocketConnection {
    const connection = new EventSocketConnection({
      ...options,
      core,
      socket,
      onClosed: () => {
        this.#connections.delete(connection);
        options.onClosed();
      },
    });
    this.#connections.add(connection);
    return connection;
  }

  async #connectFirst(channel: Channel, hosts: readonly string[]): Promise<Socket | null> {
    for (const text of hosts) {
      const match = /^\[?([^\]/]+?)\]?(?::(\d{1,5}))?(?:\/.*)?$/.exec(text);
      if (match === null || channel.isDown) continue;
      channel.variables.setChecked('socket_host', match[1] ?? '');
      const socket = await connectTo(match[1] ?? '', Number(match[2] ?? DEFAULT_OUTBOUND_PORT));
      if (socket !== null) return socket;
    }
    return null;
  }
}

/** Null: refused, unreachable, or not there within the deadline. */
function connectTo(host: string, port: number): Promise<Socket | null> {
  if (!(port > 0 && port < 65_536)) return Promise.resolve(null);
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const timer = setTimeout(() => fail(), CONNECT_DEADLINE_MS);
    const fail = (): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(null);
    };
    socket.once('error', fail);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', fail);
      resolve(socket);
    });
  });
}
