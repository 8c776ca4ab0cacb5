/**
 * One session that listens to another and may speak into it, as FreeSWITCH's eavesdrop does: the listener plays it as a source, and
 * the other session hands it every packet before anything is mixed in. Who speaks into the other one never hears himself.
 *
 * States: open -> closed, when either of the two sessions ends or the listener plays something else.
 */

import { decodeTable, encodeG711 } from './g711.js';
import type { G711PayloadType, TapManner } from './media-port.js';
import type { SampleSource, SourceState } from './play-source.js';

const CAPACITY = 1_600;
/** So much is waited for before the first sample is taken: two ticks, since packets come when they like. */
const LEAD = 320;
/** More than this is lateness that nobody wants. */
const MOST = 960;

/** Samples on their way from a packet to a tick: 200 ms at the most, the oldest are dropped. */
class VoiceQueue {
  readonly #samples = new Int16Array(CAPACITY);
  #from = 0;
  #count = 0;
  #isFlowing = false;

  push(payloadType: G711PayloadType, packet: Uint8Array, start: number, count: number): void {
    const table = decodeTable(payloadType);
    for (let i = 0; i < count; i += 1) {
      this.#samples[(this.#from + this.#count) % CAPACITY] = table[packet[start + i] ?? 0] ?? 0;
      if (this.#count === CAPACITY) this.#from = (this.#from + 1) % CAPACITY;
      else this.#count += 1;
    }
    if (this.#count > MOST) this.#drop(this.#count - LEAD);
  }

  /** Adds `count` samples to the target; nothing while too few are there. */
  addTo(target: Int16Array, start: number, count: number): void {
    this.#isFlowing = this.#count >= (this.#isFlowing ? count : LEAD);
    if (!this.#isFlowing) return;
    for (let i = 0; i < count; i += 1) {
      const sum = (target[start + i] ?? 0) + (this.#samples[(this.#from + i) % CAPACITY] ?? 0);
      target[start + i] = Math.max(-32_768, Math.min(32_767, sum));
    }
    this.#drop(count);
  }

  #drop(count: number): void {
    this.#from = (this.#from + count) % CAPACITY;
    this.#count -= count;
  }
}

const mixed = new Int16Array(CAPACITY);

export class Tap implements SampleSource {
  readonly #received: VoiceQueue | null;
  readonly #sent: VoiceQueue | null;
  readonly #toFarEnd: VoiceQueue | null;
  readonly #toPeer: VoiceQueue | null;
  readonly #onClose: (tap: Tap) => void;
  #isOpen = true;

  constructor(manner: TapManner, onClose: (tap: Tap) => void) {
    this.#received = manner.hearsReceived ? new VoiceQueue() : null;
    this.#sent = manner.hearsSent ? new VoiceQueue() : null;
    this.#toFarEnd = manner.speaksToFarEnd ? new VoiceQueue() : null;
    this.#toPeer = manner.speaksToPeer ? new VoiceQueue() : null;
    this.#onClose = onClose;
  }

  /** A packet of the session that is listened to. */
  hear(isReceived: boolean, payloadType: G711PayloadType, packet: Uint8Array, start: number, count: number): void {
    (isReceived ? this.#received : this.#sent)?.push(payloadType, packet, start, count);
  }

  /** A packet of the listener's own. */
  speak(payloadType: G711PayloadType, packet: Uint8Array, start: number, count: number): void {
    this.#toFarEnd?.push(payloadType, packet, start, count);
    this.#toPeer?.push(payloadType, packet, start, count);
  }

  /** Mixes the listener's voice into a packet in its place. */
  mixInto(isReceived: boolean, payloadType: G711PayloadType, packet: Uint8Array, start: number, count: number): void {
    const voice = isReceived ? this.#toPeer : this.#toFarEnd;
    if (voice === null || count > CAPACITY) return;
    const table = decodeTable(payloadType);
    for (let i = 0; i < count; i += 1) mixed[i] = table[packet[start + i] ?? 0] ?? 0;
    voice.addTo(mixed, 0, count);
    encodeG711(payloadType, mixed, 0, count, packet, start);
  }

  read(target: Int16Array, start: number, count: number): number {
    if (!this.#isOpen) return 0;
    target.fill(0, start, start + count);
    this.#received?.addTo(target, start, count);
    this.#sent?.addTo(target, start, count);
    return count;
  }

  state(): SourceState {
    return this.#isOpen ? 'more' : 'end';
  }

  /** What has passed cannot be heard again. */
  rewind(): void {
    this.close();
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onClose(this);
  }
}
