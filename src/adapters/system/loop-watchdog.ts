/**
 * Watches the event loop from a thread of its own. A loop that stands still lets drachtio's queue to us grow, which corrupts the control
 * stream for ever: after 2 s the thread asks drachtio for no more calls, after 5 s it ends the process, so that its supervisor starts another
 * that adopts the calls. Started by `ringpost start`; tests and tools run without it.
 *
 * Both threads read the same monotonic clock, which also runs while the process is stopped by a signal.
 */
import { fstatSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { LoopWatch } from '../../application/ports/loop-watch.js';
import {
  BEAT,
  CLOSED,
  DESCRIPTOR,
  FAREWELL_BYTES,
  INODE,
  LENGTH,
  nowMs,
  SHARED_BYTES,
  VERSION,
} from './loop-watchdog-memory.js';

export interface LoopWatchdogOptions {
  readonly stallMs: number;
  readonly exitMs: number;
  /** Ends the process when the loop itself finds out, as after SIGCONT. It must not return. */
  readonly exit: (lagMs: number) => void;
}

export interface LoopWatchdog extends LoopWatch {
  close(): Promise<void>;
}

const BEAT_MS = 200;

export function startLoopWatchdog({ stallMs, exitMs, exit }: LoopWatchdogOptions): LoopWatchdog {
  const shared = new SharedArrayBuffer(SHARED_BYTES);
  const cells = new BigInt64Array(shared, 0, FAREWELL_BYTES / 8);
  const listeners = new Set<(lagMs: number) => void>();
  Atomics.store(cells, BEAT, nowMs());
  Atomics.store(cells, DESCRIPTOR, -1n);
  const lagMs = (): number => Number(nowMs() - Atomics.load(cells, BEAT));
  const worker = new Worker(new URL('./loop-watchdog-worker.js', import.meta.url), {
    name: 'loop-watchdog',
    workerData: { shared, stallMs, exitMs },
  });
  worker.unref();
  const timer = setInterval(() => {
    const lag = lagMs();
    if (lag >= exitMs) exit(lag);
    if (lag >= stallMs) for (const listener of listeners) listener(lag);
    Atomics.store(cells, BEAT, nowMs());
  }, BEAT_MS);
  timer.unref();
  return {
    lagMs,
    onStall: (listener) => void listeners.add(listener),
    setFarewell: (farewell) => writeFarewell(shared, cells, farewell),
    close: async () => {
      clearInterval(timer);
      Atomics.store(cells, CLOSED, 1n);
      Atomics.notify(cells, CLOSED);
      await worker.terminate();
    },
  };
}

/** The inode says that the number still means the same socket: it is given to the next file that is opened when this one is closed. */
function writeFarewell(
  shared: SharedArrayBuffer,
  cells: BigInt64Array<SharedArrayBuffer>,
  farewell: Parameters<LoopWatch['setFarewell']>[0],
): void {
  Atomics.add(cells, VERSION, 1n);
  Atomics.store(cells, DESCRIPTOR, -1n);
  if (farewell === null) return;
  const bytes = Buffer.from(farewell.bytes);
  if (FAREWELL_BYTES + bytes.length > SHARED_BYTES) throw new RangeError('the farewell is too long');
  const { ino } = fstatSync(farewell.descriptor, { bigint: true });
  new Uint8Array(shared, FAREWELL_BYTES).set(bytes);
  Atomics.store(cells, LENGTH, BigInt(bytes.length));
  Atomics.store(cells, INODE, ino);
  Atomics.store(cells, DESCRIPTOR, BigInt(farewell.descriptor));
}
