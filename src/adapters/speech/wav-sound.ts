/**
 * WAV files in and out, whole in memory: prompts are short. Read in the sound worker only, from engines and from operators'
 * uploads, whose headers may lie; a lie is a sentence and never a crash.
 */

export interface Sound {
  readonly sampleRate: number;
  /** One list of samples per channel, -1 to 1, all of one length. */
  readonly channels: readonly Float32Array[];
}

/** What a file is not; the message is a sentence for the operator. */
export class NotASoundError extends Error {
  override readonly name = 'NotASoundError';
}

interface Format {
  readonly tag: number;
  readonly channelCount: number;
  readonly sampleRate: number;
  readonly bits: number;
}

const PCM = 1;
const FLOAT = 3;
const EXTENSIBLE = 0xfffe;

export function isWav(bytes: Buffer): boolean {
  return bytes.length >= 12 && bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WAVE';
}

function readFormat(bytes: Buffer, at: number, size: number): Format {
  if (size < 16) throw new NotASoundError('its format chunk is cut off');
  const tag = bytes.readUInt16LE(at);
  // WAVE_FORMAT_EXTENSIBLE keeps the real tag in the first bytes of its sub-format.
  const realTag = tag === EXTENSIBLE && size >= 26 ? bytes.readUInt16LE(at + 24) : tag;
  return {
    tag: realTag,
    channelCount: bytes.readUInt16LE(at + 2),
    sampleRate: bytes.readUInt32LE(at + 4),
    bits: bytes.readUInt16LE(at + 14),
  };
}

type SampleReader = (bytes: Buffer, at: number) => number;

function sampleReader({ tag, bits }: Format): SampleReader {
  if (tag === FLOAT && bits === 32) return (bytes, at) => bytes.readFloatLE(at);
  if (tag === PCM && bits === 8) return (bytes, at) => (bytes.readUInt8(at) - 128) / 128;
  if (tag === PCM && bits === 16) return (bytes, at) => bytes.readInt16LE(at) / 32_768;
  if (tag === PCM && bits === 24) return (bytes, at) => bytes.readIntLE(at, 3) / 8_388_608;
  if (tag === PCM && bits === 32) return (bytes, at) => bytes.readInt32LE(at) / 2_147_483_648;
  throw new NotASoundError(`its samples have format ${tag} with ${bits} bits; PCM of 8 to 32 bits and float are read`);
}

function readSamples(bytes: Buffer, format: Format): Sound {
  const { channelCount, sampleRate, bits } = format;
  if (channelCount < 1 || channelCount > 8) throw new NotASoundError(`it has ${channelCount} channels`);
  if (sampleRate < 4000 || sampleRate > 192_000) throw new NotASoundError(`it has ${sampleRate} samples a second`);
  const read = sampleReader(format);
  const width = bits / 8;
  const frames = Math.floor(bytes.length / (width * channelCount));
  const channels = Array.from({ length: channelCount }, (_unused, channel) => {
    const samples = new Float32Array(frames);
    for (let frame = 0; frame < frames; frame += 1) {
      const value = read(bytes, (frame * channelCount + channel) * width);
      samples[frame] = Number.isFinite(value) ? Math.min(Math.max(value, -1), 1) : 0;
    }
    return samples;
  });
  return { sampleRate, channels };
}

/** Throws NotASoundError. A data chunk that claims more than the file holds is read as far as the file goes. */
export function readWav(bytes: Buffer): Sound {
  if (!isWav(bytes)) throw new NotASoundError('it is no WAV file');
  let format: Format | null = null;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = bytes.toString('latin1', at, at + 4);
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (name === 'fmt ') format = readFormat(bytes, start, Math.min(size, bytes.length - start));
    if (name === 'data') {
      if (format === null) throw new NotASoundError('its samples come before their format');
      return readSamples(bytes.subarray(start, Math.min(bytes.length, start + size)), format);
    }
    at = start + size + (size % 2);
  }
  throw new NotASoundError('it has no samples');
}

export const TELEPHONE_RATE = 8000;
const HEADER_BYTES = 44;

/** 16-bit mono at 8 kHz, the form in which every media server plays a file without converting it. */
export function writeTelephoneWav(samples: Float32Array): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES + samples.length * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(PCM, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(TELEPHONE_RATE, 24);
  bytes.writeUInt32LE(TELEPHONE_RATE * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(samples.length * 2, 40);
  for (const [place, sample] of samples.entries()) {
    bytes.writeInt16LE(Math.round(Math.min(Math.max(sample, -1), 1) * 32_767), HEADER_BYTES + place * 2);
  }
  return bytes;
}

/** From the size of a file that `writeTelephoneWav` wrote. */
export function telephoneWavMs(fileBytes: number): number {
  return Math.round(((fileBytes - HEADER_BYTES) / 2 / TELEPHONE_RATE) * 1000);
}
