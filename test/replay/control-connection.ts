/** The app's side of drachtio's control port as a bare socket: it cuts frames and leaves their content to the replay. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { Mailbox } from './mailbox.js';

export interface ControlConnection {
  /** Latin-1 payloads, without length and `#`. Closed when the server closed the connection. */
  readonly mailbox: Mailbox<string>;
  send(raw: string): void;
  close(): void;
}

export async function openControlConnection(port: number): Promise<ControlConnection> {
  const socket = connect(port, '127.0.0.1');
  const mailbox = new Mailbox<string>();
  let rest = '';
  socket.on('error', () => undefined);
  socket.on('close', () => mailbox.close());
  socket.on('data', (chunk: Buffer) => {
    rest += chunk.toString('latin1');
    for (;;) {
      const mark = rest.indexOf('#');
      const length = Number(rest.slice(0, Math.max(mark, 0)));
      if (mark < 1 || rest.length < mark + 1 + length) return;
      mailbox.put(rest.slice(mark + 1, mark + 1 + length));
      rest = rest.slice(mark + 1 + length);
    }
  });
  await once(socket, 'connect');
  return { mailbox, send: (raw) => void socket.write(raw, 'latin1'), close: () => socket.destroy() };
}
