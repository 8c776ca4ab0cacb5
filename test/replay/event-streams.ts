/** What came over an event socket, sorted into what has an order of its own: replies, and the events of each channel. */
import type { SocketFrame } from './event-socket-wire.js';
import { text } from './freeswitch-script.js';
import { Mailbox } from './mailbox.js';

export const REPLIES = 'replies';
const JOBS = 'jobs';

/** The stream that a frame belongs to. */
export function streamOf({ event }: SocketFrame): string {
  if (event === undefined) return REPLIES;
  return text(event, 'Event-Name') === 'BACKGROUND_JOB' ? JOBS : text(event, 'Unique-ID');
}

export class EventStreams {
  readonly #streams = new Map<string, Mailbox<SocketFrame>>();
  #isClosed = false;

  /** Sorts until the connection closes. */
  async pump(from: Mailbox<SocketFrame>): Promise<void> {
    for (;;) {
      const frame = await from.take();
      if (frame === undefined) break;
      this.#stream(streamOf(frame)).put(frame);
    }
    this.#isClosed = true;
    for (const stream of this.#streams.values()) stream.close();
  }

  /** Undefined when the connection closed before. */
  take(stream: string): Promise<SocketFrame | undefined> {
    return this.#stream(stream).take();
  }

  unread(): SocketFrame[] {
    return [...this.#streams.values()].flatMap((stream) => [...stream.unread]);
  }

  #stream(name: string): Mailbox<SocketFrame> {
    const stream = this.#streams.get(name) ?? new Mailbox<SocketFrame>();
    this.#streams.set(name, stream);
    if (this.#isClosed) stream.close();
    return stream;
  }
}
