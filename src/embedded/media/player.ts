/**
 * One `play`: reads a source round after round without losing a sample between two rounds, and knows when it is over. The
 * session asks it for 20 ms on each tick.
 *
 * States: playing -> done (all rounds played) | failed (the source cannot be played, or broke off).
 */

import type { SampleSource } from './play-source.js';

export class Player {
  readonly playId: number;
  readonly #source: SampleSource;
  readonly #plays: number;
  #rounds = 0;
  #playedSamples = 0;
  #state: 'playing' | 'done' | 'failed' = 'playing';

  /** `plays` 0 means without end. */
  constructor(playId: number, source: SampleSource, plays: number) {
    this.playId = playId;
    this.#source = source;
    this.#plays = plays;
  }

  state(): 'playing' | 'done' | 'failed' {
    return this.#state;
  }

  playedMs(): number {
    return this.#playedSamples / 8;
  }

  /**
   * Writes the next `count` samples; what the source does not have is silence. Answers false when there was nothing to
   * play at all: it is over, or its file has not been decoded yet.
   */
  fill(target: Int16Array, count: number): boolean {
    let filled = 0;
    while (filled < count && this.#state === 'playing') {
      const got = this.#source.read(target, filled, count - filled);
      filled += got;
      if (filled === count) break;
      const state = this.#source.state();
      if (state === 'failed') this.#state = 'failed';
      else if (state === 'end') this.#nextRound();
      else if (got === 0) break;
    }
    this.#playedSamples += filled;
    if (filled > 0) target.fill(0, filled, count);
    return filled > 0;
  }

  close(): void {
    this.#source.close?.();
  }

  #nextRound(): void {
    this.#rounds += 1;
    if (this.#plays > 0 && this.#rounds >= this.#plays) this.#state = 'done';
    else this.#source.rewind();
  }
}
