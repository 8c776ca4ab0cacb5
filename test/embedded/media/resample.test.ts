/** Conversion to 8 kHz: what telephony carries stays, the rest does not fold back, and no sample is lost. */

import fc from 'fast-check';
import t from 'tap';
import { Resampler } from '../../../src/embedded/media/resample.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';

const RATES = [6000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000, 44_056];

function sine(frequencyHz: number, rate: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * frequencyHz * i) / rate),
  );
}

function resample(rate: number, pieces: readonly Float32Array[]): Int16Array {
  const resampler = new Resampler(rate);
  const parts = pieces.map((piece) => resampler.push(piece));
  return Int16Array.from([...parts, resampler.finish()].flatMap((part) => [...part]));
}

t.test('tones of the telephone band keep their level, whatever the rate', async (t) => {
  for (const rate of RATES) {
    for (const frequencyHz of [200, 440, 1000, 2500, 3400]) {
      if (frequencyHz > 0.45 * rate) continue;
      const output = resample(rate, [sine(frequencyHz, rate, 1)]);
      const level = toneLevelDb(output.subarray(400, 7600), frequencyHz);
      t.ok(Math.abs(level + 6.02) < 0.3, `${frequencyHz} Hz from ${rate} Hz at ${level.toFixed(2)} dB`);
    }
  }
});

t.test('tones above the telephone band do not come back as others', async (t) => {
  for (const rate of [16_000, 22_050, 44_100, 48_000, 44_056]) {
    for (const frequencyHz of [4600, 5000, 6500, 7600]) {
      const output = resample(rate, [sine(frequencyHz, rate, 1)]);
      const level = toneLevelDb(output.subarray(400, 7600), 8000 - frequencyHz);
      t.ok(level < -60, `${frequencyHz} Hz from ${rate} Hz leaves ${level.toFixed(1)} dB`);
    }
  }
});

t.test('8 kHz passes bit by bit', async (t) => {
  const samples = Int16Array.of(0, 1, -1, 32767, -32768, 12345);
  t.same(resample(8000, [Float32Array.from(samples, (sample) => sample / 32768)]), samples);
});

t.test('a step comes out where it went in', async (t) => {
  for (const rate of RATES) {
    const input = new Float32Array(rate).fill(0.5, rate / 2);
    const output = resample(rate, [input]);
    const crossing = output.findIndex((sample) => sample >= 8192);
    t.ok(Math.abs(crossing - 4000) <= 1, `${rate} Hz: sample ${crossing}`);
  }
});

t.test('how a file is cut into pieces changes nothing, and its length is exact', async (t) => {
  fc.assert(
    fc.property(
      fc.constantFrom(...RATES),
      fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 8 }),
      (rate, lengths) => {
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const input = Float32Array.from({ length: total }, (_, i) => Math.sin(i * 0.07) * 0.7);
        let at = 0;
        const pieces = lengths.map((length) => {
          at += length;
          return input.subarray(at - length, at);
        });
        const output = resample(rate, pieces);
        t.equal(output.length, Math.ceil((total * 8000) / rate));
        t.same(output, resample(rate, [input]));
      },
    ),
    { numRuns: 15 },
  );
});

t.test('a rate that no file has is refused', async (t) => {
  for (const rate of [0, -8000, 1e9, 44_100.5, Number.NaN]) t.throws(() => new Resampler(rate), RangeError);
});
