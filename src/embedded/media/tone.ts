/**
 * Sine tones: call progress tones with a cadence for calls, and the steady tones of test phones. Called per 20 ms frame by
 * the clock's thread, so it allocates nothing after construction.
 */

/**
 * Full-scale peak of a sine of `levelDb` dBm0, as FreeSWITCH's libteletone scales it (DBM0_MAX_POWER, 3.14 + 3.02 dB):
 * tone_stream's default of -7 comes out at the same loudness.
 */
export function toneAmplitude(levelDb: number): number {
  return Math.min(32767, 10 ** ((levelDb - 6.16) / 20) * 32767 * Math.SQRT2);
}

/** A sum of sines at 8 kHz, made by the recurrence y[n] = 2 cos(w) y[n-1] - y[n-2]. */
export class SineSum {
  readonly #factors: Float64Array;
  readonly #starts: Float64Array;
  readonly #previous: Float64Array;
  readonly #beforePrevious: Float64Array;

  constructor(frequenciesHz: readonly number[], levelDb: number) {
    const amplitude = toneAmplitude(levelDb);
    const steps = frequenciesHz.map((frequencyHz) => (2 * Math.PI * frequencyHz) / 8000);
    this.#factors = Float64Array.from(steps, (step) => 2 * Math.cos(step));
    // The value one sample before zero phase.
    this.#starts = Float64Array.from(steps, (step) => -amplitude * Math.sin(step));
    this.#previous = new Float64Array(steps.length);
    this.#beforePrevious = new Float64Array(steps.length);
    this.restart();
  }

  /** Back to zero phase. */
  restart(): void {
    for (let i = 0; i < this.#starts.length; i += 1) {
      this.#previous[i] = this.#starts[i] ?? 0;
      this.#beforePrevious[i] = (this.#factors[i] ?? 0) * (this.#starts[i] ?? 0);
    }
  }

  /** Writes the next `count` samples. */
  fill(target: Int16Array, start: number, count: number): void {
    for (let at = start; at < start + count; at += 1) {
      let sum = 0;
      for (let i = 0; i < this.#factors.length; i += 1) {
        const previous = this.#previous[i] ?? 0;
        const value = (this.#factors[i] ?? 0) * previous - (this.#beforePrevious[i] ?? 0);
        this.#beforePrevious[i] = previous;
        this.#previous[i] = value;
        sum += value;
      }
      target[at] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
  }
}
