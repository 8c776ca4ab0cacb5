/** The sounds that the transcripts name, as long as they were when they were recorded, and a folder for recordings. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toneWav } from '../support/tone-wav.js';

/** Where the real FreeSWITCH had them. */
export const SOUNDS_FOLDER = '/var/lib/ringpost/sounds';
export const RECORDINGS_FOLDER = '/var/lib/ringpost/rec';

/** Milliseconds, as the times in the transcripts tell. */
const DURATIONS_MS: Readonly<Record<string, number>> = {
  greeting: 1000,
  consent: 500,
  whisper: 500,
  music: 1000,
  message: 500,
  sorry: 500,
  ending: 700,
};

export interface ReplaySounds {
  readonly folder: string;
  readonly recordingsFolder: string;
  remove(): void;
}

export function makeReplaySounds(): ReplaySounds {
  const root = mkdtempSync(join(tmpdir(), 'ringpost-replay-'));
  const folder = join(root, 'sounds');
  const recordingsFolder = join(root, 'rec');
  mkdirSync(folder);
  mkdirSync(recordingsFolder);
  for (const [name, durationMs] of Object.entries(DURATIONS_MS)) {
    writeFileSync(join(folder, `${name}.wav`), toneWav(durationMs, 440));
  }
  return { folder, recordingsFolder, remove: () => rmSync(root, { recursive: true, force: true }) };
}
