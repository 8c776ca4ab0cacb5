/** Sounds for the tests: WAV files with a tone, read back and measured. */
import { readFileSync } from 'node:fs';

export interface ToneFile {
  readonly hertz: number;
  readonly seconds: number;
  readonly sampleRate: number;
  readonly channels: number;
  readonly level: number;
}

/** A 16-bit WAV with the same tone on every channel. */
export function toneWav({ hertz, seconds, sampleRate, channels, level }: ToneFile): Buffer {
  const frames = Math.round(seconds * sampleRate);
  const bytes = Buffer.alloc(44 + frames * channels * 2);
  bytes.write('RIFF', 0, 'latin1');
  bytes.writeUInt32LE(bytes.length - 8, 4);
  bytes.write('WAVEfmt ', 8, 'latin1');
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(channels, 22);
  bytes.writeUInt32LE(sampleRate, 24);
  bytes.writeUInt32LE(sampleRate * channels * 2, 28);
  bytes.writeUInt16LE(channels * 2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36, 'latin1');
  bytes.writeUInt32LE(bytes.length - 44, 40);
  for (let place = 0; place < frames * channels; place += 1) {
    const angle = (2 * Math.PI * hertz * Math.floor(place / channels)) / sampleRate;
    bytes.writeInt16LE(Math.round(Math.sin(angle) * level * 32_767), 44 + place * 2);
  }
  return bytes;
}

export interface ReadBack {
  readonly format: string;
  readonly samples: Float32Array;
  readonly peakDbfs: number;
}

export function readBack(path: string): ReadBack {
  const bytes = readFileSync(path);
  const format = `${bytes.readUInt32LE(24)} Hz, ${bytes.readUInt16LE(22)} channel, ${bytes.readUInt16LE(34)} bits`;
  const samples = new Float32Array((bytes.length - 44) / 2);
  for (const place of samples.keys()) samples[place] = bytes.readInt16LE(44 + place * 2) / 32_768;
  const peak = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  return { format, samples, peakDbfs: 20 * Math.log10(peak) };
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
