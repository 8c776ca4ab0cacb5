/**
 * The wire form of FreeSWITCH's event socket: commands that clients send are cut out of the byte stream here, and the
 * frames that go back are written here. Follows read_packet() of mod_event_socket.c. Reads what anybody may send, so it
 * bounds everything and never throws.
 */

/** One command: its first line, the header lines that follow it, and the body that a Content-Length announced. */
export interface SocketCommand {
  readonly line: string;
  /** Lower-case names. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
}

/** max_len and MAX_CONTENT_LENGTH of mod_event_socket.c, in bytes. */
const MAX_COMMAND_BYTES = 10_485_760;
const MAX_BODY_BYTES = 10_485_760;

export class CommandReader {
  #buffer: Buffer = Buffer.alloc(0);
  #searchedTo = 0;
  #pending: { line: string; headers: Map<string, string>; bodyBytes: number } | null = null;

  /** Adds bytes and answers the commands they complete; null says that the peer broke a limit and is to be closed. */
  push(bytes: Buffer): readonly SocketCommand[] | null {
    this.#buffer = this.#buffer.length === 0 ? bytes : Buffer.concat([this.#buffer, bytes]);
    const commands: SocketCommand[] = [];
    for (;;) {
      const command = this.#pending === null ? this.#takeHead() : this.#takeBody();
      if (command === 'broken') return null;
      if (command === 'incomplete') return commands;
      if (command !== 'head') commands.push(command);
    }
  }

  #takeHead(): SocketCommand | 'head' | 'incomplete' | 'broken' {
    this.#dropLeadingLineBreaks();
    const end = findBlankLine(this.#buffer, this.#searchedTo);
    if (end === null) {
      this.#searchedTo = Math.max(0, this.#buffer.length - 3);
      return this.#buffer.length >= MAX_COMMAND_BYTES ? 'broken' : 'incomplete';
    }
    const text = this.#buffer.toString('utf8', 0, end.start);
    this.#consume(end.next);
    const [line = '', ...lines] = text.split(/[\r\n]+/);
    const headers = parseHeaders(lines);
    const bodyBytes = Number.parseInt(headers.get('content-length') ?? '0', 10);
    if (Number.isNaN(bodyBytes) || bodyBytes === 0) return { line, headers, body: '' };
    if (bodyBytes < 0 || bodyBytes > MAX_BODY_BYTES) return 'broken';
    this.#pending = { line, headers, bodyBytes };
    return 'head';
  }

  #takeBody(): SocketCommand | 'incomplete' {
    const pending = this.#pending;
    if (pending === null || this.#buffer.length < pending.bodyBytes) return 'incomplete';
    const body = this.#buffer.toString('utf8', 0, pending.bodyBytes);
    this.#consume(pending.bodyBytes);
    this.#pending = null;
    return { line: pending.line, headers: pending.headers, body };
  }

  #dropLeadingLineBreaks(): void {
    let skip = 0;
    while (this.#buffer[skip] === 0x0a || this.#buffer[skip] === 0x0d) skip += 1;
    if (skip > 0) this.#consume(skip);
  }

  #consume(count: number): void {
    this.#buffer = this.#buffer.subarray(count);
    this.#searchedTo = 0;
  }
}

/** Two line feeds with nothing but carriage returns between them end the head. */
function findBlankLine(buffer: Buffer, from: number): { start: number; next: number } | null {
  for (let index = buffer.indexOf(0x0a, from); index !== -1; index = buffer.indexOf(0x0a, index + 1)) {
    let next = index + 1;
    while (buffer[next] === 0x0d) next += 1;
    if (buffer[next] === 0x0a) return { start: index, next: next + 1 };
  }
  return null;
}

function parseHeaders(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).replace(/^ +/, ''));
  }
  return headers;
}

export const AUTH_REQUEST = 'Content-Type: auth/request\n\n';

/** `Reply-Text`; `extra` are whole header lines such as the Job-UUID of bgapi. */
export function commandReply(text: string, extra: readonly string[] = []): string {
  const lines = ['Content-Type: command/reply', `Reply-Text: ${text}`, ...extra];
  return `${lines.join('\n')}\n\n`;
}

/** FreeSWITCH never sends an empty body: modesl would wait for ever. */
export function apiResponse(body: string): string {
  const text = body === '' ? '-ERR no reply\n' : body;
  return `Content-Type: api/response\nContent-Length: ${Buffer.byteLength(text)}\n\n${text}`;
}

export function eventFrame(format: 'plain' | 'json' | 'xml', text: string): string {
  return `Content-Length: ${Buffer.byteLength(text)}\nContent-Type: text/event-${format}\n\n${text}`;
}

export const GOODBYE = 'Disconnected, goodbye.\nSee you at ClueCon! http://www.cluecon.com/\n';

/** The last frame of a connection; with the uuid of the channel when the connection controlled one. */
export function disconnectNotice(message: string, controlledUuid: string | null): string {
  const lines = ['Content-Type: text/disconnect-notice'];
  if (controlledUuid !== null) {
    lines.push(`Controlled-Session-UUID: ${controlledUuid}`, 'Content-Disposition: disconnect');
  }
  lines.push(`Content-Length: ${Buffer.byteLength(message)}`);
  return `${lines.join('\n')}\n\n${message}`;
}

/** Sent instead of closing when the client asked to linger; `lingerSeconds` -1 means without end. */
export function lingerNotice(uuid: string, channelName: string, lingerSeconds: number): string {
  const lines = [
    'Content-Type: text/disconnect-notice',
    `Controlled-Session-UUID: ${uuid}`,
    'Content-Disposition: linger',
    `Channel-Name: ${channelName.replaceAll(/[\r\n]/g, ' ')}`,
    `Linger-Time: ${lingerSeconds}`,
    'Content-Length: 0',
  ];
  return `${lines.join('\n')}\n\n`;
}
