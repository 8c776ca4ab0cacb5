/** Whether there is room for recordings and for the database; below the threshold no recording is started. */
import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Check } from '../check.js';
import { fault, listed, ok, warning } from '../finding.js';

const BYTES_PER_MB = 1_000_000;
const BYTES_PER_GB = 1_000_000_000;
/** Two channels of 16 bits at 8 kHz. */
const BYTES_PER_RECORDED_HOUR = 115_200_000;
const COMFORT = 3;
/** SQLite and the logs need some room of their own whatever is said of recordings. */
const DATABASE_BYTES = 100 * BYTES_PER_MB;

/** Of the folder, or of the nearest one above it that exists. */
async function freeBytes(folder: string): Promise<number> {
  for (let path = folder; ; path = dirname(path)) {
    const found = await statfs(path).catch(() => null);
    if (found !== null) return found.bavail * found.bsize;
    if (dirname(path) === path) throw new Error(`the disk of ${folder} cannot be asked for its room`);
  }
}

export const checkDisk: Check = {
  name: 'disk',
  async run({ config }) {
    const { recordingFolder, databaseFile, minFreeDiskBytes } = config.files;
    const recordings = await freeBytes(recordingFolder);
    const database = await freeBytes(dirname(databaseFile));
    const hours = Math.floor(Math.max(0, recordings - minFreeDiskBytes) / BYTES_PER_RECORDED_HOUR);
    const free = `${(recordings / BYTES_PER_GB).toFixed(1)} GB are free for recordings`;
    const threshold = `${Math.round(minFreeDiskBytes / BYTES_PER_MB)} MB of RINGPOST_MIN_FREE_DISK_MB`;
    const advice =
      'free some space, move RINGPOST_RECORDING_FOLDER to another disk, or lower RINGPOST_MIN_FREE_DISK_MB';
    const faults: string[] = [];
    if (recordings < minFreeDiskBytes) faults.push(`${free}, less than the ${threshold}: nothing is recorded`);
    if (database < DATABASE_BYTES) faults.push(`${Math.round(database / BYTES_PER_MB)} MB are free for the database`);
    if (faults.length > 0) return fault(listed(faults), advice);
    if (recordings < minFreeDiskBytes * COMFORT)
      return warning(`${free}, which is soon less than the ${threshold}`, advice);
    return ok(`${free}: ${hours} hours of talk before recording stops`);
  },
};
