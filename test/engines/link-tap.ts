/**
 * Stands between the app and a server, passes every byte on as it comes, and keeps what both said as the transcripts of
 * test/fixtures/real do: one frame a line. Started for each test file by `npm run test:engines -- --transcripts folder`.
 */
import { once } from 'node:events';
import { appendFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** Cuts the whole frames off the front of a stream; answers what is left. */
export type CutFrames = (stream: Buffer, keep: (frame: Buffer) => void) => Buffer;

export interface LinkTapOptions {
  readonly server: { readonly name: string; readonly host: string; readonly port: number };
  readonly cut: CutFrames;
  /** As it is written into the file: without secrets, in the encoding of the transcripts. */
  readonly write: (frame: Buffer) => string;
  readonly file: string;
}

/** `<length>#<payload>` of drachtio's control protocol. */
export const cutControlFrames: CutFrames = (stream, keep) => {
  let rest = stream;
  for (;;) {
    const mark = rest.indexOf('#');
    const end = mark + 1 + Number(rest.toString('latin1', 0, Math.max(mark, 0)));
    if (mark < 0 || !Number.isInteger(end) || rest.length < end) return rest;
    keep(rest.subarray(0, end));
    rest = rest.subarray(end);
  }
};

/** Header lines, an empty line, and as many bytes as Content-Length says: commands, replies and events of the event socket. */
export const cutEventSocketFrames: CutFrames = (stream, keep) => {
  let rest = stream;
  for (;;) {
    const blank = rest.indexOf('\n\n');
    if (blank < 0) return rest;
    const length = Number(/^content-length: *(\d+)/im.exec(rest.toString('latin1', 0, blank))?.[1] ?? 0);
    if (rest.length < blank + 2 + length) return rest;
    keep(rest.subarray(0, blank + 2 + length));
    rest = rest.subarray(blank + 2 + length);
  }
};

export class LinkTap {
  readonly port: number;
  readonly #server: Server;
  readonly #options: LinkTapOptions;
  readonly #sockets = new Set<Socket>();
  #connections = 0;

  private constructor(server: Server, options: LinkTapOptions) {
    this.#server = server;
    this.#options = options;
    this.port = (server.address() as AddressInfo).port;
    server.on('connection', (app: Socket) => this.#join(app));
  }

  static async open(options: LinkTapOptions): Promise<LinkTap> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new LinkTap(server, options);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #join(app: Socket): void {
    const { name, host, port } = this.#options.server;
    const connection = this.#connections++;
    const server = connect({ host, port });
    this.#pass(app, server, { from: 'app', to: name, connection });
    this.#pass(server, app, { from: name, to: 'app', connection });
  }

  #pass(from: Socket, to: Socket, line: Readonly<Record<string, string | number>>): void {
    this.#sockets.add(from);
    from.setNoDelay(true);
    let rest: Buffer = Buffer.alloc(0);
    from.on('data', (chunk: Buffer) => {
      to.write(chunk);
      rest = this.#options.cut(Buffer.concat([rest, chunk]), (frame) =>
        this.#keep({ ...line, text: this.#options.write(frame) }),
      );
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      this.#sockets.delete(from);
      this.#keep({ ...line, closed: true });
      to.destroy();
    });
  }

  #keep(line: object): void {
    appendFileSync(this.#options.file, `${JSON.stringify(line)}\n`);
  }
}
