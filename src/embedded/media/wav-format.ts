/**
 * The RIFF/WAVE container: reads the header of a prompt that an operator supplied, turns its frames into numbers, and
 * makes the header of a recording. Pure; files are opened by others.
 */

import { decodeTable, PCMA, PCMU } from './g711.js';

export type WavEncoding = 'pcm' | 'float' | 'ulaw' | 'alaw';

export interface WavFormat {
  readonly encoding: WavEncoding;
  readonly channels: number;
  readonly sampleRate: number;
  readonly bytesPerSample: number;
  /** Where the samples begin in the file, and how many octets of them the header promises. */
  readonly dataStart: number;
  readonly dataBytes: number;
}

export const WAV_HEADER_BYTES = 44;

/** Recorders that stream write this, or zero, for a length not yet known. */
const UNKNOWN_BYTES = 0xffffffff;

const ENCODING_OF_TAG = new Map<number, WavEncoding>([
  [1, 'pcm'],
  [3, 'float'],
  [6, 'alaw'],
  [7, 'ulaw'],
]);

/** WAVE_FORMAT_EXTENSIBLE: the true tag is the first two octets of the sub-format. */
const EXTENSIBLE = 0xfffe;

export function isWav(start: Buffer): boolean {
  return start.length >= 12 && start.toString('latin1', 0, 4) === 'RIFF' && start.toString('latin1', 8, 12) === 'WAVE';
}

/** Answers the format, `'more'` when the chunks seen so far do not yet reach the samples, or a sentence why it cannot. */
export function parseWavHeader(start: Buffer): WavFormat | 'more' | { readonly error: string } {
  let format: Omit<WavFormat, 'dataStart' | 'dataBytes'> | null = null;
  for (let at = 12; at + 8 <= start.length; ) {
    const id = start.toString('latin1', at, at + 4);
    const bytes = start.readUInt32LE(at + 4);
    if (id === 'data') {
      if (format === null) return { error: 'its samples come before their format' };
      const dataBytes = bytes === UNKNOWN_BYTES || bytes === 0 ? Number.MAX_SAFE_INTEGER : bytes;
      return { ...format, dataStart: at + 8, dataBytes };
    }
    if (id === 'fmt ') {
      if (bytes < 16) return { error: 'its format chunk is too short' };
      if (at + 8 + Math.min(bytes, 40) > start.length) return 'more';
      const parsed = parseFormat(start.subarray(at + 8, at + 8 + bytes));
      if ('error' in parsed) return parsed;
      format = parsed;
    }
    // Chunks are padded to an even length.
    at += 8 + bytes + (bytes % 2);
  }
  return 'more';
}

function parseFormat(chunk: Buffer): Omit<WavFormat, 'dataStart' | 'dataBytes'> | { readonly error: string } {
  const outerTag = chunk.readUInt16LE(0);
  const tag = outerTag === EXTENSIBLE && chunk.length >= 26 ? chunk.readUInt16LE(24) : outerTag;
  const encoding = ENCODING_OF_TAG.get(tag);
  const channels = chunk.readUInt16LE(2);
  const sampleRate = chunk.readUInt32LE(4);
  const bits = chunk.readUInt16LE(14);
  if (encoding === undefined) return { error: `its format ${tag} is not PCM, float or G.711` };
  const allowed = encoding === 'pcm' ? [8, 16, 24, 32] : encoding === 'float' ? [32] : [8];
  if (!allowed.includes(bits)) return { error: `${bits} bits a sample are not supported` };
  if (channels < 1 || channels > 8) return { error: `${channels} channels are not supported` };
  return { encoding, channels, sampleRate, bytesPerSample: bits / 8 };
}

/** Mixes whole frames of any number of channels down to one, from -1 to 1; a broken last frame is left out. */
export function wavFramesToMono(format: WavFormat, data: Buffer): Float32Array {
  const { channels, bytesPerSample } = format;
  const frames = Math.floor(data.length / (channels * bytesPerSample));
  const mono = new Float32Array(frames);
  const read = sampleReader(format);
  for (let frame = 0; frame < frames; frame += 1) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel += 1) {
      sum += read(data, (frame * channels + channel) * bytesPerSample);
    }
    mono[frame] = sum / channels;
  }
  return mono;
}

function sampleReader(format: WavFormat): (data: Buffer, at: number) => number {
  switch (format.encoding) {
    case 'float':
      return (data, at) => data.readFloatLE(at);
    case 'ulaw':
      return (data, at) => (decodeTable(PCMU)[data[at] ?? 0] ?? 0) / 32768;
    case 'alaw':
      return (data, at) => (decodeTable(PCMA)[data[at] ?? 0] ?? 0) / 32768;
    case 'pcm': {
      const bytes = format.bytesPerSample;
      // 8-bit PCM is unsigned, all wider ones are signed.
      if (bytes === 1) return (data, at) => ((data[at] ?? 128) - 128) / 128;
      return (data, at) => data.readIntLE(at, bytes) / 2 ** (8 * bytes - 1);
    }
  }
}

/** The header of 16-bit PCM; `dataBytes` null means that the length is not known yet. */
export function wavHeader(channels: number, sampleRate: number, dataBytes: number | null): Buffer {
  const header = Buffer.alloc(WAV_HEADER_BYTES);
  // A file beyond 4 GiB cannot say so; players then read to its end.
  const known = dataBytes === null ? UNKNOWN_BYTES : Math.min(dataBytes, UNKNOWN_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(Math.min(known + 36, UNKNOWN_BYTES), 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(known, 40);
  return header;
}
