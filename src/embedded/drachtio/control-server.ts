/**
 * The control port: takes connections on loopback, lets in who knows the secret, answers `authenticate`, `route`, `remove_route` and
 * `ping`, and hands `sip` messages on. Unlike the real server it accepts nothing before the secret.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { isLoopback } from '../sip/local-address.js';
import type { SipClock } from '../sip/sip-clock.js';
import type { ClientRegistry } from './client-registry.js';
import { ControlClient } from './control-client.js';
import { type ControlMessage, parseControlMessage } from './control-message.js';

/** The version that drachtio-srf reads; from v0.8.2 on it sends pings. */
export const DRACHTIO_VERSION = 'v0.9.10';
/** A connection that has not said the secret by then is closed. */
const AUTHENTICATE_WITHIN_MS = 10_000;
const MAX_CONNECTIONS = 200;

export interface ControlServerOptions {
  readonly host: string;
  readonly port: number;
  readonly secret: string;
  readonly clock: SipClock;
  readonly clients: ClientRegistry;
  /** `udp/127.0.0.1:5060,tcp/127.0.0.1:5060` as peers see us, and as bound. */
  hostports(): { readonly advertised: string; readonly local: string };
  onSip(message: ControlMessage, client: ControlClient): void;
  onGone(client: ControlClient): void;
  log(event: string, details: Readonly<Record<string, string | number>>): void;
}

export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #server: Server;
  readonly #connections = new Set<ControlClient>();

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => {
      if (this.#connections.size >= MAX_CONNECTIONS) {
        socket.destroy();
        return;
      }
      const deadline = options.clock.schedule(AUTHENTICATE_WITHIN_MS, () => {
        if (!client.isAuthenticated) client.drop('did not authenticate');
      });
      const client: ControlClient = new ControlClient(socket, {
        onPayload: (payload, from) => this.#receive(payload, from),
        onGone: (gone, reason) => {
          deadline.cancel();
          this.#connections.delete(gone);
          options.clients.leave(gone);
          options.log('control client gone', { reason });
          options.onGone(gone);
        },
      });
      this.#connections.add(client);
    });
  }

  /** Throws when the host is no loopback address: whoever reaches this port controls all calls. */
  async listen(): Promise<number> {
    const { host, port } = this.#options;
    if (!isLoopback(host) && host !== 'localhost')
      throw new Error(`the control port binds to loopback only, not to ${host}`);
    this.#server.listen(port, host);
    await once(this.#server, 'listening');
    this.#server.on('error', () => undefined);
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const client of [...this.#connections]) client.drop('server closes');
    await closed;
  }

  #receive(payload: Buffer, client: ControlClient): void {
    const message = parseControlMessage(payload);
    if (message === undefined) {
      this.#refuse(client, payload.toString('latin1').split('\r\n', 1)[0] ?? '', 'Invalid message format');
      return;
    }
    if (message.type === 'authenticate') this.#authenticate(message, client);
    else if (!client.isAuthenticated) this.#refuse(client, message.msgId, 'not authenticated');
    else this.#serve(message, client);
  }

  #authenticate(message: ControlMessage, client: ControlClient): void {
    if (!isSame(message.tokens[2] ?? '', this.#options.secret)) {
      this.#refuse(client, message.msgId, 'incorrect secret');
      return;
    }
    client.isAuthenticated = true;
    client.tags = new Set((message.tokens[3] ?? '').split(',').filter((tag) => tag !== ''));
    this.#options.clients.join(client);
    const { advertised, local } = this.#options.hostports();
    client.answer(message.msgId, `OK|${advertised}|${DRACHTIO_VERSION}|${local}`);
    this.#options.log('control client authenticated', { tags: [...client.tags].join(',') });
  }

  #serve(message: ControlMessage, client: ControlClient): void {
    const { msgId, tokens } = message;
    switch (message.type) {
      case 'ping':
        client.answer(msgId, 'OK|pong');
        return;
      case 'route':
        this.#options.clients.addRoute(client, (tokens[2] ?? '').toLowerCase());
        client.answer(msgId, 'OK');
        return;
      case 'remove_route':
        this.#options.clients.removeRoutes(client);
        client.answer(msgId, 'OK');
        return;
      case 'sip':
        this.#options.onSip(message, client);
        return;
      case 'proxy':
        client.answer(
          msgId,
          'NOK|the embedded switch does not proxy requests; answer them and place a call of your own',
        );
        return;
      default:
        this.#refuse(client, msgId, 'Unknown message type');
        return;
    }
  }

  /** An answer `NO` ends the connection, as in the real server. */
  #refuse(client: ControlClient, msgId: string, reason: string): void {
    client.answer(msgId, `NO|${reason}`);
    client.dismiss(reason);
  }
}

/** Compares in time that does not depend on how much is right. */
function isSame(left: string, right: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text, 'latin1').digest();
  return timingSafeEqual(digest(left), digest(Buffer.from(right, 'utf8').toString('latin1')));
}
