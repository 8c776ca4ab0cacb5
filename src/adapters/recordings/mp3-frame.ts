/**
 * Frames of MPEG layer III (ISO 11172-3 section 2.4.2.3, ISO 13818-3 for the low sampling rates), as far as they are needed
 * to count them, and the frame that tells players what the encoder added: without it an MP3 plays up to 0.2 s too long.
 */

export interface Mp3Frame {
  readonly bytes: number;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly samples: number;
  readonly isMpeg1: boolean;
  readonly kilobits: number;
}

const KILOBITS_MPEG1: readonly number[] = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KILOBITS_MPEG2: readonly number[] = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES: Readonly<Record<number, readonly number[]>> = {
  3: [44_100, 48_000, 32_000],
  2: [22_050, 24_000, 16_000],
  0: [11_025, 12_000, 8000],
};

/** Null when no frame begins there. */
export function readFrame(bytes: Uint8Array, at: number): Mp3Frame | null {
  const [b0 = 0, b1 = 0, b2 = 0, b3 = 0] = bytes.subarray(at, at + 4);
  if (b0 !== 0xff || (b1 & 0xe0) !== 0xe0 || (b1 & 0x06) !== 0x02) return null;
  const version = (b1 >> 3) & 3;
  const isMpeg1 = version === 3;
  const sampleRate = RATES[version]?.[(b2 >> 2) & 3];
  const kilobits = (isMpeg1 ? KILOBITS_MPEG1 : KILOBITS_MPEG2)[b2 >> 4];
  if (sampleRate === undefined || kilobits === undefined || kilobits === 0) return null;
  const padding = (b2 >> 1) & 1;
  return {
    bytes: Math.floor(((isMpeg1 ? 144_000 : 72_000) * kilobits) / sampleRate) + padding,
    sampleRate,
    channels: b3 >> 6 === 3 ? 1 : 2,
    samples: isMpeg1 ? 1152 : 576,
    isMpeg1,
    kilobits,
  };
}

/** How many frames follow each other from the start. */
export function countFrames(bytes: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < bytes.length; count += 1) {
    const frame = readFrame(bytes, at);
    if (frame === null || at + frame.bytes > bytes.length) return count;
    at += frame.bytes;
  }
  return count;
}

/** LAME's encoder delay; the decoder's own 529 samples are known to every decoder. */
const ENCODER_DELAY = 576;

function sideInfoBytes(frame: Mp3Frame): number {
  if (frame.isMpeg1) return frame.channels === 1 ? 17 : 32;
  return frame.channels === 1 ? 9 : 17;
}

/**
 * The "Info" frame with LAME's extension, to stand before `audio`: how many frames and bytes follow, and how many samples
 * at the start and at the end are not sound. Null when `audio` begins with no frame.
 */
export function infoFrame(audio: Uint8Array, samples: number): Buffer | null {
  const first = readFrame(audio, 0);
  if (first === null) return null;
  const frames = countFrames(audio);
  const info = Buffer.alloc(first.bytes);
  info.set(audio.subarray(0, 4));
  const at = 4 + sideInfoBytes(first);
  info.write('Info', at, 'latin1');
  info.writeUInt32BE(3, at + 4);
  info.writeUInt32BE(frames, at + 8);
  info.writeUInt32BE(audio.length + info.length, at + 12);
  const lame = at + 16;
  info.write('LAME3.100', lame, 'latin1');
  info.writeUInt8(1, lame + 9);
  info.writeUInt8(Math.min(first.kilobits, 255), lame + 20);
  const padding = Math.min(Math.max(frames * first.samples - ENCODER_DELAY - samples, 0), 4095);
  info.writeUIntBE(ENCODER_DELAY * 4096 + padding, lame + 21, 3);
  info.writeUInt32BE(audio.length + info.length, lame + 28);
  return info;
}
