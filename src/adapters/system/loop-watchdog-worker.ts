/**
 * The watching thread of loop-watchdog.ts. It has no event loop to be blocked: it sleeps on the shared memory, looks at the last sign of
 * life, and acts with plain system calls alone.
 */
import { fstatSync, writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { BEAT, CLOSED, DESCRIPTOR, FAREWELL_BYTES, INODE, LENGTH, nowMs, VERSION } from './loop-watchdog-memory.js';

const LOOK_MS = 200;

const { shared, stallMs, exitMs } = workerData as {
  readonly shared: SharedArrayBuffer;
  readonly stallMs: number;
  readonly exitMs: number;
};
const cells = new BigInt64Array(shared, 0, FAREWELL_BYTES / 8);
let saidVersion = -1n;

function sayFarewell(): void {
  const version = Atomics.load(cells, VERSION);
  const descriptor = Number(Atomics.load(cells, DESCRIPTOR));
  if (descriptor < 0 || version === saidVersion) return;
  saidVersion = version;
  try {
    const facts = fstatSync(descriptor, { bigint: true });
    if (!facts.isSocket() || facts.ino !== Atomics.load(cells, INODE)) return;
    writeSync(descriptor, Buffer.from(new Uint8Array(shared, FAREWELL_BYTES, Number(Atomics.load(cells, LENGTH)))));
  } catch {
    // It is closed, or full: whoever is at its other end has noticed by himself.
  }
}

function endProcess(lagMs: number): void {
  const line = {
    level: 60,
    time: Date.now(),
    lagMs,
    msg: 'the event loop stands still; the process is ended to be replaced',
  };
  try {
    writeSync(2, `${JSON.stringify(line)}\n`);
  } finally {
    // The loop can run no handler; what it had begun is found again from the journal.
    process.kill(process.pid, 'SIGKILL');
  }
}

let lookedAt = nowMs();
while (Atomics.wait(cells, CLOSED, 0n, LOOK_MS) === 'timed-out') {
  const now = nowMs();
  const hasSlept = now - lookedAt > BigInt(LOOK_MS * 5);
  lookedAt = now;
  // The whole process was stopped, and the loop may be about to go on: it finds out by itself, or is found at the next look.
  if (hasSlept) continue;
  const lagMs = Number(now - Atomics.load(cells, BEAT));
  if (lagMs >= stallMs) sayFarewell();
  if (lagMs >= exitMs) endProcess(lagMs);
}
