/**
 * How loud a frequency is in a piece of 8 kHz audio, by the Goertzel algorithm. Used by test phones and by whoever judges
 * a recording; not part of the media path.
 */

/** Levels below this are reported as this: nothing was heard. */
export const SILENCE_DB = -100;

/** Level of `frequencyHz` in dB of a full-scale sine; `stride` 2 takes every other sample, one channel of two. */
export function toneLevelDb(
  samples: ArrayLike<number>,
  frequencyHz: number,
  { sampleRate = 8000, start = 0, stride = 1 }: { sampleRate?: number; start?: number; stride?: number } = {},
): number {
  const count = Math.floor((samples.length - start + stride - 1) / stride);
  if (count < 1) return SILENCE_DB;
  const step = (2 * Math.PI * frequencyHz) / sampleRate;
  const factor = 2 * Math.cos(step);
  let last = 0;
  let beforeLast = 0;
  for (let i = 0; i < count; i += 1) {
    // A Hann window keeps a loud tone out of its neighbours' levels; its mean of one half is made up for below.
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / count);
    const value = (samples[start + i * stride] ?? 0) * window + factor * last - beforeLast;
    beforeLast = last;
    last = value;
  }
  const power = last * last + beforeLast * beforeLast - factor * last * beforeLast;
  const amplitude = (4 * Math.sqrt(Math.max(0, power))) / count;
  return Math.max(SILENCE_DB, 20 * Math.log10(amplitude / 32768));
}
