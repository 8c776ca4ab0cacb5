/**
 * Opens the files of a recording for whoever may listen to it. Nothing is opened but a plain file that bears the
 * recording's own name: what a row says of a path is not enough. Called by the REST API.
 */
import { constants, type FileHandle, open, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { OpenRecordingFile, RecordingFiles } from '../../application/ports/recording-files.js';
import type { Recording } from '../../domain/calls/recording.js';
import { peaksPathOf } from './recording-job.js';

const CHUNK_BYTES = 65_536;

class DiskFile implements OpenRecordingFile {
  readonly #handle: FileHandle;
  readonly sizeBytes: number;
  readonly modifiedAt: number;

  constructor(handle: FileHandle, sizeBytes: number, modifiedAt: number) {
    this.#handle = handle;
    this.sizeBytes = sizeBytes;
    this.modifiedAt = modifiedAt;
  }

  async *read(first: number, last: number): AsyncGenerator<Uint8Array> {
    try {
      for (let at = first; at <= last; ) {
        const wanted = Math.min(CHUNK_BYTES, last - at + 1);
        const { bytesRead, buffer } = await this.#handle.read(Buffer.allocUnsafe(wanted), 0, wanted, at);
        if (bytesRead === 0) throw new Error('a recording became shorter while it was read');
        at += bytesRead;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await this.close();
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

function isMissing(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return code === 'ENOENT' || code === 'ELOOP' || code === 'ENOTDIR';
}

export async function openPlainFile(path: string): Promise<OpenRecordingFile | null> {
  let handle: FileHandle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  try {
    const facts = await handle.stat();
    if (facts.isFile()) return new DiskFile(handle, facts.size, facts.mtimeMs);
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** The name that newPath gave it, with another ending for what was made of it. */
function bearsName({ id, callId }: Recording, path: string, ending: string): boolean {
  return basename(path) === `${callId}-${id}${ending}`;
}

export function createRecordingFiles(): RecordingFiles {
  return {
    async open(recording, format) {
      const path = format === 'wav' ? recording.wavPath : recording.mp3Path;
      return path !== null && bearsName(recording, path, `.${format}`) ? await openPlainFile(path) : null;
    },
    async waveform(recording) {
      const wavPath = recording.wavPath ?? recording.mp3Path?.replace(/\.mp3$/, '.wav') ?? null;
      if (wavPath === null || !bearsName(recording, wavPath, '.wav')) return null;
      try {
        return await readFile(peaksPathOf(wavPath), 'utf8');
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },
  };
}
