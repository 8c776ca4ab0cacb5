/** Recordings for the tests: stereo WAV files with a tone a side, as a media server leaves them. */
import { readFileSync } from 'node:fs';
import { MPEGDecoder } from 'mpg123-decoder';
import type { Recording } from '../../../src/domain/calls/recording.js';

export interface Tones {
  readonly seconds: number;
  /** Hertz of each channel; 0 is silence. */
  readonly hertz: readonly number[];
  readonly level?: number;
}

export function wavOf({ seconds, hertz, level = 0.5 }: Tones): Buffer {
  const frames = Math.round(seconds * 8000);
  const channels = hertz.length;
  const bytes = Buffer.alloc(44 + frames * channels * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000 * channels, 28);
  bytes.writeUInt16LE(2 * channels, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let frame = 0; frame < frames; frame += 1) {
    for (const [channel, tone] of hertz.entries()) {
      const sample = Math.round(32_767 * level * Math.sin((2 * Math.PI * tone * frame) / 8000));
      bytes.writeInt16LE(sample, 44 + (frame * channels + channel) * 2);
    }
  }
  return bytes;
}

export function recordingAt(wavPath: string | null, kind: Recording['kind'] = 'call'): Recording {
  return {
    id: 'r1',
    callId: 'c1',
    kind,
    state: 'recording',
    wavPath,
    mp3Path: null,
    startedAt: 0,
    durationMs: null,
    channels: kind === 'call' ? 2 : 1,
    levels: [],
    sha256: null,
    lostReason: null,
  };
}

export interface DecodedMp3 {
  readonly seconds: number;
  readonly channels: readonly Float32Array[];
}

export async function decodeMp3(path: string): Promise<DecodedMp3> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  const { channelData, samplesDecoded, sampleRate } = decoder.decode(readFileSync(path));
  const channels = channelData.map((channel) => channel.slice(0, samplesDecoded));
  decoder.free();
  return { seconds: samplesDecoded / sampleRate, channels };
}

/** Level of one frequency in dBFS (Goertzel), at 8 kHz. */
export function toneDbfs(samples: Float32Array, hertz: number): number {
  const step = (2 * Math.PI * hertz) / 8000;
  let [real, imaginary] = [0, 0];
  for (const [place, sample] of samples.entries()) {
    real += sample * Math.cos(step * place);
    imaginary += sample * Math.sin(step * place);
  }
  return 20 * Math.log10((2 * Math.hypot(real, imaginary)) / samples.length + 1e-12);
}
