/**
 * Sound for a telephone line: mono, 8 kHz, and for speech the band that a line carries. Most of a synthetic voice's
 * energy lies below 300 Hz, which the line drops: without the band-pass, a voice normalised to -3 dBFS arrives faint.
 */
import { NotASoundError, type Sound, TELEPHONE_RATE } from './wav-sound.js';

const LOW_EDGE_HZ = 200;
const HIGH_EDGE_HZ = 3600;
/** Zero crossings of the sinc on each side: a transition band of about 400 Hz at 8 kHz. */
const KERNEL_CROSSINGS = 24;
const PEAK = 10 ** (-3 / 20);

export function mixToMono({ channels }: Sound): Float32Array {
  const [first = new Float32Array(0)] = channels;
  if (channels.length === 1) return first;
  return first.map((_unused, place) => {
    let sum = 0;
    for (const channel of channels) sum += channel[place] ?? 0;
    return sum / channels.length;
  });
}

/** Blackman window, from -1 to 1. */
const blackman = (x: number): number => 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);

/** Windowed-sinc interpolation to 8 kHz; its cut-off keeps out what 8 kHz cannot carry. */
export function resampleToTelephone(samples: Float32Array, sampleRate: number): Float32Array {
  const cutoff = Math.min(HIGH_EDGE_HZ, sampleRate * 0.45) / sampleRate;
  const half = KERNEL_CROSSINGS / (2 * cutoff);
  const step = sampleRate / TELEPHONE_RATE;
  const resampled = new Float32Array(Math.floor(samples.length / step));
  // The distance between an output sample and its inputs repeats: at 16 kHz every time, at 44.1 kHz every 80 samples.
  const kernels = new Map<number, Float32Array>();
  for (let place = 0; place < resampled.length; place += 1) {
    const centre = place * step;
    const start = Math.ceil(centre - half);
    const phase = Math.round((centre - start) * 1e6);
    const kernel = kernels.get(phase) ?? makeKernel(centre - start, half, cutoff);
    if (kernels.size < 512) kernels.set(phase, kernel);
    let sum = 0;
    for (let tap = 0; tap < kernel.length; tap += 1) sum += (samples[start + tap] ?? 0) * (kernel[tap] ?? 0);
    resampled[place] = sum;
  }
  return resampled;
}

function makeKernel(offset: number, half: number, cutoff: number): Float32Array {
  const kernel = new Float32Array(Math.floor(2 * half) + 1);
  for (let tap = 0; tap < kernel.length; tap += 1) {
    const x = tap - offset;
    const sinc = x === 0 ? 1 : Math.sin(2 * Math.PI * cutoff * x) / (2 * Math.PI * cutoff * x);
    kernel[tap] = 2 * cutoff * sinc * blackman(Math.min(Math.abs(x) / half, 1));
  }
  return kernel;
}

/** A Butterworth section, in place (R. Bristow-Johnson's cookbook, high-pass). */
function highPass(samples: Float32Array, cutoffHz: number, q: number): void {
  const w = (2 * Math.PI * cutoffHz) / TELEPHONE_RATE;
  const alpha = Math.sin(w) / (2 * q);
  const cos = Math.cos(w);
  const a0 = 1 + alpha;
  const [b0, b1] = [(1 + cos) / 2 / a0, -(1 + cos) / a0];
  const [a1, a2] = [(-2 * cos) / a0, (1 - alpha) / a0];
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let place = 0; place < samples.length; place += 1) {
    const x = samples[place] ?? 0;
    const y = b0 * x + b1 * x1 + b0 * x2 - a1 * y1 - a2 * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    samples[place] = y;
  }
}

const WINDOW = TELEPHONE_RATE / 100;

function loudestIn(samples: Float32Array, from: number, to: number): number {
  let loudest = 0;
  for (let place = from; place < to; place += 1) loudest = Math.max(loudest, Math.abs(samples[place] ?? 0));
  return loudest;
}

/** Takes silence off both ends, 45 dB under the peak, and leaves 50 ms before and 150 ms after. */
export function trimSilence(samples: Float32Array): Float32Array {
  const floor = loudestIn(samples, 0, samples.length) * 10 ** (-45 / 20);
  const windows = Math.ceil(samples.length / WINDOW);
  const isLoud = (window: number): boolean => loudestIn(samples, window * WINDOW, (window + 1) * WINDOW) > floor;
  let first = 0;
  while (first < windows && !isLoud(first)) first += 1;
  let last = windows - 1;
  while (last > first && !isLoud(last)) last -= 1;
  return samples.slice(Math.max(0, (first - 5) * WINDOW), Math.min(samples.length, (last + 16) * WINDOW));
}

function normalise(samples: Float32Array, peak: number): Float32Array {
  const loudest = loudestIn(samples, 0, samples.length);
  return samples.map((sample) => (sample * peak) / loudest);
}

/** Speech as an engine rendered it, made fit for the line. Throws NotASoundError when there is nothing to hear. */
export function speechForTelephone(sound: Sound): Float32Array {
  const samples = resampleToTelephone(mixToMono(sound), sound.sampleRate);
  // Two sections with the quality factors of a fourth-order Butterworth.
  highPass(samples, LOW_EDGE_HZ, 0.5412);
  highPass(samples, LOW_EDGE_HZ, 1.3066);
  if (loudestIn(samples, 0, samples.length) < 1e-3) throw new NotASoundError('it is silent');
  return normalise(trimSilence(samples), PEAK);
}

/** A file that an operator brought: its level and its pauses are the operator's, only what would clip is turned down. */
export function uploadForTelephone(sound: Sound): Float32Array {
  const samples = resampleToTelephone(mixToMono(sound), sound.sampleRate);
  if (samples.length < TELEPHONE_RATE / 20) throw new NotASoundError('it is shorter than 50 ms');
  return loudestIn(samples, 0, samples.length) > 1 ? normalise(samples, 1) : samples;
}

/** Between one time and the next. */
const REPEAT_PAUSE = TELEPHONE_RATE / 2;
const LONGEST_REPEATED = TELEPHONE_RATE * 1_800;

/** What is ready for the line, `plays` times. Throws NotASoundError when nobody would hear it out. */
export function repeated(sound: Sound, plays: number): Float32Array {
  const once = mixToMono(sound);
  const period = once.length + REPEAT_PAUSE;
  if (period * plays > LONGEST_REPEATED)
    throw new NotASoundError(`played ${plays} times it lasts more than half an hour`);
  const samples = new Float32Array(period * plays - REPEAT_PAUSE);
  for (let play = 0; play < plays; play += 1) samples.set(once, play * period);
  return samples;
}
