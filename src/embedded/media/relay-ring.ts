/**
 * Carries packets from one media thread to another when the two legs of a bridge live apart: a ring of fixed slots in
 * shared memory, one writer, one reader, no lock and no allocation. The reader empties it on each phase of its clock.
 */

import type { G711PayloadType } from './media-port.js';
import { emptyRtpHeader, type RtpHeader } from './rtp-packet.js';

const SLOTS = 1024;
const PAYLOAD_BYTES = 1448;

/** Eight 32-bit words: kind, target, payload type, payload bytes, SSRC, sequence, timestamp, duration in ms. */
const SLOT_WORDS = 8;
const SLOT_BYTES = SLOT_WORDS * 4 + PAYLOAD_BYTES;

/** The ring's own two words: how many slots were ever written, and how many were read. */
const WRITTEN = 0;
const READ = 1;
const HEAD_BYTES = 8;

const PACKET = 0;
const WITHHELD = 1;
const DIGIT = 2;
const INTERRUPT = 3;

export function createRelayMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(HEAD_BYTES + SLOTS * SLOT_BYTES);
}

/** What the reading thread does with what arrives for the session of a number. */
export interface RelayReceiver {
  relay(target: number, packet: Buffer, header: RtpHeader, payloadType: G711PayloadType): void;
  withhold(target: number, ssrc: number, sequence: number): void;
  relayDigit(target: number, digit: string, durationMs: number): void;
  interrupt(target: number): void;
}

class RelayRing {
  protected readonly head: Int32Array;
  protected readonly words: Int32Array;
  protected readonly bytes: Buffer;

  constructor(memory: SharedArrayBuffer) {
    this.head = new Int32Array(memory, 0, 2);
    this.words = new Int32Array(memory);
    this.bytes = Buffer.from(memory);
  }

  protected wordAt(slot: number): number {
    return (HEAD_BYTES + (slot & (SLOTS - 1)) * SLOT_BYTES) / 4;
  }

  protected payloadAt(slot: number): number {
    return HEAD_BYTES + (slot & (SLOTS - 1)) * SLOT_BYTES + SLOT_WORDS * 4;
  }
}

/** The writing end. What finds the ring full is lost, as a packet is in a full socket. */
export class RelayWriter extends RelayRing {
  /** Packets lost because the other thread did not keep up. */
  overflows = 0;

  relay(target: number, packet: Buffer, header: RtpHeader, payloadType: G711PayloadType): void {
    if (header.payloadBytes > PAYLOAD_BYTES) return;
    const slot = this.#claim(PACKET, target);
    if (slot === null) return;
    const at = this.wordAt(slot);
    this.words[at + 2] = payloadType;
    this.words[at + 3] = header.payloadBytes;
    this.words[at + 4] = header.ssrc;
    this.words[at + 5] = header.sequence;
    this.words[at + 6] = header.timestamp;
    packet.copy(this.bytes, this.payloadAt(slot), header.payloadStart, header.payloadStart + header.payloadBytes);
    Atomics.add(this.head, WRITTEN, 1);
  }

  withhold(target: number, ssrc: number, sequence: number): void {
    const slot = this.#claim(WITHHELD, target);
    if (slot === null) return;
    this.words[this.wordAt(slot) + 4] = ssrc;
    this.words[this.wordAt(slot) + 5] = sequence;
    Atomics.add(this.head, WRITTEN, 1);
  }

  relayDigit(target: number, digit: string, durationMs: number): void {
    const slot = this.#claim(DIGIT, target);
    if (slot === null) return;
    this.words[this.wordAt(slot) + 4] = digit.charCodeAt(0);
    this.words[this.wordAt(slot) + 7] = Math.round(durationMs);
    Atomics.add(this.head, WRITTEN, 1);
  }

  interrupt(target: number): void {
    if (this.#claim(INTERRUPT, target) !== null) Atomics.add(this.head, WRITTEN, 1);
  }

  /** The slot to fill, or null when the ring is full; it is the reader's once WRITTEN counts it. */
  #claim(kind: number, target: number): number | null {
    const slot = Atomics.load(this.head, WRITTEN);
    if (((slot - Atomics.load(this.head, READ)) | 0) >= SLOTS) {
      this.overflows += 1;
      return null;
    }
    const at = this.wordAt(slot);
    this.words[at] = kind;
    this.words[at + 1] = target;
    return slot;
  }
}

/** The reading end. */
export class RelayReader extends RelayRing {
  readonly #header = emptyRtpHeader();

  drain(receiver: RelayReceiver): void {
    const written = Atomics.load(this.head, WRITTEN);
    for (let slot = Atomics.load(this.head, READ); slot !== written; slot = (slot + 1) | 0) {
      this.#take(slot, receiver);
      Atomics.add(this.head, READ, 1);
    }
  }

  #take(slot: number, receiver: RelayReceiver): void {
    const at = this.wordAt(slot);
    const word = (index: number) => this.words[at + index] ?? 0;
    const target = word(1);
    switch (word(0)) {
      case PACKET: {
        const header = this.#header;
        header.payloadStart = this.payloadAt(slot);
        header.payloadBytes = word(3);
        header.ssrc = word(4) >>> 0;
        header.sequence = word(5);
        header.timestamp = word(6) >>> 0;
        receiver.relay(target, this.bytes, header, word(2) === 0 ? 0 : 8);
        return;
      }
      case WITHHELD:
        receiver.withhold(target, word(4) >>> 0, word(5));
        return;
      case DIGIT:
        receiver.relayDigit(target, String.fromCharCode(word(4)), word(7));
        return;
      case INTERRUPT:
        receiver.interrupt(target);
        return;
    }
  }
}
