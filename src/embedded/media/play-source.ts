/**
 * What a player reads: a file, silence or a tone, as 8 kHz samples on demand. Each reads from its start to its end and
 * can be rewound for another round; none of them blocks or allocates while it plays.
 */

import type { AudioHandle, AudioLibrary } from './audio-library.js';
import type { PlaySource } from './media-port.js';
import { SineSum } from './tone.js';

/**
 * `more`: there is more to read now or later (`read` may answer 0 while a file is still being decoded). `end`: the round
 * is over. `failed`: it cannot be played.
 */
export type SourceState = 'more' | 'end' | 'failed';

export interface SampleSource {
  /** Writes at most `count` samples; answers how many. */
  read(target: Int16Array, start: number, count: number): number;
  state(): SourceState;
  rewind(): void;
  /** Nobody reads it any more. */
  close?(): void;
}

export function openSource(source: PlaySource, library: AudioLibrary): SampleSource {
  switch (source.kind) {
    case 'file':
      return new FileSource(library.open(source.path));
    case 'silence':
      return new SilenceSource(source.durationMs);
    case 'tone':
      return new ToneSource(source);
    case 'tap':
      // The thread opens these, which knows the other session; here it is gone.
      return NOTHING;
  }
}

const NOTHING: SampleSource = { read: () => 0, state: () => 'failed', rewind: () => undefined };

class FileSource implements SampleSource {
  readonly #handle: AudioHandle;
  #piece = 0;
  #offset = 0;

  constructor(handle: AudioHandle) {
    this.#handle = handle;
  }

  read(target: Int16Array, start: number, count: number): number {
    const pieces = this.#handle.audio?.pieces ?? [];
    let done = 0;
    while (done < count) {
      const piece = pieces[this.#piece];
      if (piece === undefined) break;
      const take = Math.min(count - done, piece.length - this.#offset);
      for (let i = 0; i < take; i += 1) target[start + done + i] = piece[this.#offset + i] ?? 0;
      done += take;
      this.#offset += take;
      if (this.#offset === piece.length) {
        this.#piece += 1;
        this.#offset = 0;
      }
    }
    return done;
  }

  state(): SourceState {
    const { audio, error } = this.#handle;
    if (error !== null) return 'failed';
    if (audio === null || this.#piece < audio.pieces.length || audio.state === 'loading') return 'more';
    return audio.state === 'failed' || audio.samples === 0 ? 'failed' : 'end';
  }

  rewind(): void {
    this.#piece = 0;
    this.#offset = 0;
  }
}

class SilenceSource implements SampleSource {
  readonly #samples: number;
  #position = 0;

  /** Negative means without end, as in FreeSWITCH's `silence_stream://-1`; zero is refused there and fails here. */
  constructor(durationMs: number) {
    this.#samples = durationMs < 0 ? Number.POSITIVE_INFINITY : Math.round(durationMs * 8);
  }

  read(target: Int16Array, start: number, count: number): number {
    const take = Math.min(count, this.#samples - this.#position);
    for (let i = 0; i < take; i += 1) target[start + i] = 0;
    this.#position += take;
    return take;
  }

  state(): SourceState {
    if (!(this.#samples > 0)) return 'failed';
    return this.#position < this.#samples ? 'more' : 'end';
  }

  rewind(): void {
    this.#position = 0;
  }
}

class ToneSource implements SampleSource {
  readonly #sines: SineSum;
  readonly #onSamples: number;
  readonly #cycleSamples: number;
  readonly #samples: number;
  #position = 0;

  constructor(tone: PlaySource & { kind: 'tone' }) {
    this.#sines = new SineSum(tone.frequenciesHz, tone.levelDb);
    this.#onSamples = Math.max(0, Math.round(tone.onMs * 8));
    this.#cycleSamples = this.#onSamples + Math.max(0, Math.round(tone.offMs * 8));
    this.#samples = tone.loops === 0 ? Number.POSITIVE_INFINITY : this.#cycleSamples * tone.loops;
  }

  read(target: Int16Array, start: number, count: number): number {
    let done = 0;
    while (done < count && this.state() === 'more') {
      const inCycle = this.#position % this.#cycleSamples;
      const isOn = inCycle < this.#onSamples;
      const take = Math.min(count - done, (isOn ? this.#onSamples : this.#cycleSamples) - inCycle);
      if (inCycle === 0) this.#sines.restart();
      if (isOn) this.#sines.fill(target, start + done, take);
      else target.fill(0, start + done, start + done + take);
      done += take;
      this.#position += take;
    }
    return done;
  }

  state(): SourceState {
    if (!(this.#cycleSamples > 0)) return 'failed';
    return this.#position < this.#samples ? 'more' : 'end';
  }

  rewind(): void {
    this.#position = 0;
  }
}
