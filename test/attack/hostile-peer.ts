/**
 * A SIP peer that is nothing but a socket: it sends the bytes that it is told and keeps every message that comes, one byte a character.
 * It uses none of the project's code, so that a fault there cannot hide itself.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect } from 'node:net';

export interface SipText {
  readonly startLine: string;
  readonly text: string;
  readonly body: string;
  /** 0 for a request. */
  readonly status: number;
  /** Of the request, or of the CSeq of a response. */
  readonly method: string;
  /** The first header with this name, '' when there is none. */
  header(name: string): string;
  headers(name: string): readonly string[];
}

export interface HostilePeerOptions {
  readonly transport?: 'udp' | 'tcp';
  /** Local address; 127.0.0.1 belongs to the tests' trunk. */
  readonly address?: string;
  readonly remotePort: number;
}

type Matches = (message: SipText) => boolean;

export function readSip(text: string): SipText {
  const end = text.indexOf('\r\n\r\n');
  const [startLine = '', ...lines] = text.slice(0, end < 0 ? undefined : end).split('\r\n');
  const headers = (name: string): string[] =>
    lines
      .filter((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      .map((line) => line.slice(line.indexOf(':') + 1).trim());
  const header = (name: string): string => headers(name)[0] ?? '';
  const status = Number(/^SIP\/2\.0 (\d{3}) /.exec(startLine)?.[1] ?? 0);
  const method = status === 0 ? (startLine.split(' ')[0] ?? '') : (header('cseq').split(' ')[1] ?? '');
  return { startLine, text, body: end < 0 ? '' : text.slice(end + 4), status, method, header, headers };
}

export class HostilePeer {
  readonly transport: 'udp' | 'tcp';
  readonly address: string;
  readonly port: number;
  readonly seen: SipText[] = [];
  bytesReceived = 0;
  readonly #write: (bytes: Buffer, port: number) => Promise<void>;
  readonly #end: () => Promise<void>;
  readonly #remotePort: number;
  readonly #waiters = new Set<{ matches: Matches; resolve: (message: SipText) => void }>();
  #rest = '';

  private constructor(
    options: Required<HostilePeerOptions>,
    port: number,
    write: (bytes: Buffer, port: number) => Promise<void>,
    end: () => Promise<void>,
  ) {
    this.transport = options.transport;
    this.address = options.address;
    this.#remotePort = options.remotePort;
    this.port = port;
    this.#write = write;
    this.#end = end;
  }

  static open(options: HostilePeerOptions): Promise<HostilePeer> {
    const all = { transport: 'udp' as const, address: '127.0.0.1', ...options };
    return all.transport === 'udp' ? HostilePeer.#openUdp(all) : HostilePeer.#openTcp(all);
  }

  static async #openUdp(options: Required<HostilePeerOptions>): Promise<HostilePeer> {
    const socket = createSocket('udp4');
    socket.bind(0, options.address);
    await once(socket, 'listening');
    const peer: HostilePeer = new HostilePeer(
      options,
      socket.address().port,
      (bytes, port) => new Promise((resolve) => socket.send(bytes, port, '127.0.0.1', () => resolve())),
      async () => {
        socket.close();
        await once(socket, 'close');
      },
    );
    socket.on('message', (bytes) => peer.#take(bytes.toString('latin1')));
    return peer;
  }

  static async #openTcp(options: Required<HostilePeerOptions>): Promise<HostilePeer> {
    const socket = connect({ port: options.remotePort, host: '127.0.0.1', localAddress: options.address });
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    const peer: HostilePeer = new HostilePeer(
      options,
      socket.localPort ?? 0,
      (bytes) => new Promise((resolve) => (socket.destroyed ? resolve() : socket.write(bytes, () => resolve()))),
      async () => {
        socket.destroy();
      },
    );
    socket.on('data', (chunk: Buffer) => peer.#takeStream(chunk.toString('latin1')));
    return peer;
  }

  /** `port` is that of the public SIP listener when it is left out. Settles when the bytes are on their way. */
  send(bytes: string | Buffer, port = this.#remotePort): Promise<void> {
    return this.#write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, port);
  }

  /** The first message that matches, also one that has come already, after so many others that match too. */
  next(matches: Matches, skip = 0): Promise<SipText> {
    let left = skip;
    const counted: Matches = (message) => matches(message) && left-- <= 0;
    const earlier = this.seen.find(counted);
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((resolve) => {
      const waiter = {
        matches: counted,
        resolve: (message: SipText) => {
          this.#waiters.delete(waiter);
          resolve(message);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /**
   * After `skip` others. One that is sent again because its answer was slow is the same request (RFC 3261 section 17.2.3); an ACK is sent again
   * for each 200 that comes again, and counts.
   */
  request(method: string, skip = 0): Promise<SipText> {
    const transactions = new Set<string>();
    return this.next((message) => {
      if (message.status !== 0 || message.method !== method) return false;
      const transaction = message.header('via');
      if (method !== 'ACK' && transactions.has(transaction)) return false;
      transactions.add(transaction);
      return true;
    }, skip);
  }

  response(status: number, method = 'INVITE', skip = 0): Promise<SipText> {
    return this.next((message) => message.status === status && message.method === method, skip);
  }

  final(method: string, cseq: number): Promise<SipText> {
    return this.next((one) => one.status >= 200 && one.header('cseq') === `${cseq} ${method}`);
  }

  close(): Promise<void> {
    return this.#end();
  }

  #take(text: string): void {
    this.bytesReceived += text.length;
    const message = readSip(text);
    this.seen.push(message);
    for (const waiter of [...this.#waiters]) if (waiter.matches(message)) waiter.resolve(message);
  }

  #takeStream(chunk: string): void {
    this.#rest += chunk;
    for (;;) {
      this.#rest = this.#rest.replace(/^(\r\n)+/, '');
      const end = this.#rest.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = Number(/^content-length:\s*(\d+)/im.exec(this.#rest.slice(0, end))?.[1] ?? 0);
      if (this.#rest.length < end + 4 + length) return;
      const message = this.#rest.slice(0, end + 4 + length);
      this.#rest = this.#rest.slice(end + 4 + length);
      this.#take(message);
    }
  }
}
