/**
 * A caller, a buyer or FreeSWITCH as a bare socket on the loopback: the replay says what it sends and compares what comes. It answers
 * nothing by itself.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Mailbox } from './mailbox.js';

export interface SipFarEnd {
  readonly port: number;
  /** Of the connection that it opened itself; as `port` on UDP. */
  readonly localPort: number;
  /** Latin-1 texts. */
  readonly mailbox: Mailbox<string>;
  send(text: string, port: number): void;
  close(): Promise<void>;
}

export async function openUdpFarEnd(): Promise<SipFarEnd> {
  const socket = createSocket('udp4');
  const mailbox = new Mailbox<string>();
  socket.on('message', (bytes) => mailbox.put(bytes.toString('latin1')));
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    port: socket.address().port,
    localPort: socket.address().port,
    mailbox,
    send: (text, port) => socket.send(Buffer.from(text, 'latin1'), port, '127.0.0.1'),
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };
}

/** Listens, and is connected to `serverPort`; it sends over whichever connection was used last. */
export async function openTcpFarEnd(serverPort: number): Promise<SipFarEnd> {
  const mailbox = new Mailbox<string>();
  const sockets = new Set<Socket>();
  const own = connect(serverPort, '127.0.0.1');
  let current = own;
  const use = (socket: Socket): void => {
    sockets.add(socket);
    let rest = '';
    socket.on('data', (chunk: Buffer) => {
      current = socket;
      rest = cutMessages(rest + chunk.toString('latin1'), mailbox);
    });
    socket.on('error', () => undefined);
  };
  use(own);
  const server = createServer(use);
  server.listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(own, 'connect')]);
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    localPort: own.localPort ?? 0,
    mailbox,
    send: (text) => void current.write(text, 'latin1'),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Takes whole messages off the front of a stream by their Content-Length; gives the rest. */
function cutMessages(stream: string, mailbox: Mailbox<string>): string {
  let rest = stream;
  for (;;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return rest;
    const length = end + 4 + Number(/^content-length:\s*(\d+)/im.exec(rest.slice(0, end))?.[1] ?? 0);
    if (rest.length < length) return rest;
    mailbox.put(rest.slice(0, length));
    rest = rest.slice(length);
  }
}
