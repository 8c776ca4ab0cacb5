/**
 * Makes an MP3 of a WAV: by the `lame` program under `nice` when it is installed, else by LAME in WebAssembly. The two
 * channels stay two, since the proof of who said what depends on them. Runs in the recording worker.
 */
import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { getPriority, constants as osConstants } from 'node:os';
import { delimiter, join } from 'node:path';
import { createMp3Encoder } from 'wasm-media-encoders';
import { infoFrame } from './mp3-frame.js';
import type { WavFormat } from './wav-header.js';

export type Mp3Encoder = 'lame' | 'wasm';

/** Enough for 8 kHz speech: 24 kbit/s a channel. */
const KILOBITS = { 1: 24, 2: 48 } as const;
const CHUNK_FRAMES = 16_384;
/** An hour of recording takes some 10 s on one core. */
const PROGRAM_TIMEOUT_MS = 900_000;

/** Looked for once: what is installed while the app runs is found after a restart. */
const found = new Map<string, Promise<string | null>>();

function findProgram(program: string): Promise<string | null> {
  const known = found.get(program) ?? searchPath(program);
  found.set(program, known);
  return known;
}

async function searchPath(program: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    if (
      folder !== '' &&
      (await access(path, constants.X_OK)
        .then(() => true)
        .catch(() => false))
    )
      return path;
  }
  return null;
}

export async function isLameInstalled(): Promise<boolean> {
  return (await findProgram('lame')) !== null;
}

/** Rejects when it does not end with status 0, which it does not when the disk is full. */
async function encodeWithLame(wavPath: string, mp3Path: string, channels: 1 | 2): Promise<void> {
  const mode = channels === 1 ? 'm' : 's';
  const args = ['--silent', '--cbr', '-b', String(KILOBITS[channels]), '-m', mode, '-q', '5', wavPath, mp3Path];
  // On Linux the program inherits the priority of this thread, and starting `nice` first would cost a millisecond.
  const nice = getPriority(0) >= osConstants.priority.PRIORITY_LOW ? null : await findProgram('nice');
  const lame = (await findProgram('lame')) ?? 'lame';
  const [program, all] = nice === null ? [lame, args] : [nice, ['-n', '19', lame, ...args]];
  await new Promise<void>((resolve, reject) => {
    const child = spawn(program, all, { stdio: 'ignore', timeout: PROGRAM_TIMEOUT_MS, killSignal: 'SIGKILL' });
    child.on('error', reject);
    child.on('exit', (status, signal) => {
      if (status === 0) resolve();
      else reject(new Error(`lame ended with ${signal ?? `status ${status}`}`));
    });
  });
}

function* readFrames(file: number, { dataAt, frames, channels }: WavFormat): Generator<Float32Array[]> {
  const interleaved = new Int16Array(CHUNK_FRAMES * channels);
  for (let frame = 0; frame < frames; frame += CHUNK_FRAMES) {
    const count = Math.min(CHUNK_FRAMES, frames - frame);
    readSync(file, interleaved, 0, count * channels * 2, dataAt + frame * channels * 2);
    yield Array.from({ length: channels }, (_unused, channel) => {
      const samples = new Float32Array(count);
      for (let place = 0; place < count; place += 1)
        samples[place] = (interleaved[place * channels + channel] ?? 0) / 32_768;
      return samples;
    });
  }
}

async function encodeWithWasm(wavPath: string, mp3Path: string, format: WavFormat): Promise<void> {
  const encoder = await createMp3Encoder();
  encoder.configure({ channels: format.channels, sampleRate: format.sampleRate, bitrate: KILOBITS[format.channels] });
  const parts: Buffer[] = [];
  const wav = openSync(wavPath, 'r');
  try {
    // The encoder lends its own memory: each part is copied out of it.
    for (const channels of readFrames(wav, format)) parts.push(Buffer.from(encoder.encode(channels)));
    parts.push(Buffer.from(encoder.finalize()));
  } finally {
    closeSync(wav);
  }
  const audio = Buffer.concat(parts);
  const info = infoFrame(audio, format.frames);
  const mp3 = openSync(mp3Path, 'w', 0o640);
  try {
    for (const bytes of info === null ? [audio] : [info, audio]) writeWhole(mp3, bytes);
  } finally {
    closeSync(mp3);
  }
}

function writeWhole(file: number, bytes: Buffer): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

/** Rejects with the reason; a file that was begun is the caller's to remove. */
export function encodeMp3(encoder: Mp3Encoder, wavPath: string, mp3Path: string, format: WavFormat): Promise<void> {
  if (encoder === 'lame') return encodeWithLame(wavPath, mp3Path, format.channels);
  return encodeWithWasm(wavPath, mp3Path, format);
}
