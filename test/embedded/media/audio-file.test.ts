/** Prompts as operators supply them: WAV of every kind, MP3, and files that are neither. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { createMp3Encoder } from 'wasm-media-encoders';
import { decodeAudioFile } from '../../../src/embedded/media/audio-file.js';
import { AudioLibrary } from '../../../src/embedded/media/audio-library.js';
import { openSource } from '../../../src/embedded/media/play-source.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';
import { isWav, parseWavHeader, wavHeader } from '../../../src/embedded/media/wav-format.js';

const folder = mkdtempSync(join(tmpdir(), 'ringpost-audio-'));
t.teardown(() => rmSync(folder, { recursive: true, force: true }));

async function decode(name: string, content: Uint8Array): Promise<Int16Array> {
  const path = join(folder, name);
  writeFileSync(path, content);
  const samples: number[] = [];
  for await (const piece of decodeAudioFile(path)) samples.push(...piece);
  return Int16Array.from(samples);
}

/** One second of a sine at half of full scale. */
function sine(frequencyHz: number, rate: number, seconds = 1): Float32Array {
  return Float32Array.from(
    { length: rate * seconds },
    (_, i) => 0.5 * Math.sin((2 * Math.PI * frequencyHz * i) / rate),
  );
}

/** A WAV file with a chunk of text before its samples, as editors write them. */
function wav(tag: number, channels: number, rate: number, bits: number, data: Buffer): Buffer {
  const header = wavHeader(channels, rate, data.length);
  header.writeUInt16LE(tag, 20);
  header.writeUInt16LE(bits, 34);
  const list = Buffer.from('LIST\x05\0\0\0hello\0', 'latin1');
  return Buffer.concat([header.subarray(0, 36), list, header.subarray(36), data]);
}

function pcm(channels: readonly Float32Array[], bits: 8 | 16 | 24): Buffer {
  const frames = channels[0]?.length ?? 0;
  const bytes = bits / 8;
  const data = Buffer.alloc(frames * channels.length * bytes);
  for (let frame = 0; frame < frames; frame += 1) {
    channels.forEach((channel, index) => {
      const value = Math.round((channel[frame] ?? 0) * (2 ** (bits - 1) - 1));
      const at = (frame * channels.length + index) * bytes;
      if (bits === 8) data.writeUInt8(value + 128, at);
      else data.writeIntLE(value, at, bytes);
    });
  }
  return data;
}

t.test('PCM of 8, 16 and 24 bits, mono and stereo, at any rate comes out at its level', async (t) => {
  for (const bits of [8, 16, 24] as const) {
    for (const rate of [8000, 11_025, 16_000, 44_100, 48_000]) {
      const tone = sine(440, rate);
      for (const channels of [[tone], [tone, tone]]) {
        const what = `${bits} bits, ${rate} Hz, ${channels.length} channels`;
        const samples = await decode('a.wav', wav(1, channels.length, rate, bits, pcm(channels, bits)));
        t.equal(samples.length, 8000, what);
        t.ok(Math.abs(toneLevelDb(samples, 440) + 6.02) < 0.2, what);
      }
    }
  }
});

t.test('a stereo file is heard on both sides in one', async (t) => {
  const samples = await decode('s.wav', wav(1, 2, 8000, 16, pcm([sine(440, 8000), sine(1000, 8000)], 16)));
  for (const frequencyHz of [440, 1000]) t.ok(Math.abs(toneLevelDb(samples, frequencyHz) + 12.04) < 0.2);
});

t.test('G.711 in WAV is played as it is', async (t) => {
  const octets = Buffer.from([0x00, 0x80, 0xff, 0x7f]);
  t.same([...(await decode('u.wav', wav(7, 1, 8000, 8, octets)))], [-32124, 32124, 0, 0]);
  t.same([...(await decode('a.wav', wav(6, 1, 8000, 8, Buffer.from([0xd5, 0x55]))))], [8, -8]);
});

t.test('a file that was cut off, or streamed with an unknown length, is played to its end', async (t) => {
  const data = pcm([sine(440, 8000)], 16);
  t.equal((await decode('cut.wav', wav(1, 1, 8000, 16, data).subarray(0, -8001))).length, 3999);
  const streamed = Buffer.concat([wavHeader(1, 8000, null), data]);
  t.equal((await decode('streamed.wav', streamed)).length, 8000);
});

t.test('MP3, mono and stereo, is decoded at its own rate', async (t) => {
  for (const [rate, channels] of [
    [44_100, 2],
    [48_000, 1],
    [22_050, 1],
  ] as const) {
    const tone = sine(440, rate, 2);
    const encoder = await createMp3Encoder();
    encoder.configure({ sampleRate: rate, channels, bitrate: 64 });
    const body = Buffer.from(encoder.encode(Array.from({ length: channels }, () => tone)));
    const samples = await decode('t.mp3', Buffer.concat([body, Buffer.from(encoder.finalize())]));
    t.ok(Math.abs(samples.length - 16_000) < 800, `${rate} Hz: ${samples.length} samples`);
    t.ok(Math.abs(toneLevelDb(samples.subarray(2000, 14_000), 440) + 6.02) < 0.5);
  }
});

t.test('what is no audio is refused with a sentence', async (t) => {
  const cases: [string, Buffer, RegExp][] = [
    ['empty.wav', Buffer.alloc(0), /empty/],
    ['text.mp3', Buffer.from('#!/bin/sh\necho no\n'), /neither WAV nor MP3/],
    ['noframes.mp3', Buffer.concat([Buffer.from('ID3'), Buffer.alloc(500)]), /no audio frames/],
    ['adpcm.wav', wav(2, 1, 8000, 16, Buffer.alloc(100)), /format 2/],
    ['rate.wav', wav(1, 1, 7, 16, Buffer.alloc(100)), /7 Hz/],
    ['nodata.wav', wavHeader(1, 8000, 0).subarray(0, 36), /no samples/],
  ];
  for (const [name, content, sentence] of cases) await t.rejects(decode(name, content), { message: sentence });
  await t.rejects(decodeAudioFile(join(folder, 'missing.wav')).next(), { code: 'ENOENT' });
});

t.test('no header whatever makes the WAV parser throw', async (t) => {
  const start = wavHeader(2, 44_100, 1000);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(44), (noise, at) => {
      const header = Buffer.concat([start.subarray(0, at), noise, start.subarray(at)]);
      if (isWav(header)) parseWavHeader(header);
    }),
    { numRuns: 2000 },
  );
  t.pass('for any octets');
});

t.test('the library decodes a file once, notices that it changed and keeps within its bytes', async (t) => {
  const library = new AudioLibrary(40_000, 60_000);
  t.teardown(() => library.close());
  const target = new Int16Array(160);
  const play = async (name: string) => {
    const source = openSource({ kind: 'file', path: join(folder, name) }, library);
    const samples: number[] = [];
    while (source.state() === 'more') {
      const count = source.read(target, 0, 160);
      samples.push(...target.subarray(0, count));
      // Pieces come from another thread: its messages are served between two turns.
      if (count === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    return { state: source.state(), samples };
  };
  for (const [name, frequencyHz] of [
    ['one.wav', 440],
    ['two.wav', 1000],
    ['three.wav', 600],
  ] as const) {
    writeFileSync(join(folder, name), wav(1, 1, 8000, 16, pcm([sine(frequencyHz, 8000)], 16)));
    const { state, samples } = await play(name);
    t.equal(state, 'end');
    t.ok(toneLevelDb(samples, frequencyHz) > -7);
    t.ok(library.cachedBytes() <= 40_000);
  }
  writeFileSync(join(folder, 'one.wav'), wav(1, 1, 8000, 16, pcm([sine(700, 8000, 2)], 16)));
  const changed = await play('one.wav');
  t.ok(toneLevelDb(changed.samples, 700) > -7);
  t.equal((await play('missing.wav')).state, 'failed');
  t.equal((await play('text.mp3')).state, 'failed');
});
