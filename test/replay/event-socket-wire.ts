/** The event socket as the app sees it: it cuts frames by their Content-Length and keeps them in the order in which they came. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Mailbox } from './mailbox.js';

/** JSON values are strings, and lists of strings where a variable has several values. */
export type EventFields = Readonly<Record<string, string | readonly string[]>>;

export interface SocketFrame {
  readonly text: string;
  /** Absent for replies. */
  readonly event?: EventFields;
}

export interface EventSocketWire {
  readonly mailbox: Mailbox<SocketFrame>;
  send(text: string): void;
  close(): void;
}

export async function connectEventSocket(port: number): Promise<EventSocketWire> {
  const socket = connect(port, '127.0.0.1');
  const wire = readSocket(socket);
  await once(socket, 'connect');
  return wire;
}

/** Where a leg of drachtio-fsmrf connects to. */
export async function listenForEventSocket(): Promise<{
  readonly port: number;
  readonly accepted: Promise<EventSocketWire>;
  close(): void;
}> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const accepted = once(server, 'connection').then(([socket]) => readSocket(socket as Socket));
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    accepted,
    close: () => void server.close(),
  };
}

/** A frame of a transcript or of the wire; JSON behind its headers makes it an event. */
export function frameOf(text: string): SocketFrame {
  const isJson = /^Content-Type: text\/event-json$/m.test(text.slice(0, text.indexOf('\n\n')));
  return isJson ? { text, event: JSON.parse(text.slice(text.indexOf('\n\n') + 2)) as EventFields } : { text };
}

function readSocket(socket: Socket): EventSocketWire {
  const mailbox = new Mailbox<SocketFrame>();
  let rest: Buffer = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('close', () => mailbox.close());
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const end = rest.indexOf('\n\n');
      if (end < 0) return;
      const head = rest.toString('utf8', 0, end);
      const length = end + 2 + Number(/^Content-Length: (\d+)$/im.exec(head)?.[1] ?? 0);
      if (rest.length < length) return;
      mailbox.put(frameOf(rest.toString('utf8', 0, length)));
      rest = rest.subarray(length);
    }
  });
  return { mailbox, send: (text) => void socket.write(text), close: () => socket.destroy() };
}
