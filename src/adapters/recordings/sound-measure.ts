/**
 * Measures a recording in one pass over its samples: level and peak of each channel, and the waveform that a player shows
 * before it has loaded the sound. Memory does not grow with the recording. Runs in the recording worker.
 */
import type { ChannelLevel } from '../../domain/calls/recording.js';

/** The JSON of BBC's audiowaveform, version 2, which players read: minimum and maximum per channel and point, 8 bits. */
export interface Waveform {
  readonly version: 2;
  readonly channels: number;
  readonly sample_rate: number;
  readonly samples_per_pixel: number;
  readonly bits: 8;
  readonly length: number;
  readonly data: readonly number[];
}

const MAX_POINTS = 4000;
/** 10 ms at 8 kHz: finer than any screen. */
const MIN_SAMPLES_PER_POINT = 80;
const FULL_SCALE = 32_768;

interface ChannelSums {
  squares: number;
  peak: number;
  low: number;
  high: number;
}

const decibels = (ratio: number): number => Math.round(200 * Math.log10(ratio)) / 10;

export class SoundMeasure {
  readonly #channels: readonly ChannelSums[];
  readonly #sampleRate: number;
  readonly #samplesPerPoint: number;
  readonly #points: number[] = [];
  #frames = 0;
  #framesInPoint = 0;

  constructor(channels: number, sampleRate: number, frames: number) {
    this.#channels = Array.from({ length: channels }, () => ({ squares: 0, peak: 0, low: 0, high: 0 }));
    this.#sampleRate = sampleRate;
    this.#samplesPerPoint = Math.max(MIN_SAMPLES_PER_POINT, Math.ceil(frames / MAX_POINTS));
  }

  /** Interleaved samples, whole frames. */
  add(samples: Int16Array): void {
    const channels = this.#channels;
    const frames = samples.length / channels.length;
    for (let frame = 0; frame < frames; ) {
      const take = Math.min(frames - frame, this.#samplesPerPoint - this.#framesInPoint);
      for (const [place, sums] of channels.entries())
        addSpan(sums, samples, frame * channels.length + place, channels.length, take);
      frame += take;
      this.#framesInPoint += take;
      if (this.#framesInPoint === this.#samplesPerPoint) this.#endPoint();
    }
    this.#frames += frames;
  }

  levels(): readonly ChannelLevel[] {
    return this.#channels.map(({ squares, peak }) => ({
      rmsDbfs: squares === 0 ? null : decibels(Math.sqrt(squares / this.#frames) / FULL_SCALE),
      peakDbfs: peak === 0 ? null : decibels(peak / FULL_SCALE),
    }));
  }

  waveform(): Waveform {
    if (this.#framesInPoint > 0) this.#endPoint();
    return {
      version: 2,
      channels: this.#channels.length,
      sample_rate: this.#sampleRate,
      samples_per_pixel: this.#samplesPerPoint,
      bits: 8,
      length: this.#points.length / (2 * this.#channels.length),
      data: this.#points,
    };
  }

  #endPoint(): void {
    this.#framesInPoint = 0;
    for (const sums of this.#channels) {
      this.#points.push(sums.low >> 8, sums.high >> 8);
      sums.low = 0;
      sums.high = 0;
    }
  }
}

function addSpan(sums: ChannelSums, samples: Int16Array, from: number, step: number, count: number): void {
  let { squares, low, high } = sums;
  for (let taken = 0, at = from; taken < count; taken += 1, at += step) {
    const sample = samples[at] ?? 0;
    squares += sample * sample;
    if (sample < low) low = sample;
    if (sample > high) high = sample;
  }
  sums.squares = squares;
  sums.low = low;
  sums.high = high;
  sums.peak = Math.max(sums.peak, high, -low);
}
