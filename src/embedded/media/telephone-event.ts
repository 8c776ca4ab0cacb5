/**
 * DTMF as named telephone events (RFC 4733). `DtmfReceiver` turns event packets into digits, each reported once;
 * `DtmfSender` turns digits into event packets. Both are pure: the session hands in packets and clock ticks. Digits are
 * personal data and are never logged here.
 */

/** RFC 4733 section 3.2: events 0 to 15. */
const EVENT_DIGITS = '0123456789*#ABCD';

/** Section 2.5.1.4: the last packet of an event is sent three times in all. */
export const END_PACKETS = 3;

/** All end packets of an event can be lost; then it ends this long after its last packet. */
const END_LOST_MS = 200;

/** Silence between two digits sent; ITU-T Q.24 asks for at least 40 ms in most networks. */
const GAP_MS = 60;

const VOLUME_DBM0 = 10;

export function digitOfEvent(event: number): string | null {
  return event < EVENT_DIGITS.length ? EVENT_DIGITS.charAt(event) : null;
}

export function eventOfDigit(digit: string): number | null {
  const event = digit.length === 1 ? EVENT_DIGITS.indexOf(digit.toUpperCase()) : -1;
  return event < 0 ? null : event;
}

export interface ReceivedDigit {
  readonly digit: string;
  /** In RTP timestamp units of 8 kHz. */
  readonly durationSamples: number;
}

/**
 * States: idle, in event. idle -> in event on the first packet of a new timestamp; in event -> idle on an end bit, on a
 * packet of a newer timestamp, or when `expire` finds that its packets have stopped. Every way out reports the digit.
 */
export class DtmfReceiver {
  #event = -1;
  #timestamp = 0;
  #durationSamples = 0;
  #lastPacketMs = 0;
  #doneTimestamp: number | null = null;

  /** Takes one event payload; answers a digit that it completes, else null. Malformed payloads are null as well. */
  take(payload: Uint8Array, start: number, bytes: number, timestamp: number, nowMs: number): ReceivedDigit | null {
    if (bytes < 4) return null;
    const event = payload[start] ?? 0;
    if (digitOfEvent(event) === null) return null;
    const flags = payload[start + 1] ?? 0;
    const durationSamples = ((payload[start + 2] ?? 0) << 8) | (payload[start + 3] ?? 0);
    if (this.#isOld(timestamp)) return null;
    let completed: ReceivedDigit | null = null;
    if (this.#event >= 0 && timestamp !== this.#timestamp) completed = this.#complete();
    if (this.#event < 0) {
      this.#event = event;
      this.#timestamp = timestamp;
      this.#durationSamples = 0;
    }
    this.#durationSamples = Math.max(this.#durationSamples, durationSamples);
    this.#lastPacketMs = nowMs;
    // A lost end and a whole new event in one packet cannot both be answered: the new one waits for its next end packet.
    if (completed !== null) return completed;
    return flags & 0x80 ? this.#complete() : null;
  }

  /** Ends an event whose end packets were all lost. Called on each tick; answers its digit, else null. */
  expire(nowMs: number): ReceivedDigit | null {
    return this.#event >= 0 && nowMs - this.#lastPacketMs > END_LOST_MS ? this.#complete() : null;
  }

  /** A new source starts anew: its timestamps say nothing about those before. */
  reset(): void {
    this.#event = -1;
    this.#doneTimestamp = null;
  }

  #isOld(timestamp: number): boolean {
    if (this.#doneTimestamp !== null && ((timestamp - this.#doneTimestamp) | 0) <= 0) {
      // A sender may restart its clock; what is more than a minute back is not a retransmission.
      return ((this.#doneTimestamp - timestamp) | 0) < 60 * 8000;
    }
    return this.#event >= 0 && ((timestamp - this.#timestamp) | 0) < 0;
  }

  #complete(): ReceivedDigit {
    const digit = digitOfEvent(this.#event) ?? '';
    this.#doneTimestamp = this.#timestamp;
    this.#event = -1;
    return { digit, durationSamples: this.#durationSamples };
  }
}

/** One packet to send: `payload` is the sender's own buffer, to be copied at once. */
export interface EventPacket {
  marker: boolean;
  /** Samples since the event began, so that the caller can freeze the timestamp at its start. */
  isFirst: boolean;
  isEnd: boolean;
}

/**
 * States: idle, sending, gap. idle -> sending when a digit is queued; sending -> gap after the end packet; gap -> sending
 * or idle when the gap is over. One `next` a tick of 20 ms.
 */
export class DtmfSender {
  readonly payload = new Uint8Array(4);
  readonly packet: EventPacket = { marker: false, isFirst: false, isEnd: false };
  #queue: { event: number; durationSamples: number }[] = [];
  #event = -1;
  #targetSamples = 0;
  #sentSamples = 0;
  #gapMs = 0;

  /** Queues digits; characters that are no DTMF digit are ignored, and so is what exceeds a queue of 128. */
  push(digits: string, durationMs: number): void {
    // The duration field has 16 bits (section 2.3.5): 8 s at 8 kHz.
    const durationSamples = Math.round(Math.min(Math.max(durationMs, 40), 8000) * 8);
    for (const digit of digits) {
      const event = eventOfDigit(digit);
      if (event !== null && this.#queue.length < 128) this.#queue.push({ event, durationSamples });
    }
  }

  /** Whether an event is under way, so that audio may not be sent. */
  isSending(): boolean {
    return this.#event >= 0;
  }

  /** Whether `next` has anything to do on coming ticks. */
  isBusy(): boolean {
    return this.#event >= 0 || this.#gapMs > 0 || this.#queue.length > 0;
  }

  clear(): void {
    this.#queue = [];
    this.#event = -1;
    this.#gapMs = 0;
  }

  /** Makes the packet of this tick in `packet` and `payload`; false, and audio may be sent, in the gap between digits. */
  next(tickMs: number): boolean {
    if (this.#gapMs > 0) {
      this.#gapMs -= tickMs;
      return false;
    }
    const starts = this.#event < 0;
    if (starts) {
      const digit = this.#queue.shift();
      if (digit === undefined) return false;
      this.#event = digit.event;
      this.#targetSamples = digit.durationSamples;
      this.#sentSamples = 0;
    }
    this.#sentSamples = Math.min(this.#sentSamples + tickMs * 8, this.#targetSamples);
    const isEnd = this.#sentSamples >= this.#targetSamples;
    this.payload[0] = this.#event;
    this.payload[1] = (isEnd ? 0x80 : 0) | VOLUME_DBM0;
    this.payload[2] = this.#sentSamples >> 8;
    this.payload[3] = this.#sentSamples;
    this.packet.marker = starts;
    this.packet.isFirst = starts;
    this.packet.isEnd = isEnd;
    if (isEnd) {
      this.#event = -1;
      this.#gapMs = GAP_MS;
    }
    return true;
  }
}
