/**
 * Everything that happens to a recording after its call: header, hash, levels, waveform, MP3. Runs in the recording worker.
 * The WAV is never touched beyond its header, and is removed only when a verified MP3 is safely on disk.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { joinParts } from './join-parts.js';
import { faultOfMp3 } from './mp3-check.js';
import { encodeMp3, isLameInstalled } from './mp3-encode.js';
import { mp3PathOf, peaksPathOf, type RecordingJob, type RecordingResult } from './recording-job.js';
import { SoundMeasure } from './sound-measure.js';
import { inspectWav, UnusableRecordingError, type WavFormat } from './wav-header.js';

const CHUNK_BYTES = 262_144;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function synced(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** The file stands under its name whole or not at all, also when the power fails. */
function publish(part: string, path: string): void {
  synced(part);
  renameSync(part, path);
  synced(dirname(path));
}

interface Measured {
  readonly measure: SoundMeasure;
  readonly sha256: string;
}

function measureFile(file: number, format: WavFormat): Measured {
  const hash = createHash('sha256');
  const measure = new SoundMeasure(format.channels, format.sampleRate, format.frames);
  const head = Buffer.alloc(format.dataAt);
  readSync(file, head, 0, head.length, 0);
  hash.update(head);
  const dataEnd = format.dataAt + format.frames * format.channels * 2;
  const samples = new Int16Array(CHUNK_BYTES / 2);
  for (let at = format.dataAt; ; ) {
    const size = readSync(file, samples, 0, CHUNK_BYTES, at);
    if (size === 0) break;
    hash.update(new Uint8Array(samples.buffer, 0, size));
    const soundBytes = Math.max(0, Math.min(size, dataEnd - at));
    measure.add(samples.subarray(0, soundBytes / 2));
    at += size;
  }
  return { measure, sha256: hash.digest('hex') };
}

/** Null, or why there is no waveform. */
function writeWaveform(wavPath: string, measure: SoundMeasure): string | null {
  const path = peaksPathOf(wavPath);
  const part = `${path}.part`;
  try {
    writeFileSync(part, JSON.stringify(measure.waveform()), { mode: 0o640 });
    publish(part, path);
    return null;
  } catch (error) {
    rmSync(part, { force: true });
    return `no waveform: ${sentenceOf(error)}`;
  }
}

/** Null, or why there is no MP3. */
async function makeMp3(job: RecordingJob, format: WavFormat): Promise<string | null> {
  const path = mp3PathOf(job.wavPath);
  const part = `${path}.part`;
  try {
    const encoder = job.encoder ?? ((await isLameInstalled()) ? 'lame' : 'wasm');
    await encodeMp3(encoder, job.wavPath, part, format);
    const fault = await faultOfMp3(part, format);
    if (fault !== null) throw new Error(fault);
    publish(part, path);
    return null;
  } catch (error) {
    rmSync(part, { force: true });
    return `no MP3: ${sentenceOf(error)}`;
  }
}

function openRecording(path: string): number {
  try {
    if (!statSync(path).isFile()) throw new UnusableRecordingError('its path is no file');
    return openSync(path, 'r+');
  } catch (error) {
    const isMissing = typeof error === 'object' && error !== null && 'code' in error && error.code === 'ENOENT';
    throw new UnusableRecordingError(isMissing ? 'the media server left no file' : sentenceOf(error));
  }
}

/** Null, or why the parts stay beside the first. */
function join(job: RecordingJob): string | null {
  try {
    joinParts(job.wavPath, job.startedAt);
    return null;
  } catch (error) {
    return `its parts could not be joined: ${sentenceOf(error)}`;
  }
}

async function finish(job: RecordingJob): Promise<RecordingResult> {
  const partsFault = job.isWhole ? null : join(job);
  const file = openRecording(job.wavPath);
  let format: WavFormat;
  let measured: Measured;
  try {
    format = inspectWav(file);
    measured = measureFile(file, format);
  } finally {
    closeSync(file);
  }
  const waveformFault = writeWaveform(job.wavPath, measured.measure);
  const mp3Fault = job.isMp3Made ? await makeMp3(job, format) : null;
  const hasMp3 = job.isMp3Made && mp3Fault === null;
  const removesWav = hasMp3 && !job.keepsWav;
  if (removesWav) unlinkSync(job.wavPath);
  return {
    kind: 'ready',
    wavPath: removesWav ? null : job.wavPath,
    mp3Path: hasMp3 ? mp3PathOf(job.wavPath) : null,
    durationMs: Math.round((format.frames / format.sampleRate) * 1000),
    channels: format.channels,
    levels: measured.measure.levels(),
    sha256: measured.sha256,
    isRepaired: format.isRepaired,
    faults: [partsFault, waveformFault, mp3Fault].filter((fault) => fault !== null),
  };
}

/** Never rejects. */
export async function finishRecording(job: RecordingJob): Promise<RecordingResult> {
  try {
    return await finish(job);
  } catch (error) {
    return { kind: 'lost', reason: sentenceOf(error) };
  }
}
