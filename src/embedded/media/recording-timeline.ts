/**
 * Where in a recording the audio of one RTP stream belongs. Timestamps say how packets lie to each other, arrival says
 * where they lie on our clock; together they keep a channel on time through loss, reordering, jitter and clock drift. Pure:
 * positions are samples of 8 kHz since the recording's start.
 */

import { sequenceDistance, timestampDistance } from './rtp-packet.js';

/** A stream this far off its place has restarted its timestamps. */
const RESTART_SAMPLES = 8000;

/**
 * Smaller errors than this are left alone, since every correction is a flaw in the audio; larger ones are put right by one
 * sample a packet, which nobody hears, and those beyond the second bound at once.
 */
const TOLERATED_SAMPLES = 80;
const STEP_SAMPLES = 160;

/** Lateness is jitter unless every packet of a second shows it. */
const WINDOW_PACKETS = 50;

export class RecordingTimeline {
  #isStarted = false;
  #ssrc = 0;
  #sequence = 0;
  #timestamp = 0;
  /** The position of `#timestamp`. */
  #position = 0;
  #leastLateness = Number.POSITIVE_INFINITY;
  #windowPackets = 0;
  /** Until the first window is full the true delay is a guess, so an early packet is believed at once. */
  #isSettling = true;
  /** What is still to be put right; negative moves towards earlier. */
  #slewSamples = 0;

  /** Answers the position of the packet's first sample; `arrival` is the position of the instant it came (or left). */
  place(ssrc: number, sequence: number, timestamp: number, arrival: number): number {
    if (!this.#isStarted || ssrc !== this.#ssrc) return this.#anchor(ssrc, sequence, timestamp, arrival);
    const position = this.#position + timestampDistance(timestamp, this.#timestamp);
    if (sequenceDistance(sequence, this.#sequence) <= 0) {
      // Reordered: it lies where its timestamp says, and says nothing about delay. Far off, it belongs to a restart.
      return Math.abs(arrival - position) > RESTART_SAMPLES
        ? this.#anchor(ssrc, sequence, timestamp, arrival)
        : position;
    }
    const lateness = arrival - position;
    const believed = this.#isSettling ? TOLERATED_SAMPLES : STEP_SAMPLES;
    if (lateness > RESTART_SAMPLES || lateness < -believed) return this.#anchor(ssrc, sequence, timestamp, arrival);
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#position = position + this.#correction(lateness);
    return this.#position;
  }

  #anchor(ssrc: number, sequence: number, timestamp: number, arrival: number): number {
    this.#isStarted = true;
    this.#ssrc = ssrc;
    this.#sequence = sequence;
    this.#timestamp = timestamp;
    this.#position = arrival;
    this.#slewSamples = 0;
    this.#isSettling = true;
    this.#startWindow();
    return arrival;
  }

  /** How many samples to move this packet and all that follow. */
  #correction(lateness: number): number {
    // Nothing comes before it was sent, so an early packet shows at once that the mapping is late.
    if (lateness < -TOLERATED_SAMPLES && this.#slewSamples >= 0) this.#slewSamples = lateness;
    this.#leastLateness = Math.min(this.#leastLateness, lateness);
    this.#windowPackets += 1;
    if (this.#windowPackets === WINDOW_PACKETS) {
      const least = this.#leastLateness;
      this.#isSettling = false;
      this.#startWindow();
      if (least > STEP_SAMPLES) return least;
      if (least > TOLERATED_SAMPLES) this.#slewSamples = least;
    }
    const step = Math.sign(this.#slewSamples);
    this.#slewSamples -= step;
    return step;
  }

  #startWindow(): void {
    this.#leastLateness = Number.POSITIVE_INFINITY;
    this.#windowPackets = 0;
  }
}
