/** The content of a small file each time that it changes, as `ringpost switch` follows what the app beside it says. */
import { readFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 200;

/** Ends with the signal. A file that is not there yet is waited for. */
export async function* changedLines(path: string, signal: AbortSignal): AsyncGenerator<string> {
  let last = '';
  while (!signal.aborted) {
    const text = await readFile(path, 'utf8').catch(() => '');
    if (text !== '' && text !== last) {
      last = text;
      yield text.trim();
    }
    await pause(LOOK_MS, null, { signal }).catch(() => null);
  }
}
