/** One question to an event socket over a connection of its own, written without any of the project's code. */
import { once } from 'node:events';
import { connect } from 'node:net';

export interface EventSocketAddress {
  readonly eventSocketHost: string;
  readonly eventSocketPort: number;
  readonly password: string;
}

/** The body of the answer to `api <command>`; rejects when the server refuses the password. */
export async function askEventSocket(server: EventSocketAddress, command: string): Promise<string> {
  const socket = connect(server.eventSocketPort, server.eventSocketHost);
  let text = '';
  const ended = once(socket, 'close');
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.write(`auth ${server.password}\n\napi ${command}\n\nexit\n\n`);
  await ended;
  const answer = /Content-Type: api\/response\nContent-Length: (\d+)\n\n/.exec(text);
  if (answer === null) throw new Error(`no answer to ${command}: ${text.slice(0, 200)}`);
  const start = answer.index + answer[0].length;
  return text.slice(start, start + Number(answer[1]));
}
