/**
 * Uploaded MP3 files, decoded by mpg123 in WebAssembly. The decoder complains about each byte that is no MP3, so that a
 * file is first looked at for two frames in a row (ISO 11172-3 section 2.4.2.3) and nothing else is handed to it.
 */
import { MPEGDecoder } from 'mpg123-decoder';
import { NotASoundError, type Sound } from './wav-sound.js';

/** kbit/s of layer III by version bit: MPEG 1, then MPEG 2 and 2.5. */
const BITRATES: readonly (readonly number[])[] = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
];
const RATES: Readonly<Record<number, readonly number[]>> = {
  3: [44_100, 48_000, 32_000],
  2: [22_050, 24_000, 16_000],
  0: [11_025, 12_000, 8000],
};

/** Length in bytes of the layer III frame whose header is at `at`, or 0 when there is none. */
function frameBytes(bytes: Buffer, at: number): number {
  if (at + 4 > bytes.length) return 0;
  const header = bytes.readUInt32BE(at);
  if (header >>> 21 !== 0x7ff) return 0;
  const version = (header >>> 19) & 3;
  const isLayer3 = ((header >>> 17) & 3) === 1;
  const rate = RATES[version]?.[(header >>> 10) & 3];
  const kilobits = BITRATES[version === 3 ? 0 : 1]?.[(header >>> 12) & 15];
  if (!isLayer3 || rate === undefined || kilobits === undefined || kilobits === 0) return 0;
  const padding = (header >>> 9) & 1;
  return Math.floor(((version === 3 ? 144_000 : 72_000) * kilobits) / rate) + padding;
}

/** ID3v2: ten bytes, then a size of four times seven bits. */
function tagBytes(bytes: Buffer): number {
  if (bytes.length < 10 || bytes.toString('latin1', 0, 3) !== 'ID3') return 0;
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
  return 10 + ((a & 127) << 21) + ((b & 127) << 14) + ((c & 127) << 7) + (d & 127);
}

/** Where the first of two frames in a row begins, or -1. */
function firstFrame(bytes: Buffer): number {
  const start = tagBytes(bytes);
  for (let at = start; at < Math.min(bytes.length, start + 65_536); at += 1) {
    const size = frameBytes(bytes, at);
    if (size > 0 && frameBytes(bytes, at + size) > 0) return at;
  }
  return -1;
}

export function isMp3(bytes: Buffer): boolean {
  return firstFrame(bytes) !== -1;
}

/** Throws NotASoundError. */
export async function readMp3(bytes: Buffer): Promise<Sound> {
  const start = firstFrame(bytes);
  if (start === -1) throw new NotASoundError('it is no MP3 file');
  const decoder = new MPEGDecoder();
  try {
    await decoder.ready;
    const { channelData, samplesDecoded, sampleRate } = decoder.decode(bytes.subarray(start));
    if (samplesDecoded === 0) throw new NotASoundError('no sound could be decoded from it');
    return { sampleRate, channels: channelData.map((channel) => channel.slice(0, samplesDecoded)) };
  } finally {
    decoder.free();
  }
}
