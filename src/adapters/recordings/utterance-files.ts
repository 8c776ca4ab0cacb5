/**
 * What callers answer by voice, for the seconds until it is recognised: files in a folder of their own beside the recordings, where the
 * media server may write. Whoever takes a path removes the file; what a process that died has left is removed by the next one.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { UtteranceFiles } from '../../application/ports/speech-input.js';

export interface OpenUtteranceFiles extends UtteranceFiles {
  /** Removes all there are: nobody else may be listening. Never rejects. */
  clear(): Promise<void>;
}

/** FreeSWITCH may be another user of the same group, as for recordings. */
const FOLDER_MODE = 0o770;
/** A minute; no answer is half as long. */
const MAX_BYTES = 1_000_000;

async function readWhole(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size > MAX_BYTES) throw new Error(`a caller's answer has ${size} bytes, ${MAX_BYTES} are read`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** `recordingFolder` need not be there yet. */
export function createUtteranceFiles(recordingFolder: string): OpenUtteranceFiles {
  const folder = join(resolve(recordingFolder), 'utterances');
  const remove = (path: string): Promise<void> => rm(path, { force: true }).catch(() => undefined);
  return {
    async newPath() {
      await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
      return join(folder, `${randomUUID()}.wav`);
    },
    read: readWhole,
    remove,
    async clear() {
      const names = await readdir(folder).catch(() => []);
      await Promise.all(names.filter((name) => name.endsWith('.wav')).map((name) => remove(join(folder, name))));
    },
  };
}
