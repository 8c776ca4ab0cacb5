/**
 * Sequence numbers and timestamps of the one RTP stream that a session sends. Whatever fills it (prompts, the other leg's
 * packets, DTMF), the receiver sees one SSRC whose sequence has no gap of our making and whose timestamps follow the
 * clock and never go back (RFC 3550 section 5.1). Pure: time comes in as an argument, in ms of a monotonic clock.
 */

import { sequenceDistance, timestampDistance } from './rtp-packet.js';

/** Relayed packets that are older than this many are dropped; the bit mask below has as many bits. */
const REORDER_PACKETS = 32;

/** A jump of more than this is a restarted sender and is hidden from the receiver. */
const MAX_SEQUENCE_JUMP = 100;
const MAX_TIMESTAMP_JUMP = 8000 * 30;

export class OutgoingStream {
  readonly ssrc: number;
  /** What the last call to `own`, `event` or `relay` decided for the packet to send. */
  sequence: number;
  timestamp = 0;
  marker = true;
  #highestSequence: number;
  /** The timestamp that must not be gone below: that of the newest packet plus its length. */
  #endTimestamp: number;
  #baseTimestamp: number;
  readonly #baseMs: number;
  /** What filled the stream last; a change sets the marker bit. */
  #filler: 'nothing' | 'own' | 'relay' = 'nothing';
  #eventTimestamp = 0;
  #relaySsrc = 0;
  #relayHighest = 0;
  #relayOldest = 0;
  #relayTimestamp = 0;
  #relaySeen = 0;
  #sequenceOffset = 0;
  #timestampOffset = 0;

  constructor(ssrc: number, firstSequence: number, firstTimestamp: number, nowMs: number) {
    this.ssrc = ssrc >>> 0;
    this.sequence = firstSequence & 0xffff;
    this.#highestSequence = (firstSequence - 1) & 0xffff;
    this.#baseTimestamp = firstTimestamp >>> 0;
    this.#endTimestamp = this.#baseTimestamp;
    this.#baseMs = nowMs;
  }

  /** A frame of our own, of `samples` samples, that is due at `dueMs`. */
  own(dueMs: number, samples: number): void {
    this.timestamp = this.#clockTimestamp(dueMs);
    this.marker = this.#filler !== 'own';
    this.#filler = 'own';
    this.#endTimestamp = (this.timestamp + samples) >>> 0;
    this.#nextSequence();
  }

  /** An RFC 4733 packet: its timestamp stays that of the event's first packet (section 2.3.3). */
  event(dueMs: number, isFirst: boolean, durationSamples: number): void {
    if (isFirst) this.#eventTimestamp = this.#clockTimestamp(dueMs);
    this.timestamp = this.#eventTimestamp;
    this.marker = isFirst;
    // The audio after an event starts a new talk spurt.
    this.#filler = 'nothing';
    this.#endTimestamp = (this.#eventTimestamp + durationSamples) >>> 0;
    this.#nextSequence();
  }

  /** Nothing is relayed any more, or not from this source: the next relayed packet is joined on anew. */
  interrupt(): void {
    this.#filler = 'nothing';
  }

  /**
   * A packet of the other leg. Loss and reordering on its way to us stay visible, so that the receiver's jitter buffer can
   * do its work; answers false for duplicates and for packets too old to be of use.
   */
  relay(ssrc: number, sequence: number, timestamp: number, samples: number, nowMs: number): boolean {
    const ahead = sequenceDistance(sequence, this.#relayHighest);
    const jump = timestampDistance(timestamp, this.#relayTimestamp);
    const isJoined = this.#filler === 'relay' && ssrc === this.#relaySsrc;
    if (
      !isJoined ||
      Math.abs(ahead) > MAX_SEQUENCE_JUMP ||
      Math.abs(jump) > MAX_TIMESTAMP_JUMP ||
      (ahead > 0 && jump < 0)
    ) {
      this.#join(ssrc, sequence, timestamp, nowMs);
    } else if (ahead > 0) {
      this.#relaySeen = ahead >= REORDER_PACKETS ? 1 : (this.#relaySeen << ahead) | 1;
      this.#relayHighest = sequence;
      this.#relayTimestamp = timestamp;
      this.marker = false;
    } else {
      const bit = ahead > -REORDER_PACKETS ? 1 << -ahead : 0;
      if (bit === 0 || this.#relaySeen & bit || sequenceDistance(sequence, this.#relayOldest) < 0) return false;
      this.#relaySeen |= bit;
      this.marker = false;
    }
    this.sequence = (sequence + this.#sequenceOffset) & 0xffff;
    this.timestamp = (timestamp + this.#timestampOffset) >>> 0;
    if (sequenceDistance(this.sequence, this.#highestSequence) > 0) {
      this.#highestSequence = this.sequence;
      this.#endTimestamp = (this.timestamp + samples) >>> 0;
    }
    return true;
  }

  /** A packet of the relayed source that we keep for ourselves (an event): it must not look like a lost one. */
  withhold(ssrc: number, sequence: number): void {
    if (this.#filler !== 'relay' || ssrc !== this.#relaySsrc) return;
    const ahead = sequenceDistance(sequence, this.#relayHighest);
    if (ahead <= 0 || ahead > MAX_SEQUENCE_JUMP) return;
    this.#sequenceOffset -= 1;
    this.#relayHighest = sequence;
    // What is older would now be numbered wrongly.
    this.#relayOldest = (sequence + 1) & 0xffff;
    this.#relaySeen = 1;
  }

  #join(ssrc: number, sequence: number, timestamp: number, nowMs: number): void {
    this.#filler = 'relay';
    this.marker = true;
    this.#relaySsrc = ssrc;
    this.#relayHighest = sequence;
    this.#relayOldest = sequence;
    this.#relayTimestamp = timestamp;
    this.#relaySeen = 1;
    this.#sequenceOffset = this.#highestSequence + 1 - sequence;
    this.#timestampOffset = this.#clockTimestamp(nowMs) - timestamp;
  }

  /** The timestamp of this instant, moved on when the stream is already past it. */
  #clockTimestamp(nowMs: number): number {
    const timestamp = (this.#baseTimestamp + Math.round((nowMs - this.#baseMs) * 8)) >>> 0;
    const behind = timestampDistance(this.#endTimestamp, timestamp);
    if (behind <= 0) return timestamp;
    this.#baseTimestamp = (this.#baseTimestamp + behind) >>> 0;
    return (timestamp + behind) >>> 0;
  }

  #nextSequence(): void {
    this.#highestSequence = (this.#highestSequence + 1) & 0xffff;
    this.sequence = this.#highestSequence;
  }
}
