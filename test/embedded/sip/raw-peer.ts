/**
 * A SIP peer that is nothing but a socket and a mailbox: tests write the bytes and read what came. It uses none of the stack's code,
 * so that a fault in the stack cannot hide itself.
 */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** A message as it came, cut only as far as a test reads it. */
export interface RawMessage {
  readonly text: string;
  readonly startLine: string;
  readonly fromPort: number;
  /** The first header with this name, '' when there is none. */
  header(name: string): string;
  readonly body: string;
}

export function readMessage(bytes: Buffer, fromPort = 0): RawMessage {
  const text = bytes.toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  const lines = text.slice(0, end).split('\r\n');
  return {
    text,
    startLine: lines[0] ?? '',
    fromPort,
    header: (name) => {
      const line = lines.slice(1).find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
      return line === undefined ? '' : line.slice(line.indexOf(':') + 1).trim();
    },
    body: text.slice(end + 4),
  };
}

type Matcher = (message: RawMessage) => boolean;

class Mailbox {
  readonly #messages: RawMessage[] = [];
  readonly #readers: { readonly matches: Matcher; readonly resolve: (message: RawMessage) => void }[] = [];

  put(message: RawMessage): void {
    const at = this.#readers.findIndex((reader) => reader.matches(message));
    const reader = at < 0 ? undefined : this.#readers.splice(at, 1)[0];
    if (reader === undefined) this.#messages.push(message);
    else reader.resolve(message);
  }

  take(matches: Matcher): Promise<RawMessage> {
    const at = this.#messages.findIndex(matches);
    const found = at < 0 ? undefined : this.#messages.splice(at, 1)[0];
    if (found !== undefined) return Promise.resolve(found);
    return new Promise((resolve) => this.#readers.push({ matches, resolve }));
  }

  get unread(): readonly RawMessage[] {
    return this.#messages;
  }
}

export class RawPeer {
  readonly mailbox = new Mailbox();
  readonly #send: (bytes: Buffer, port: number) => void;
  readonly #close: () => Promise<void>;
  readonly port: number;

  constructor(port: number, send: (bytes: Buffer, port: number) => void, close: () => Promise<void>) {
    this.port = port;
    this.#send = send;
    this.#close = close;
  }

  send(bytes: Buffer | string, port: number): void {
    this.#send(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, port);
  }

  /** The next message whose start line contains this text. */
  receive(startLineHas: string): Promise<RawMessage> {
    return this.mailbox.take((message) => message.startLine.includes(startLineHas));
  }

  /** The next response with this status to a request of this method. */
  response(status: number, method: string): Promise<RawMessage> {
    return this.mailbox.take(
      (one) => one.startLine.startsWith(`SIP/2.0 ${status} `) && one.header('CSeq').endsWith(` ${method}`),
    );
  }

  close(): Promise<void> {
    return this.#close();
  }
}

export async function createUdpPeer(): Promise<RawPeer> {
  const socket: UdpSocket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const peer = new RawPeer(
    socket.address().port,
    (bytes, port) => socket.send(bytes, port, '127.0.0.1'),
    async () => {
      socket.close();
      await once(socket, 'close');
    },
  );
  socket.on('message', (bytes, remote) => peer.mailbox.put(readMessage(bytes, remote.port)));
  return peer;
}

/** Cuts whole messages off the front of a TCP stream by their Content-Length. */
function cutMessages(stream: Buffer, put: (bytes: Buffer) => void): Buffer {
  let rest = stream;
  for (;;) {
    while (rest[0] === 0x0d || rest[0] === 0x0a) rest = rest.subarray(1);
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return rest;
    const length = Number(/^content-length:\s*(\d+)/im.exec(rest.toString('latin1', 0, end))?.[1] ?? 0);
    if (rest.length < end + 4 + length) return rest;
    put(rest.subarray(0, end + 4 + length));
    rest = rest.subarray(end + 4 + length);
  }
}

/** Connects to `port`; also listens, for requests that come to its Contact. */
export async function createTcpPeer(port: number): Promise<RawPeer & { readonly socket: Socket }> {
  const sockets = new Set<Socket>();
  const read = (socket: Socket): void => {
    sockets.add(socket);
    let rest = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      rest = Buffer.from(cutMessages(Buffer.concat([rest, chunk]), (bytes) => peer.mailbox.put(readMessage(bytes))));
    });
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  };
  const server: Server = createServer(read);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const socket = connect(port, '127.0.0.1');
  const peer = new RawPeer(
    typeof address === 'object' && address !== null ? address.port : 0,
    (bytes) => socket.write(bytes),
    async () => {
      for (const open of sockets) open.destroy();
      server.close();
      await once(server, 'close');
    },
  );
  read(socket);
  await once(socket, 'connect');
  return Object.assign(peer, { socket });
}
