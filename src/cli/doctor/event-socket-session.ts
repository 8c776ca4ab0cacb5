/**
 * One connection to one event socket for the doctor's questions: it authenticates and asks `api` commands, one after the other, and
 * subscribes to nothing. It uses none of the app's connection, so that what is wrong is found and not worked around.
 *
 * States: connecting -> ready | refused; ready -> closed.
 */
import { connect, type Socket } from 'node:net';
import { within } from './within.js';

interface Frame {
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

export type EventSocketRefusal = 'unreachable' | 'wrong-password' | 'access-list' | 'no-freeswitch';

export class EventSocketRefusedError extends Error {
  override readonly name = 'EventSocketRefusedError';
  readonly refusal: EventSocketRefusal;

  constructor(refusal: EventSocketRefusal, sentence: string) {
    super(sentence);
    this.refusal = refusal;
  }
}

const CONNECT_MS = 3_000;
const ANSWER_MS = 4_000;
/** An answer larger than this is none that we asked for. */
const MAX_BYTES = 4 * 1_024 * 1_024;

function readFrame(buffer: Buffer): { readonly frame: Frame; readonly rest: Buffer } | null {
  const end = buffer.indexOf('\n\n');
  if (end < 0) return null;
  const lines = buffer.toString('latin1', 0, end).split('\n');
  const headers = new Map(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.trim().toLowerCase(), value.join(':').trim()] as const;
    }),
  );
  const length = Number(headers.get('content-length') ?? 0);
  const start = end + 2;
  if (!Number.isInteger(length) || length < 0 || buffer.length < start + length) return null;
  const body = buffer.toString('utf8', start, start + length);
  return { frame: { headers, body }, rest: buffer.subarray(start + length) };
}

export class EventSocketSession {
  readonly #socket: Socket;
  #buffer: Buffer = Buffer.alloc(0);
  #frames: Frame[] = [];
  #wake: () => void = () => undefined;
  #end: Error | null = null;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new Error('the connection was closed')));
  }

  /** Rejects with an EventSocketRefusedError. The password goes to the server and nowhere else. */
  static async open(host: string, port: number, password: string): Promise<EventSocketSession> {
    const session = new EventSocketSession(connect({ host, port }));
    try {
      await session.#authenticate(password);
      return session;
    } catch (error) {
      session.close();
      if (error instanceof EventSocketRefusedError) throw error;
      throw new EventSocketRefusedError('unreachable', error instanceof Error ? error.message : String(error));
    }
  }

  /** Our own address as the server sees it: on the network through which it is reached. */
  get localAddress(): string {
    return this.#socket.localAddress ?? '127.0.0.1';
  }

  /** The answer of an `api` command, `-ERR` included. `line` is ours and holds nothing that a stranger wrote. */
  api(line: string): Promise<string> {
    const asked = this.#turn.then(async () => {
      this.#socket.write(`api ${line}\n\n`);
      const { body } = await this.#next(ANSWER_MS, (frame) => frame.headers.get('content-type') === 'api/response');
      return body;
    });
    this.#turn = asked.catch(() => undefined);
    return asked;
  }

  close(): void {
    this.#socket.destroy();
  }

  async #authenticate(password: string): Promise<void> {
    const hello = await this.#next(CONNECT_MS, () => true);
    const type = hello.headers.get('content-type');
    if (type === 'text/rude-rejection')
      throw new EventSocketRefusedError('access-list', 'its access list refuses our address');
    if (type !== 'auth/request')
      throw new EventSocketRefusedError('no-freeswitch', 'what listens there is no event socket');
    this.#socket.write(`auth ${password}\n\n`);
    const { headers } = await this.#next(CONNECT_MS, (frame) => frame.headers.get('content-type') === 'command/reply');
    if (headers.get('reply-text')?.startsWith('+OK') === true) return;
    throw new EventSocketRefusedError('wrong-password', 'it refuses the password');
  }

  #next(limitMs: number, isIt: (frame: Frame) => boolean): Promise<Frame> {
    const wait = async (): Promise<Frame> => {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame !== undefined && isIt(frame)) return frame;
        if (frame !== undefined) continue;
        if (this.#end !== null) throw this.#end;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    };
    return within(limitMs, 'an answer of the event socket', wait());
  }

  #receive(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    if (this.#buffer.length > MAX_BYTES) this.#socket.destroy();
    for (let read = readFrame(this.#buffer); read !== null; read = readFrame(this.#buffer)) {
      this.#frames.push(read.frame);
      this.#buffer = read.rest;
    }
    this.#wake();
  }

  #fail(error: Error): void {
    this.#end ??= error;
    this.#wake();
  }
}
