/**
 * How long processes were ready to run while the machine had no core for them, so that a test of how long something takes does not count what
 * other programs took. Linux tells it for each thread; elsewhere it is 0, and the machine has to be quiet.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** By thread, in milliseconds since its start. */
function threadWaits(pid: number): Map<string, number> {
  const waits = new Map<string, number>();
  try {
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [, waitedNs = '0'] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(' ');
      waits.set(thread, Number(waitedNs) / 1_000_000);
    }
  } catch {
    // The process or one of its threads has gone, or this is no Linux.
  }
  return waits;
}

/** From its making on. */
export class CoreWait {
  readonly #before: ReadonlyMap<number, ReadonlyMap<string, number>>;

  constructor(pids: readonly number[]) {
    this.#before = new Map(pids.map((pid) => [pid, threadWaits(pid)]));
  }

  /** In milliseconds: of each process the thread that waited longest, and the processes one after the other, as they wait for each other. */
  get ms(): number {
    let sum = 0;
    for (const [pid, before] of this.#before) {
      const waited = [...threadWaits(pid)].map(([thread, now]) => now - (before.get(thread) ?? 0));
      sum += Math.max(0, ...waited);
    }
    return Math.round(sum);
  }
}
