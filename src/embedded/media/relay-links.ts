/**
 * A media thread's links to the other threads: one ring out and one in for each, and what arrives handed to the thread's
 * own sessions by their number. Only used when there is more than one thread.
 */

import { systemClock } from './media-clock.js';
import type { G711PayloadType } from './media-port.js';
import { RelayReader, type RelayReceiver, RelayWriter } from './relay-ring.js';
import type { RtpHeader } from './rtp-packet.js';
import type { RelayPeer } from './rtp-session.js';

export class RelayLinks implements RelayReceiver {
  readonly #writers = new Map<number, RelayWriter>();
  readonly #readers = new Map<number, RelayReader>();
  /** This thread's sessions that are bridged with one of another thread. */
  readonly #sessions = new Map<number, RelayPeer>();

  /** Joins this thread to another, or anew to one that has taken a dead one's place. */
  link(worker: number, outgoing: SharedArrayBuffer, incoming: SharedArrayBuffer): void {
    this.#writers.set(worker, new RelayWriter(outgoing));
    this.#readers.set(worker, new RelayReader(incoming));
  }

  /** The session's counterpart in another thread, or null when there is no such thread. */
  join(number: number, session: RelayPeer, otherWorker: number, otherNumber: number): RelayPeer | null {
    const writer = this.#writers.get(otherWorker);
    if (writer === undefined) return null;
    this.#sessions.set(number, session);
    return {
      relay: (packet, header, payloadType) => writer.relay(otherNumber, packet, header, payloadType),
      withhold: (ssrc, sequence) => writer.withhold(otherNumber, ssrc, sequence),
      relayDigit: (digit, durationMs) => writer.relayDigit(otherNumber, digit, durationMs),
      interrupt: () => writer.interrupt(otherNumber),
    };
  }

  part(number: number): void {
    this.#sessions.delete(number);
  }

  /** Called on each phase of the clock, so that a packet waits 5 ms at the most. */
  drain(): void {
    for (const reader of this.#readers.values()) reader.drain(this);
  }

  relay(target: number, packet: Buffer, header: RtpHeader, payloadType: G711PayloadType): void {
    this.#sessions.get(target)?.relay(packet, header, payloadType, systemClock.now());
  }

  withhold(target: number, ssrc: number, sequence: number): void {
    this.#sessions.get(target)?.withhold(ssrc, sequence);
  }

  relayDigit(target: number, digit: string, durationMs: number): void {
    this.#sessions.get(target)?.relayDigit(digit, durationMs);
  }

  interrupt(target: number): void {
    this.#sessions.get(target)?.interrupt();
  }
}
