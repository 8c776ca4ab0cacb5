/**
 * The header of a recording, read from the file and held against the file's size. A media server that dies leaves a header
 * that was never corrected: the sound is there, the length is not. Runs in the recording worker.
 */
import { fstatSync, fsyncSync, ftruncateSync, readSync, writeSync } from 'node:fs';
import { open } from 'node:fs/promises';

export interface WavFormat {
  readonly channels: 1 | 2;
  readonly sampleRate: number;
  /** Where the samples begin, and how many there really are per channel. */
  readonly dataAt: number;
  readonly frames: number;
  readonly isRepaired: boolean;
}

/** A file that holds no recording; the message is the reason in the record. */
export class UnusableRecordingError extends Error {
  override readonly name: string = 'UnusableRecordingError';
}

/** There is no sound in it; whoever wrote it died before, or nothing was to be heard. */
export class EmptyRecordingError extends UnusableRecordingError {
  override readonly name = 'EmptyRecordingError';
}

const HEAD_BYTES = 65_536;
const BYTES_PER_SAMPLE = 2;
/** Chunks that writers put after the samples; anything else there is sound that the header does not count. */
const TRAILING_CHUNKS = new Set(['LIST', 'id3 ', 'ID3 ', 'bext', 'fact', 'PEAK', 'iXML', 'cue ', 'JUNK', 'PAD ']);

interface DataChunk {
  readonly channels: number;
  readonly sampleRate: number;
  readonly dataAt: number;
  readonly claimedBytes: number;
}

function findData(head: Buffer): DataChunk {
  let format: { channels: number; sampleRate: number } | null = null;
  for (let at = 12; at + 8 <= head.length; ) {
    const name = head.toString('latin1', at, at + 4);
    const size = head.readUInt32LE(at + 4);
    if (name === 'fmt ' && at + 24 <= head.length) {
      const tag = head.readUInt16LE(at + 8);
      const bits = head.readUInt16LE(at + 22);
      if ((tag !== 1 && tag !== 0xfffe) || bits !== 16) {
        throw new UnusableRecordingError(`the samples have format ${tag} with ${bits} bits, and not PCM of 16 bits`);
      }
      format = { channels: head.readUInt16LE(at + 10), sampleRate: head.readUInt32LE(at + 12) };
    }
    if (name === 'data') {
      if (format === null) throw new UnusableRecordingError('the samples come before their format');
      return { ...format, dataAt: at + 8, claimedBytes: size };
    }
    at += 8 + size + (size % 2);
  }
  throw new UnusableRecordingError('the file has no samples');
}

/** Whether the file goes on after the claimed end with a chunk that may stand there. */
function isFollowedByChunk(file: number, at: number): boolean {
  const name = Buffer.alloc(4);
  return readSync(file, name, 0, 4, at) === 4 && TRAILING_CHUNKS.has(name.toString('latin1'));
}

function repair(file: number, dataAt: number, dataBytes: number): void {
  const size = Buffer.alloc(4);
  ftruncateSync(file, dataAt + dataBytes);
  size.writeUInt32LE(dataAt + dataBytes - 8);
  writeSync(file, size, 0, 4, 4);
  size.writeUInt32LE(dataBytes);
  writeSync(file, size, 0, 4, dataAt - 4);
  fsyncSync(file);
}

/** The file must be open for reading and writing. Throws UnusableRecordingError. */
export function inspectWav(file: number): WavFormat {
  const fileBytes = fstatSync(file).size;
  if (fileBytes === 0) throw new EmptyRecordingError('the file is empty');
  const head = Buffer.alloc(Math.min(fileBytes, HEAD_BYTES));
  readSync(file, head, 0, head.length, 0);
  if (head.length < 12 || head.toString('latin1', 0, 4) !== 'RIFF' || head.toString('latin1', 8, 12) !== 'WAVE') {
    throw new UnusableRecordingError('the file is no WAV file');
  }
  const { channels, sampleRate, dataAt, claimedBytes } = findData(head);
  if (channels !== 1 && channels !== 2) throw new UnusableRecordingError(`the file has ${channels} channels`);
  if (sampleRate < 4000 || sampleRate > 192_000)
    throw new UnusableRecordingError(`the file has ${sampleRate} samples a second`);
  const isHonest =
    dataAt + claimedBytes === fileBytes ||
    (dataAt + claimedBytes < fileBytes && isFollowedByChunk(file, dataAt + claimedBytes + (claimedBytes % 2)));
  const frameBytes = channels * BYTES_PER_SAMPLE;
  const frames = Math.floor((isHonest ? claimedBytes : fileBytes - dataAt) / frameBytes);
  if (frames === 0) throw new EmptyRecordingError('the file ends with its header: nothing was recorded');
  if (!isHonest) repair(file, dataAt, frames * frameBytes);
  return { channels, sampleRate, dataAt, frames, isRepaired: !isHonest };
}

/** Read and changed nothing: by the size of the file, whatever its header says. Rejects when there is no such file or no sound. */
export async function soundLengthMs(path: string): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(Math.min(size, HEAD_BYTES));
    await file.read(head, 0, head.length, 0);
    const { channels, sampleRate, dataAt } = findData(head);
    return Math.round(((size - dataAt) * 1000) / (channels * BYTES_PER_SAMPLE * sampleRate));
  } finally {
    await file.close();
  }
}
