/**
 * Cuts a TCP stream into SIP messages by Content-Length (RFC 3261 section 18.3). The buffer is bounded; when the stream cannot be
 * followed any more the connection has to be closed, since nobody can say where the next message begins.
 */

export type Frame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** CRLF CRLF between messages: answer with one CRLF (RFC 5626 section 3.5.1). */
  | { readonly kind: 'ping' }
  /** The stream is lost; `head` holds the message so far, it may be answered before closing. */
  | { readonly kind: 'broken'; readonly reason: string; readonly head: Buffer | undefined };

export class TcpFramer {
  readonly #maxMessageBytes: number;
  #buffer = Buffer.allocUnsafe(2_048);
  #used = 0;
  /** Where the search for the end of the headers goes on. */
  #searched = 0;
  /** Length of the current message, once its headers are complete. */
  #messageBytes: number | undefined;
  #broken = false;

  constructor(maxMessageBytes: number) {
    this.#maxMessageBytes = maxMessageBytes;
  }

  /** Whether a message has begun and not ended. */
  get isPartial(): boolean {
    return this.#used > 0;
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    if (this.#broken) return frames;
    this.#append(chunk);
    for (let frame = this.#next(); frame !== undefined; frame = this.#next()) {
      frames.push(frame);
      if (frame.kind === 'broken') {
        this.#broken = true;
        this.#used = 0;
        break;
      }
    }
    return frames;
  }

  #append(chunk: Buffer): void {
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#used);
      this.#buffer = larger;
    }
    chunk.copy(this.#buffer, this.#used);
    this.#used = needed;
  }

  #next(): Frame | undefined {
    if (this.#messageBytes === undefined) {
      const ping = this.#skipLineEnds();
      if (ping !== undefined) return ping;
      const end = this.#buffer.subarray(0, this.#used).indexOf('\r\n\r\n', this.#searched);
      if (end < 0) {
        this.#searched = Math.max(0, this.#used - 3);
        return this.#used > this.#maxMessageBytes
          ? { kind: 'broken', reason: 'headers too long', head: undefined }
          : undefined;
      }
      const bodyBytes = contentLength(this.#buffer.toString('latin1', 0, end));
      const headBytes = end + 4;
      if (bodyBytes === undefined) return this.#lost('no Content-Length', headBytes);
      if (headBytes + bodyBytes > this.#maxMessageBytes) return this.#lost('message too long', headBytes);
      this.#messageBytes = headBytes + bodyBytes;
    }
    if (this.#used < this.#messageBytes) return undefined;
    const bytes = Buffer.from(this.#buffer.subarray(0, this.#messageBytes));
    this.#consume(this.#messageBytes);
    this.#messageBytes = undefined;
    return { kind: 'message', bytes };
  }

  #lost(reason: string, headBytes: number): Frame {
    return { kind: 'broken', reason, head: Buffer.from(this.#buffer.subarray(0, headBytes)) };
  }

  /** Line ends before a message are skipped (section 7.5); two pairs of CRLF on their own are a ping. */
  #skipLineEnds(): Frame | undefined {
    let at = 0;
    while (at < this.#used && (this.#buffer[at] === 0x0d || this.#buffer[at] === 0x0a)) at += 1;
    if (at === 0) return undefined;
    const isPing = at >= 4;
    // Fewer than four may still become a ping when they are all there is.
    if (!isPing && at === this.#used) return undefined;
    this.#consume(at);
    return isPing ? { kind: 'ping' } : undefined;
  }

  #consume(count: number): void {
    this.#buffer.copyWithin(0, count, this.#used);
    this.#used -= count;
    this.#searched = 0;
    if (this.#used === 0 && this.#buffer.length > 65_536) this.#buffer = Buffer.allocUnsafe(2_048);
  }
}

/** The Content-Length of a header section, compact form included; undefined when there is none that can be used. */
function contentLength(head: string): number | undefined {
  let found: number | undefined;
  for (let at = head.indexOf('\n'); at >= 0; at = head.indexOf('\n', at + 1)) {
    const initial = head.charCodeAt(at + 1) | 0x20;
    if (initial !== 0x63 && initial !== 0x6c) continue;
    const end = head.indexOf('\r', at + 1);
    const match = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,9})[ \t]*$/i.exec(
      head.slice(at + 1, end < 0 ? head.length : end),
    );
    if (match === null) continue;
    const value = Number(match[1]);
    if (found !== undefined && found !== value) return undefined;
    found = value;
  }
  return found;
}
