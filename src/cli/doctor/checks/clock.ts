/** Whether the wall clock can be trusted: opening hours, call records and bids go by it. Durations come from the monotonic clock. */
import { execFile } from 'node:child_process';
import type { Check } from '../check.js';
import type { DoctorContext } from '../doctor-context.js';
import { fault, ok, warning } from '../finding.js';

const WATCH_MS = 1_000;
/** Slewing by NTP is half a millisecond a second at the most; a step is more than that. */
const STEP_MS = 20;
const AHEAD_MS = 5_000;
const PROGRAM_MS = 2_000;

/** How far the wall clock moved against the monotonic one while it was watched. */
async function movedMs(): Promise<number> {
  const wall = Date.now();
  const monotonic = performance.now();
  await new Promise((resolve) => setTimeout(resolve, WATCH_MS));
  return Date.now() - wall - (performance.now() - monotonic);
}

/** Null where nobody can say: no systemd, or a container. */
function isSynchronised(): Promise<boolean | null> {
  return new Promise((resolve) => {
    execFile(
      'timedatectl',
      ['show', '--property=NTPSynchronized', '--value'],
      { timeout: PROGRAM_MS },
      (error, stdout) => {
        const word = stdout.trim();
        resolve(error !== null || (word !== 'yes' && word !== 'no') ? null : word === 'yes');
      },
    );
  });
}

async function latestRowMs(context: DoctorContext): Promise<number | null> {
  return (await context.databaseFacts().catch(() => null))?.latestMs ?? null;
}

export const checkClock: Check = {
  name: 'clock',
  async run(context) {
    const [moved, synchronised, latest] = await Promise.all([movedMs(), isSynchronised(), latestRowMs(context)]);
    const aheadMs = latest === null ? 0 : latest - Date.now();
    if (aheadMs > AHEAD_MS) {
      return fault(
        `the newest row of the database is ${Math.round(aheadMs / 1_000)} s in the future: the clock was set back, or was wrong before`,
        'set the clock by NTP (systemd-timesyncd or chrony); calls that start before that row are sorted behind it',
      );
    }
    if (Math.abs(moved) > STEP_MS)
      return warning(
        `the clock moved by ${Math.round(moved)} ms within a second`,
        'see who sets it: two time services, or a virtual machine that is paused',
      );
    if (synchronised === false)
      return warning(
        'the clock is not set by NTP',
        'run "timedatectl set-ntp true": opening hours and the times of call records go by it',
      );
    const source = synchronised === null ? 'whether NTP sets it is not known here' : 'NTP sets it';
    return ok(`the clock runs evenly and behind no row of the database; ${source}`);
  },
};
