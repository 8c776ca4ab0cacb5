/**
 * drachtio's control port as a test wants it to be: frames of FACTS section D as drachtio 0.9.10 writes them, requests of the app for the
 * test to see and to answer, and whatever bytes it likes to send in between.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type Socket } from 'node:net';

export interface AppMessage {
  readonly id: string;
  readonly type: string;
  /** Transaction and dialog id that the app gave; empty for none. */
  readonly transactionId: string;
  readonly dialogId: string;
  readonly startLine: string;
  readonly text: string;
  readonly body: string;
  header(name: string): string;
}

/** A request of the app, with the transaction id under which drachtio would have sent it. */
export interface AppRequest extends AppMessage {
  readonly sentAs: string;
}

type Waiter = { readonly matches: RegExp; readonly resolve: (message: AppRequest) => void };

export class ScriptedDrachtio {
  /** Everything that came from the app, pings left out. */
  readonly messages: AppRequest[] = [];
  secret = 'secret';
  answersPings = true;
  connections = 0;
  /** Of connections that the app closed on its side first. */
  orderlyEnds = 0;
  /** It does not answer the end of the app's side with its own. */
  keepsItsSide = false;
  /** It reads nothing, as a stopped process does; `wake` lets it read what has come meanwhile. */
  isHung = false;
  #unread: (() => void)[] = [];
  /** Why a request does not go out, in drachtio's words; null when it does. */
  refuses: (request: AppRequest) => string | null = () => null;
  /** Told of each request before those who wait for it. */
  onRequest: (request: AppRequest) => void = () => undefined;
  readonly #server: Server;
  readonly #waiters = new Set<Waiter>();
  #client: Socket | null = null;

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket) => this.#accept(socket));
  }

  static async start(): Promise<ScriptedDrachtio> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new ScriptedDrachtio(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get address(): { host: string; port: number; secret: string } {
    return { host: '127.0.0.1', port: this.port, secret: 'secret' };
  }

  close(): void {
    this.dropClient();
    this.#server.close();
  }

  wake(): void {
    this.isHung = false;
    for (const read of this.#unread.splice(0)) read();
  }

  dropClient(): void {
    this.#client?.destroy();
    this.#client = null;
  }

  /** Bytes as they are. */
  raw(bytes: string | Buffer): void {
    this.#client?.write(bytes);
  }

  frame(payload: string | Buffer): void {
    const bytes = Buffer.from(payload as string);
    this.raw(Buffer.concat([Buffer.from(`${bytes.length}#`), bytes]));
  }

  /** A request from the network. */
  deliver(
    text: string | Buffer,
    transactionId: string,
    dialogId = '',
    source: 'network' | 'application' = 'network',
  ): void {
    const recv = dialogId === '' ? '|127.0.0.1|5060|' : `${dialogId}|`;
    const head = `${randomUUID()}|sip|${source}|500|udp|192.0.2.7|5060|12:00:00.000000|${transactionId}|${recv}\r\n`;
    this.frame(Buffer.concat([Buffer.from(head), Buffer.from(text as string)]));
  }

  /** A response from the network to a request of the app. */
  respond(request: AppRequest, status: string, options: { dialogId?: string; body?: string } = {}): void {
    const body = options.body ?? '';
    const text = [
      `SIP/2.0 ${status}`,
      `From: ${request.header('from')}`,
      'To: <sip:far@127.0.0.1>;tag=far',
      `Call-ID: ${request.header('call-id')}`,
      `CSeq: ${request.header('cseq')}`,
      'Contact: <sip:far@127.0.0.1:5099>',
      ...(body === '' ? [] : ['Content-Type: application/sdp']),
      `Content-Length: ${Buffer.byteLength(body)}`,
      '',
      body,
    ].join('\r\n');
    const head = `${randomUUID()}|sip|network|500|udp|127.0.0.1|5099|12:00:00.000000|${request.sentAs}|${options.dialogId ?? ''}|\r\n`;
    this.frame(head + text);
  }

  /** The next message of the app whose start line matches, or one that has come already. */
  next(startLine: RegExp): Promise<AppRequest> {
    const earlier = this.messages.find((message) => startLine.test(message.startLine));
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((resolve) => this.#waiters.add({ matches: startLine, resolve }));
  }

  #accept(socket: Socket): void {
    this.connections += 1;
    this.#client = socket;
    socket.setNoDelay(true);
    let rest = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.on('end', () => {
      this.orderlyEnds += 1;
      if (!this.keepsItsSide) socket.end();
    });
    const read = (chunk: Buffer): void => {
      rest = Buffer.concat([rest, chunk]);
      for (let hash = rest.indexOf('#'); hash > 0; hash = rest.indexOf('#')) {
        const end = hash + 1 + Number(rest.toString('latin1', 0, hash));
        if (rest.length < end) return;
        this.#onFrame(rest.toString('utf8', hash + 1, end), socket);
        rest = rest.subarray(end);
      }
    };
    socket.on('data', (chunk: Buffer) => {
      if (this.isHung) this.#unread.push(() => read(chunk));
      else read(chunk);
    });
  }

  #onFrame(payload: string, socket: Socket): void {
    const [head = '', ...lines] = payload.split('\r\n');
    const [id = '', type = '', first = '', second = ''] = head.split('|');
    if (type === 'ping') {
      if (this.answersPings) this.frame(`${randomUUID()}|response|${id}|OK|pong`);
      return;
    }
    if (type === 'authenticate') {
      if (first !== this.secret) {
        this.frame(`${randomUUID()}|response|${id}|NO|incorrect secret`);
        socket.end();
        return;
      }
      this.frame(`${randomUUID()}|response|${id}|OK|udp/127.0.0.1:5060|v0.9.10|tcp/127.0.0.1:5060`);
      return;
    }
    if (type !== 'sip') {
      this.messages.push(appRequest(id, type, first, '', `${type} ${first}`, ''));
      this.frame(`${randomUUID()}|response|${id}|OK`);
      return;
    }
    this.#onSip(appRequest(id, type, first, second, lines[0] ?? '', lines.join('\r\n')));
  }

  #onSip(request: AppRequest): void {
    const refusal = this.refuses(request);
    if (refusal !== null) {
      this.messages.push(request);
      this.frame(`${randomUUID()}|response|${request.id}|NOK|${refusal}`);
      return;
    }
    const isResponse = request.startLine.startsWith('SIP/2.0');
    const tail = isResponse
      ? `${request.transactionId}|dialog-${request.transactionId}||Msg sent:|`
      : `${request.sentAs}|Msg sent:|`;
    const text = isResponse ? request.text : withSentHeaders(request);
    this.frame(
      `${randomUUID()}|response|${request.id}|OK|application|500|udp|127.0.0.1|5060|12:00:00.000000|${tail}\r\n${text}`,
    );
    this.messages.push(request);
    this.onRequest(request);
    for (const waiter of [...this.#waiters]) {
      if (!waiter.matches.test(request.startLine)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve(request);
    }
  }
}

/** What drachtio adds before it sends. */
function withSentHeaders(request: AppRequest): string {
  const [start = '', ...rest] = request.text.split('\r\n');
  const added = [
    `From: ${request.header('from')}`,
    `Call-ID: ${request.header('call-id')}`,
    `CSeq: ${request.header('cseq')}`,
  ];
  const kept = rest.filter((line) => !/^(from|call-id|cseq):/i.test(line));
  return [start, ...added, ...kept].join('\r\n');
}

function appRequest(
  id: string,
  type: string,
  transactionId: string,
  dialogId: string,
  startLine: string,
  text: string,
): AppRequest {
  const method = startLine.split(' ')[0] ?? '';
  const fallback: Record<string, string> = {
    from: '<sip:us@127.0.0.1>;tag=us',
    'call-id': `sent-${id}`,
    cseq: `1 ${method}`,
  };
  return {
    id,
    type,
    transactionId,
    dialogId,
    startLine,
    text,
    body: text.slice(text.indexOf('\r\n\r\n') + 4),
    sentAs: `txn-${id}`,
    header: (name) => {
      const value = new RegExp(`^${name}:\\s*(.*)$`, 'im').exec(text)?.[1]?.trim();
      const known = value ?? fallback[name] ?? '';
      return name === 'from' && known !== '' && !known.includes(';tag=') ? `${known};tag=us` : known;
    },
  };
}
