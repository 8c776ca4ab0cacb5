/** What the telephone line gets of a sound: the band that passes, what is folded down, what is cut off the ends. */
import fc from 'fast-check';
import t from 'tap';
import { synthesise } from '../../../src/adapters/speech/built-in-sounds.js';
import {
  resampleToTelephone,
  speechForTelephone,
  trimSilence,
  uploadForTelephone,
} from '../../../src/adapters/speech/telephone-sound.js';
import { readWav, writeTelephoneWav } from '../../../src/adapters/speech/wav-sound.js';
import { toneDbfs, toneWav } from './sound-fixtures.js';

const tone = (hertz: number, sampleRate: number, seconds = 1): Float32Array =>
  Float32Array.from(
    { length: sampleRate * seconds },
    (_unused, place) => 0.5 * Math.sin((2 * Math.PI * hertz * place) / sampleRate),
  );

t.test(
  'a tone in the band keeps its level from every sampling rate; one above 4 kHz is not folded into the band',
  async (t) => {
    for (const rate of [8000, 11_025, 16_000, 22_050, 44_100, 48_000]) {
      const kept = resampleToTelephone(tone(1000, rate), rate);
      t.ok(Math.abs(kept.length - 8000) <= 1, `${rate}: one second stays one second`);
      t.ok(Math.abs(toneDbfs(kept.subarray(400, 7600), 1000) + 6.02) < 0.2, `${rate}: -6 dBFS stay -6 dBFS`);
      if (rate < 11_025) continue;
      const folded = resampleToTelephone(tone(5000, rate), rate);
      t.ok(toneDbfs(folded.subarray(400, 7600), 3000) < -60, `${rate}: 5 kHz does not come back as 3 kHz`);
    }
  },
);

t.test(
  'speech: what lies under the band is turned down, the loudest sample stands at -3 dBFS, silence at the ends goes',
  async (t) => {
    const speech = new Float32Array(16_000 * 3);
    speech.set(
      tone(1000, 16_000).map((sample, place) => 0.1 * sample + 0.4 * Math.sin((2 * Math.PI * 60 * place) / 16_000)),
      16_000,
    );
    const ready = speechForTelephone({ sampleRate: 16_000, channels: [speech] });
    t.ok(
      ready.length > 8000 && ready.length < 8000 * 1.35,
      `of 3 s with 1 s of speech ${ready.length / 8000} s are left`,
    );
    const middle = ready.subarray(2000, 7000);
    t.ok(toneDbfs(middle, 1000) - toneDbfs(middle, 60) > 20, 'hum was 12 dB over the voice and is 20 dB under it');
    const peak = ready.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    t.ok(Math.abs(20 * Math.log10(peak) + 3) < 0.01);
  },
);

t.test('silence is no speech, and no sound is no upload', async (t) => {
  t.throws(() => speechForTelephone({ sampleRate: 8000, channels: [new Float32Array(8000)] }), /silent/);
  t.throws(() => uploadForTelephone({ sampleRate: 8000, channels: [new Float32Array(10)] }), /shorter/);
  t.equal(trimSilence(new Float32Array(0)).length, 0);
});

t.test('whatever bytes follow a RIFF header, a WAV is read or refused with a sentence', async (t) => {
  const good = toneWav({ hertz: 440, seconds: 0.01, sampleRate: 8000, channels: 2, level: 0.5 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { maxLength: 12 }),
      fc.nat(good.length),
      (changes, length) => {
        const bytes = Buffer.from(good.subarray(0, length));
        for (const [at, value] of changes) if (at > 11 && at < bytes.length) bytes.writeUInt8(value, at);
        try {
          const { channels } = readWav(bytes);
          return channels.every((channel) => channel.every((sample) => sample >= -1 && sample <= 1));
        } catch (error) {
          return error instanceof Error && error.name === 'NotASoundError';
        }
      },
    ),
  );
  t.equal(readWav(good).channels.length, 2);
});

t.test('a WAV that we write is read back as it was', async (t) => {
  const samples = tone(440, 8000);
  const { sampleRate, channels } = readWav(writeTelephoneWav(samples));
  t.equal(sampleRate, 8000);
  t.ok(channels[0]?.every((sample, place) => Math.abs(sample - (samples[place] ?? 9)) < 1e-4));
});

t.test('hold music lasts at least 20 s, has no seam at its loop, no silence, and room above it', async (t) => {
  const music = synthesise('hold-music');
  t.ok(music.length >= 20 * 8000);
  let steepest = 0;
  for (let place = 1; place < music.length; place += 1) {
    steepest = Math.max(steepest, Math.abs((music[place] ?? 0) - (music[place - 1] ?? 0)));
  }
  t.ok(
    Math.abs((music[0] ?? 0) - (music.at(-1) ?? 0)) <= steepest,
    'the step over the seam is none that the music does not have',
  );
  for (let second = 0; second < music.length / 8000; second += 1) {
    const part = music.subarray(second * 8000, (second + 1) * 8000);
    const rms = Math.sqrt(part.reduce((sum, sample) => sum + sample * sample, 0) / part.length);
    t.ok(rms > 0.02, `second ${second} sounds`);
  }
  t.ok(music.every((sample) => Math.abs(sample) <= 0.36));
});
