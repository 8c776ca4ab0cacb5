/**
 * A SIP telephone on a UDP port of the loopback, written out by hand so that it can misbehave on purpose: it sends what it is told and
 * shows every message that comes in. The tests use it as caller and as buyer.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

export interface RawMessage {
  readonly startLine: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

type Waiter = { matches: (message: RawMessage) => boolean; resolve: (message: RawMessage) => void };

export class RawSipPeer {
  readonly seen: RawMessage[] = [];
  readonly #socket: Socket;
  readonly #waiters = new Set<Waiter>();
  #remotePort = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      const message = parse(bytes.toString('utf8'));
      if (message === null) return;
      this.#remotePort = from.port;
      this.seen.push(message);
      for (const waiter of [...this.#waiters]) if (waiter.matches(message)) waiter.resolve(message);
    });
  }

  static async open(): Promise<RawSipPeer> {
    const socket = createSocket('udp4');
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return new RawSipPeer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  close(): void {
    this.#socket.close();
  }

  send(text: string | Buffer, port = this.#remotePort): void {
    this.#socket.send(text, port, '127.0.0.1');
  }

  /** The first message, also one that has come already, whose start line matches. */
  next(startLine: RegExp, skip = 0): Promise<RawMessage> {
    let left = skip;
    const matches = (message: RawMessage): boolean => startLine.test(message.startLine) && left-- <= 0;
    const earlier = this.seen.find(matches);
    if (earlier !== undefined) return Promise.resolve(earlier);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        matches,
        resolve: (message) => {
          this.#waiters.delete(waiter);
          resolve(message);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** An answer to `request` as RFC 3261 section 8.2.6 builds it. */
  answer(request: RawMessage, status: string, options: { tag?: string; sdp?: string; headers?: string } = {}): void {
    const to = first(request, 'to');
    const lines = [`SIP/2.0 ${status}`];
    for (const name of ['via', 'record-route']) {
      for (const value of request.headers.get(name) ?? []) lines.push(`${name}: ${value}`);
    }
    lines.push(
      `From: ${first(request, 'from')}`,
      `Call-ID: ${first(request, 'call-id')}`,
      `CSeq: ${first(request, 'cseq')}`,
    );
    lines.push(`To: ${options.tag === undefined || to.includes('tag=') ? to : `${to};tag=${options.tag}`}`);
    lines.push(`Contact: <sip:peer@127.0.0.1:${this.port}>`);
    this.send(withBody(lines, options.headers ?? '', options.sdp));
  }
}

export interface DialogSide {
  readonly callId: string;
  readonly local: string;
  readonly remote: string;
  readonly target: string;
}

export function request(
  peer: RawSipPeer,
  method: string,
  cseq: number,
  dialog: DialogSide,
  options: { sdp?: string; headers?: string; branch?: string; body?: string; contentType?: string } = {},
): string {
  const cseqMethod = method;
  const lines = [
    `${method} ${dialog.target} SIP/2.0`,
    `Via: SIP/2.0/UDP 127.0.0.1:${peer.port};rport;branch=${options.branch ?? newBranch()}`,
    'Max-Forwards: 70',
    `From: ${dialog.local}`,
    `To: ${dialog.remote}`,
    `Call-ID: ${dialog.callId}`,
    `CSeq: ${cseq} ${cseqMethod}`,
    `Contact: <sip:peer@127.0.0.1:${peer.port}>`,
  ];
  if (options.body !== undefined) {
    return `${lines.join('\r\n')}\r\n${options.headers ?? ''}Content-Type: ${options.contentType}\r\nContent-Length: ${Buffer.byteLength(options.body)}\r\n\r\n${options.body}`;
  }
  return withBody(lines, options.headers ?? '', options.sdp);
}

export function newBranch(): string {
  return `z9hG4bK${randomBytes(8).toString('hex')}`;
}

export function first(message: RawMessage, name: string): string {
  return message.headers.get(name)?.[0] ?? '';
}

export function contactUri(message: RawMessage): string {
  return /<([^>]+)>/.exec(first(message, 'contact'))?.[1] ?? first(message, 'contact');
}

export function sdpFor(port: number, version = 1): string {
  return `v=0\r\no=- 1 ${version} IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio ${port} RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n`;
}

function withBody(lines: readonly string[], headers: string, sdp: string | undefined): string {
  const type = sdp === undefined ? '' : 'Content-Type: application/sdp\r\n';
  return `${lines.join('\r\n')}\r\n${headers}${type}Content-Length: ${Buffer.byteLength(sdp ?? '')}\r\n\r\n${sdp ?? ''}`;
}

function parse(text: string): RawMessage | null {
  const end = text.indexOf('\r\n\r\n');
  if (end === -1) return null;
  const [startLine = '', ...lines] = text.slice(0, end).split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { startLine, headers, body: text.slice(end + 4) };
}
