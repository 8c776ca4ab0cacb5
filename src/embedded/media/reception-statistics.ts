/**
 * What RTCP reports about a received stream (RFC 3550 section 6.4.1, appendices A.1, A.3 and A.8). One per session, fed
 * with every accepted packet; allocation-free.
 */

import { sequenceDistance, timestampDistance } from './rtp-packet.js';

/** A packet that takes this much longer than the fastest one misses a usual playout buffer. */
const LATE_SAMPLES = 40 * 8;

/** RFC 3550 appendix A.1: a jump this large is a restarted sender, not loss. */
const MAX_DROPOUT = 3000;

export class ReceptionStatistics {
  received = 0;
  late = 0;
  /** Interarrival jitter in timestamp units, appendix A.8. */
  jitterSamples = 0;
  ssrc = 0;
  #hasSource = false;
  #highest = 0;
  #extendedHighest = 0;
  #extendedBase = 0;
  /** Packets received of the present source, and of the sources before: loss is counted per source. */
  #receivedOfSource = 0;
  #lostBefore = 0;
  #lastTransit = 0;
  #leastTransit = 0;
  #expectedAtReport = 0;
  #receivedAtReport = 0;

  /**
   * Counts a packet that came at `nowMs`. Telephone events (`isTimed` false) say nothing about delay: all packets of an
   * event have the timestamp of its start.
   */
  take(ssrc: number, sequence: number, timestamp: number, nowMs: number, isTimed = true): void {
    const transit = isTimed ? timestampDistance(Math.round(nowMs * 8), timestamp) : this.#lastTransit;
    this.received += 1;
    const ahead = sequenceDistance(sequence, this.#highest);
    if (!this.#hasSource || ssrc !== this.ssrc || Math.abs(ahead) > MAX_DROPOUT) {
      this.#startSource(ssrc, sequence, transit);
      return;
    }
    this.#receivedOfSource += 1;
    if (ahead > 0) {
      this.#highest = sequence;
      this.#extendedHighest += ahead;
    }
    if (isTimed) this.#measure(transit);
  }

  hasSource(): boolean {
    return this.#hasSource;
  }

  /** Cumulative number of packets lost, never negative (duplicates would make it so). */
  lost(): number {
    return this.#lostBefore + this.#lostOfSource();
  }

  /** Extended highest sequence number, 32 bits. */
  extendedHighest(): number {
    return this.#extendedHighest >>> 0;
  }

  /** The fraction lost since the last call, in 1/256 (appendix A.3), for one report block. */
  fractionLost(): number {
    const expected = this.#extendedHighest - this.#extendedBase + 1;
    const expectedNow = expected - this.#expectedAtReport;
    const receivedNow = this.#receivedOfSource - this.#receivedAtReport;
    this.#expectedAtReport = expected;
    this.#receivedAtReport = this.#receivedOfSource;
    const lostNow = expectedNow - receivedNow;
    return expectedNow <= 0 || lostNow <= 0 ? 0 : Math.min(255, Math.floor((lostNow * 256) / expectedNow));
  }

  #lostOfSource(): number {
    if (!this.#hasSource) return 0;
    return Math.max(0, this.#extendedHighest - this.#extendedBase + 1 - this.#receivedOfSource);
  }

  #measure(transit: number): void {
    const difference = Math.abs(timestampDistance(transit, this.#lastTransit));
    this.#lastTransit = transit;
    // A restarted timestamp is no jitter.
    if (difference < 8000) this.jitterSamples += (difference - this.jitterSamples) / 16;
    const delay = timestampDistance(transit, this.#leastTransit);
    if (delay < 0 || delay > 80_000) this.#leastTransit = transit;
    else if (delay > LATE_SAMPLES) this.late += 1;
  }

  #startSource(ssrc: number, sequence: number, transit: number): void {
    this.#lostBefore += this.#lostOfSource();
    this.#hasSource = true;
    this.ssrc = ssrc;
    this.#highest = sequence;
    this.#extendedBase = sequence;
    this.#extendedHighest = sequence;
    this.#receivedOfSource = 1;
    this.#expectedAtReport = 0;
    this.#receivedAtReport = 0;
    this.#lastTransit = transit;
    this.#leastTransit = transit;
  }
}
