/**
 * The frames of drachtio's control protocol: `<decimal byte count>#<payload>`, both ways. The reader keeps no more than one frame of
 * the largest size it takes; the control client makes one per connection.
 */

/**
 * The real server collects a frame in a ring of this size and waits for ever for one that does not fit, while everything behind it
 * waits too. Here such a frame ends the connection, so that the mistake is seen.
 */
export const MAX_FRAME_BYTES = 12_228;
/** The real server takes five digits and the `#`. */
const MAX_LENGTH_DIGITS = 5;

export class FrameFault extends Error {
  override readonly name = 'FrameFault';
}

export class FrameReader {
  readonly #maxFrameBytes: number;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(maxFrameBytes: number = MAX_FRAME_BYTES) {
    this.#maxFrameBytes = maxFrameBytes;
  }

  /** The payloads that are complete now. Throws FrameFault when the stream is no sequence of frames or one is too large. */
  push(chunk: Buffer): Buffer[] {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const payloads: Buffer[] = [];
    let at = 0;
    for (;;) {
      const mark = this.#buffer.subarray(at, at + MAX_LENGTH_DIGITS + 1).indexOf('#');
      const digits = this.#buffer.toString('latin1', at, mark < 0 ? at + MAX_LENGTH_DIGITS : at + mark);
      if (!/^\d*$/.test(digits) || mark === 0) throw new FrameFault('invalid message length specifier');
      if (mark < 0) {
        if (this.#buffer.length - at > MAX_LENGTH_DIGITS) throw new FrameFault('invalid message length specifier');
        break;
      }
      const length = Number(digits);
      if (length > this.#maxFrameBytes)
        throw new FrameFault(`frame of ${length} bytes, the limit is ${this.#maxFrameBytes}`);
      const start = at + mark + 1;
      if (this.#buffer.length < start + length) break;
      if (length > 0) payloads.push(this.#buffer.subarray(start, start + length));
      at = start + length;
    }
    this.#buffer = Buffer.from(this.#buffer.subarray(at));
    return payloads;
  }
}

/** One frame; `head` is binary text, `tail` the bytes of a SIP message. */
export function createFrame(head: string, tail?: Buffer): Buffer {
  const headBytes = Buffer.byteLength(head, 'latin1');
  const length = `${headBytes + (tail?.length ?? 0)}#`;
  const frame = Buffer.from(length + head, 'latin1');
  return tail === undefined ? frame : Buffer.concat([frame, tail]);
}
