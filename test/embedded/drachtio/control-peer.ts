/** A control client made of a socket: it frames, and leaves everything else to the test. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface ControlPeer {
  readonly socket: Socket;
  /** Everything that came, frame by frame, as binary text. */
  readonly frames: string[];
  /** Sends `msgId|text` in a frame; gives the message id. */
  send(text: string): string;
  /** The first frame, come or to come, that contains this text. */
  receive(has: string): Promise<string>;
  /** Resolves when the server has closed the connection. */
  readonly closed: Promise<unknown>;
}

export async function createControlPeer(port: number, secret?: string): Promise<ControlPeer> {
  const socket = connect(port, '127.0.0.1');
  const frames: string[] = [];
  const readers: { readonly has: string; readonly resolve: (frame: string) => void }[] = [];
  let rest = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (let mark = rest.indexOf('#'); mark > 0; mark = rest.indexOf('#')) {
      const length = Number(rest.toString('latin1', 0, mark));
      if (rest.length < mark + 1 + length) return;
      const frame = rest.toString('latin1', mark + 1, mark + 1 + length);
      rest = Buffer.from(rest.subarray(mark + 1 + length));
      frames.push(frame);
      const at = readers.findIndex((reader) => frame.includes(reader.has));
      if (at >= 0) readers.splice(at, 1)[0]?.resolve(frame);
    }
  });
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  const peer: ControlPeer = {
    socket,
    frames,
    closed,
    send: (text) => {
      const msgId = randomUUID();
      const payload = Buffer.from(`${msgId}|${text}`, 'latin1');
      socket.write(Buffer.concat([Buffer.from(`${payload.length}#`), payload]));
      return msgId;
    },
    receive: (has) => {
      const found = frames.find((frame) => frame.includes(has));
      return found === undefined ? new Promise((resolve) => readers.push({ has, resolve })) : Promise.resolve(found);
    },
  };
  if (secret !== undefined) {
    peer.send(`authenticate|${secret}`);
    await peer.receive('|OK|');
  }
  return peer;
}
