/**
 * The last second of a recording that is not yet written: two channels that are filled at any position, in any order, and
 * read out in order. What nobody filled is silence. Pure; one per recording, nothing allocated after construction.
 */

/** Frames of two channels; a power of two so that a position finds its place by a mask. */
export const WINDOW_FRAMES = 8192;
const MASK = WINDOW_FRAMES - 1;

export const LEFT = 0;
export const RIGHT = 1;
export type Channel = typeof LEFT | typeof RIGHT;

/** A hole of one or two samples is a clock correction, not loss, and is bridged so that it does not click. */
const MENDED_SAMPLES = 2;

export class RecordingWindow {
  readonly #frames = new Int16Array(2 * WINDOW_FRAMES);
  readonly #ends = [-1, -1];
  #readTo = 0;

  /** Everything before this position has been read. */
  readTo(): number {
    return this.#readTo;
  }

  /**
   * Puts `count` octets, decoded by `table`, at `position` of a channel. Answers how many samples came too late, their
   * place having been read. The caller reads first when `position + count` exceeds `readTo() + WINDOW_FRAMES`.
   */
  write(
    channel: Channel,
    position: number,
    table: Int16Array,
    source: Uint8Array,
    sourceStart: number,
    count: number,
  ): number {
    const late = Math.min(count, Math.max(0, this.#readTo - position));
    const end = Math.min(count, this.#readTo + WINDOW_FRAMES - position);
    this.#mend(channel, position, table[source[sourceStart] ?? 0] ?? 0);
    for (let i = late; i < end; i += 1) {
      this.#frames[2 * ((position + i) & MASK) + channel] = table[source[sourceStart + i] ?? 0] ?? 0;
    }
    this.#ends[channel] = position + count;
    return late;
  }

  /** Moves the next `count` frames to `target`, left and right in turn, and leaves silence behind. */
  read(count: number, target: Int16Array): void {
    for (let done = 0; done < count; ) {
      const from = (this.#readTo + done) & MASK;
      const take = Math.min(count - done, WINDOW_FRAMES - from);
      target.set(this.#frames.subarray(2 * from, 2 * (from + take)), 2 * done);
      this.#frames.fill(0, 2 * from, 2 * (from + take));
      done += take;
    }
    this.#readTo += count;
  }

  #mend(channel: Channel, position: number, sample: number): void {
    const end = this.#ends[channel] ?? -1;
    if (end < this.#readTo || position <= end || position - end > MENDED_SAMPLES) return;
    for (let at = end; at < position; at += 1) this.#frames[2 * (at & MASK) + channel] = sample;
  }
}
