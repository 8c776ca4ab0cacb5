/** An event socket that takes one password and answers commands from a list, for installations that are broken in ways that a real one is not at will. */
import { createServer, type Server, type Socket } from 'node:net';

export class FakeEventSocket {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server) {
    this.#server = server;
  }

  /** `answers` by command line; what is not in it answers as an unknown command does. */
  static async start(password: string, answers: Readonly<Record<string, string>>): Promise<FakeEventSocket> {
    const server = createServer();
    const fake = new FakeEventSocket(server);
    server.on('connection', (socket) => fake.#serve(socket, password, answers));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return fake;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #serve(socket: Socket, password: string, answers: Readonly<Record<string, string>>): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    let text = '';
    socket.write('Content-Type: auth/request\n\n');
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        const line = text.slice(0, end);
        text = text.slice(end + 2);
        socket.write(line.startsWith('auth ') ? replyTo(line, password) : answerTo(line, answers));
      }
    });
  }
}

function replyTo(line: string, password: string): string {
  const reply = line === `auth ${password}` ? '+OK accepted' : '-ERR invalid';
  return `Content-Type: command/reply\nReply-Text: ${reply}\n\n`;
}

function answerTo(line: string, answers: Readonly<Record<string, string>>): string {
  const name = line.replace(/^api /, '');
  const body = answers[name] ?? `-ERR ${name} Command not found!\n`;
  return `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(body)}\n\n${body}`;
}
