/**
 * Sample-rate conversion to the 8 kHz of G.711, as a stream. A windowed-sinc low-pass at 3.7 kHz (or below the source's
 * own band) keeps what telephony carries and lets next to nothing fold back. Called by the decoding thread, not by the
 * clock's.
 */

export const OUTPUT_RATE = 8000;

/** Zero crossings of the sinc on each side; more make the transition band narrower. */
const ZERO_CROSSINGS = 24;

/** The pass band's edge as a part of the lower of the two Nyquist frequencies. */
const PASS_BAND = 0.925;

/** Distinct filter phases; a ratio that needs more (odd rates) uses the nearest of these. */
const MAX_PHASES = 1024;

/** Kaiser window with 80 dB of stop-band attenuation. */
const KAISER_BETA = 7.86;
const KAISER_PEAK = bessel0(KAISER_BETA);

export class Resampler {
  readonly #inputRate: number;
  readonly #phases: number;
  readonly #halfTaps: number;
  readonly #kernel: Float32Array;
  /** Input not yet passed by the filter, preceded by its history. */
  #buffer: Float32Array;
  #buffered: number;
  /** Index of the input sample that `#buffer[0]` is; the history before the file's start is silence. */
  #bufferStart: number;
  #inputs = 0;
  #outputs = 0;

  /** Throws a RangeError for a rate that no audio file has. */
  constructor(inputRate: number) {
    if (!(Number.isInteger(inputRate) && inputRate >= 1000 && inputRate <= 384_000)) {
      throw new RangeError(`a sample rate of ${inputRate} Hz is not supported`);
    }
    this.#inputRate = inputRate;
    this.#phases = Math.min(OUTPUT_RATE / greatestCommonDivisor(inputRate, OUTPUT_RATE), MAX_PHASES);
    const cutoff = PASS_BAND * Math.min(1, OUTPUT_RATE / inputRate);
    this.#halfTaps = Math.ceil(ZERO_CROSSINGS / cutoff);
    this.#kernel = makeKernel(this.#phases, this.#halfTaps, cutoff);
    this.#buffer = new Float32Array(8192 + 2 * this.#halfTaps);
    this.#buffered = this.#halfTaps;
    this.#bufferStart = -this.#halfTaps;
  }

  /** Takes samples from -1 to 1; answers the 8 kHz samples that they complete. */
  push(input: Float32Array): Int16Array {
    this.#inputs += input.length;
    return this.#inputRate === OUTPUT_RATE ? toPcm(input) : this.#convert(input, this.#readyOutputs());
  }

  /** Answers the rest; in all, a file of n samples gives n * 8000 / rate, rounded up. */
  finish(): Int16Array {
    if (this.#inputRate === OUTPUT_RATE) return new Int16Array(0);
    const total = Math.ceil((this.#inputs * OUTPUT_RATE) / this.#inputRate);
    return this.#convert(new Float32Array(this.#halfTaps + 1), total);
  }

  /** How many outputs in all have the whole of their filter within the input so far. */
  #readyOutputs(): number {
    return Math.max(0, Math.ceil(((this.#inputs - this.#halfTaps) * OUTPUT_RATE) / this.#inputRate));
  }

  #convert(input: Float32Array, untilOutput: number): Int16Array {
    this.#append(input);
    const output = new Int16Array(Math.max(0, untilOutput - this.#outputs));
    const taps = 2 * this.#halfTaps;
    let keepFrom = this.#bufferStart;
    for (let i = 0; i < output.length; i += 1) {
      const numerator = this.#outputs * this.#inputRate;
      let whole = Math.floor(numerator / OUTPUT_RATE);
      let phase = Math.round(((numerator % OUTPUT_RATE) * this.#phases) / OUTPUT_RATE);
      if (phase === this.#phases) {
        phase = 0;
        whole += 1;
      }
      const first = whole - this.#halfTaps + 1;
      output[i] = toSample(this.#filter(first - this.#bufferStart, phase * taps, taps));
      this.#outputs += 1;
      keepFrom = first;
    }
    this.#dropBefore(keepFrom);
    return output;
  }

  #filter(from: number, kernelFrom: number, taps: number): number {
    const buffer = this.#buffer;
    const kernel = this.#kernel;
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) sum += (buffer[from + tap] ?? 0) * (kernel[kernelFrom + tap] ?? 0);
    return sum;
  }

  #append(input: Float32Array): void {
    const needed = this.#buffered + input.length;
    if (needed > this.#buffer.length) {
      const larger = new Float32Array(2 * needed);
      larger.set(this.#buffer.subarray(0, this.#buffered));
      this.#buffer = larger;
    }
    this.#buffer.set(input, this.#buffered);
    this.#buffered = needed;
  }

  #dropBefore(inputIndex: number): void {
    const count = Math.min(inputIndex - this.#bufferStart, this.#buffered);
    if (count <= 0) return;
    this.#buffer.copyWithin(0, count, this.#buffered);
    this.#buffered -= count;
    this.#bufferStart += count;
  }
}

/** One row of taps a phase; each row sums to 1, so that a constant stays the constant it is. */
function makeKernel(phases: number, halfTaps: number, cutoff: number): Float32Array {
  const taps = 2 * halfTaps;
  const kernel = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase += 1) {
    const row = kernel.subarray(phase * taps, (phase + 1) * taps);
    let sum = 0;
    for (let tap = 0; tap < taps; tap += 1) {
      // Distance, in input samples, from the output's instant to this tap.
      const x = tap - halfTaps + 1 - phase / phases;
      const value = sinc(x * cutoff) * kaiser(x / halfTaps);
      row[tap] = value;
      sum += value;
    }
    for (let tap = 0; tap < taps; tap += 1) row[tap] = (row[tap] ?? 0) / sum;
  }
  return kernel;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function kaiser(x: number): number {
  return Math.abs(x) >= 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / KAISER_PEAK;
}

/** Modified Bessel function of order zero, by its power series. */
function bessel0(x: number): number {
  let sum = 1;
  let term = 1;
  for (let k = 1; term > sum * 1e-9; k += 1) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function toPcm(input: Float32Array): Int16Array {
  return Int16Array.from(input, toSample);
}

/** Full scale is 32768, so that 16-bit input at 8 kHz comes out as it went in. */
function toSample(value: number): number {
  return Math.max(-32768, Math.min(32767, Math.round(value * 32768)));
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
