/** G.711 against known values, against itself and, where it is installed, against ffmpeg. */

import { spawnSync } from 'node:child_process';
import t from 'tap';
import { decodeG711, decodeTable, encodeG711, PCMA, PCMU, transcodeG711 } from '../../../src/embedded/media/g711.js';
import type { G711PayloadType } from '../../../src/embedded/media/media-port.js';

const allOctets = Uint8Array.from({ length: 256 }, (_, octet) => octet);
const allSamples = Int16Array.from({ length: 65536 }, (_, index) => index - 32768);

function decode(payloadType: G711PayloadType, octets: Uint8Array): Int16Array {
  const samples = new Int16Array(octets.length);
  decodeG711(payloadType, octets, 0, octets.length, samples, 0);
  return samples;
}

function encode(payloadType: G711PayloadType, samples: Int16Array): Uint8Array {
  const octets = new Uint8Array(samples.length);
  encodeG711(payloadType, samples, 0, samples.length, octets, 0);
  return octets;
}

t.test('the decoder gives the values of ITU-T G.711 table 1 and 2', async (t) => {
  const known: [G711PayloadType, number, number][] = [
    [PCMU, 0x00, -32124],
    [PCMU, 0x80, 32124],
    [PCMU, 0xff, 0],
    [PCMU, 0x7f, 0],
    [PCMU, 0xf0, 120],
    [PCMU, 0x8f, 16764],
    [PCMA, 0xd5, 8],
    [PCMA, 0x55, -8],
    [PCMA, 0xaa, 32256],
    [PCMA, 0x2a, -32256],
    [PCMA, 0x80, 5504],
  ];
  for (const [payloadType, octet, sample] of known) {
    t.equal(decodeTable(payloadType)[octet], sample, `payload type ${payloadType}, octet ${octet}`);
  }
});

t.test('what was decoded is encoded to the same value again', async (t) => {
  for (const payloadType of [PCMU, PCMA] as const) {
    const samples = decode(payloadType, allOctets);
    t.same(decode(payloadType, encode(payloadType, samples)), samples);
  }
});

t.test('the encoder errs by no more than half a step to the next value', async (t) => {
  for (const payloadType of [PCMU, PCMA] as const) {
    const values = [...decode(payloadType, allOctets)].sort((a, b) => a - b);
    const coded = decode(payloadType, encode(payloadType, allSamples));
    const wrong = allSamples.filter((sample, i) => {
      const at = values.indexOf(coded[i] ?? 0);
      // Beyond the last value there is only clipping.
      const isOutside = Math.abs(sample) > Math.abs(values[0] ?? 0);
      const step = Math.max((values[at + 1] ?? 0) - (values[at] ?? 0), (values[at] ?? 0) - (values[at - 1] ?? 0));
      return !isOutside && Math.abs((coded[i] ?? 0) - sample) > step / 2 + 1;
    });
    t.same(wrong, new Int16Array(0));
  }
});

t.test('translation from law to law is decoding and encoding', async (t) => {
  for (const [from, to] of [
    [PCMU, PCMA],
    [PCMA, PCMU],
    [PCMU, PCMU],
  ] as const) {
    const target = new Uint8Array(256);
    transcodeG711(from, to, allOctets, 0, 256, target, 0);
    t.same(target, from === to ? allOctets : encode(to, decode(from, allOctets)));
  }
});

const hasFfmpeg = spawnSync('ffmpeg', ['-version']).status === 0;

t.test('ffmpeg decodes and encodes to the same octets', { skip: hasFfmpeg ? false : 'no ffmpeg' }, async (t) => {
  for (const [payloadType, name] of [
    [PCMU, 'mulaw'],
    [PCMA, 'alaw'],
  ] as const) {
    const decoded = ffmpeg(['-f', name, '-ar', '8000', '-i', '-', '-f', 's16le', '-'], Buffer.from(allOctets));
    t.same([...decode(payloadType, allOctets)], [...asSamples(decoded)], `${name} decoded`);
    const pcm = Buffer.from(allSamples.buffer);
    const encoded = ffmpeg(['-f', 's16le', '-ar', '8000', '-i', '-', '-f', name, '-'], pcm);
    const ours = encode(payloadType, allSamples);
    // ffmpeg goes by the nearest value, the recommendation by decision levels: they part only where segments meet.
    const differing = allSamples.filter((_, i) => ours[i] !== encoded[i]);
    t.ok(differing.length < allSamples.length * 0.02, `${name} encoded`);
  }
});

function ffmpeg(args: string[], input: Buffer): Buffer {
  return spawnSync('ffmpeg', ['-v', 'error', ...args], { input, maxBuffer: 1 << 24 }).stdout;
}

function asSamples(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i));
}
