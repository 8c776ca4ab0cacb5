/**
 * Joins what was recorded in parts, because the media server of a call died and another went on: `X.wav`, then `X.since-MS.wav` with the
 * instant at which it was begun, in milliseconds since 1970. What lies between is silence, so that the recording keeps the time of the
 * talk. Runs in the recording worker. What is being made is `X.wav.joining`; complete it is `X.wav.joined`, then the parts go, then it
 * becomes `X.wav`: a process that dies at any moment leaves the parts or the whole.
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  EmptyRecordingError,
  inspectWav,
  soundLengthMs,
  UnusableRecordingError,
  type WavFormat,
} from './wav-header.js';

const CHUNK_BYTES = 262_144;
/** More silence than any call has talk: a clock that was set would fill the disk. */
const LONGEST_GAP_MS = 60_000;

interface Part {
  readonly path: string;
  readonly sinceMs: number;
}

/** In the order of their times. */
export function partsOf(wavPath: string): Part[] {
  const folder = dirname(wavPath);
  const stem = stemOf(wavPath);
  return existsSync(folder) ? partsAmong(readdirSync(folder), folder, stem) : [];
}

/** The time from the beginning of the first part to the end of the last, in ms. Rejects when there is no file or no sound. */
export async function wholeLengthMs(wavPath: string, startedAt: number): Promise<number> {
  const folder = dirname(wavPath);
  const parts = partsAmong(await readdir(folder), folder, stemOf(wavPath));
  const last = parts.at(-1);
  if (last === undefined) return await soundLengthMs(wavPath);
  return last.sinceMs - startedAt + (await soundLengthMs(last.path));
}

function stemOf(wavPath: string): string {
  return `${basename(wavPath, '.wav')}.since-`;
}

function partsAmong(names: readonly string[], folder: string, stem: string): Part[] {
  return names
    .filter((name) => name.startsWith(stem) && /^\d{1,16}\.wav$/.test(name.slice(stem.length)))
    .map((name) => ({ path: join(folder, name), sinceMs: Number(name.slice(stem.length, -'.wav'.length)) }))
    .sort((one, other) => one.sinceMs - other.sinceMs);
}

/** `startedAt` is when the first part was begun, in ms since 1970. Throws; the parts stay as they are then. */
export function joinParts(wavPath: string, startedAt: number): void {
  const parts = partsOf(wavPath);
  const whole = `${wavPath}.joined`;
  if (!existsSync(whole)) {
    if (parts.length === 0) return;
    const sounding = parts.filter(hasSound);
    if (sounding.length > 0) make(whole, wavPath, sounding, startedAt);
  }
  for (const { path } of parts) rmSync(path, { force: true });
  if (existsSync(whole)) renameSync(whole, wavPath);
}

function make(whole: string, wavPath: string, parts: readonly Part[], startedAt: number): void {
  const unfinished = `${wavPath}.joining`;
  try {
    begin(unfinished, wavPath, parts);
    const file = openSync(unfinished, 'r+');
    try {
      for (const part of parts) append(file, part, startedAt);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(unfinished, whole);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/** A server that died soon after it began leaves a part without any, which is no fault of the others. */
function hasSound({ path }: Part): boolean {
  const file = openSync(path, 'r+');
  try {
    inspectWav(file);
    return true;
  } catch (error) {
    if (error instanceof EmptyRecordingError) return false;
    throw error;
  } finally {
    closeSync(file);
  }
}

/** The first file may hold nothing, when its server died before it wrote: then the header is that of the second. */
function begin(whole: string, wavPath: string, [first]: readonly Part[]): void {
  if (first === undefined || isUsable(wavPath)) {
    copyFileSync(wavPath, whole);
    return;
  }
  copyFileSync(first.path, whole);
  const file = openSync(whole, 'r+');
  try {
    // Its header with no sound in it: the sound follows at its own time.
    ftruncateSync(file, inspectWav(file).dataAt);
  } finally {
    closeSync(file);
  }
}

function isUsable(path: string): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, 'r+');
  try {
    inspectWav(file);
    return true;
  } catch (error) {
    if (error instanceof UnusableRecordingError) return false;
    throw error;
  } finally {
    closeSync(file);
  }
}

function append(whole: number, { path, sinceMs }: Part, startedAt: number): void {
  const source = openSync(path, 'r+');
  try {
    const part = inspectWav(source);
    const before = lengthOf(whole, part);
    const frameBytes = part.channels * 2;
    const dueFrames = Math.round(((sinceMs - startedAt) * part.sampleRate) / 1_000);
    const limitFrames = before + Math.round((LONGEST_GAP_MS * part.sampleRate) / 1_000);
    const startFrames = Math.min(Math.max(dueFrames, before), limitFrames);
    const at = part.dataAt + startFrames * frameBytes;
    // A file that grows is filled with zeros, which are silence.
    ftruncateSync(whole, at);
    copySound(source, part, whole, at);
    seal(whole, part.dataAt, startFrames * frameBytes + part.frames * frameBytes);
  } finally {
    closeSync(source);
  }
}

/** In frames; throws when the two do not fit together. */
function lengthOf(whole: number, part: WavFormat): number {
  let format: WavFormat;
  try {
    format = inspectWav(whole);
  } catch (error) {
    if (error instanceof UnusableRecordingError) return 0;
    throw error;
  }
  const isAlike =
    format.channels === part.channels && format.sampleRate === part.sampleRate && format.dataAt === part.dataAt;
  if (!isAlike) throw new UnusableRecordingError('its parts have different forms');
  return format.frames;
}

function copySound(source: number, { dataAt, frames, channels }: WavFormat, whole: number, to: number): void {
  const chunk = Buffer.alloc(CHUNK_BYTES);
  const bytes = frames * channels * 2;
  for (let done = 0; done < bytes; ) {
    const size = readSync(source, chunk, 0, Math.min(CHUNK_BYTES, bytes - done), dataAt + done);
    if (size === 0) break;
    writeSync(whole, chunk, 0, size, to + done);
    done += size;
  }
}

function seal(file: number, dataAt: number, dataBytes: number): void {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(dataAt + dataBytes - 8);
  writeSync(file, size, 0, 4, 4);
  size.writeUInt32LE(dataBytes);
  writeSync(file, size, 0, 4, dataAt - 4);
}
