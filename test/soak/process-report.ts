/**
 * What a process holds, as the process itself sees it: heap after collection, timers, file descriptors, processor time. Asked for by
 * the soak test in both of its children; needs --expose-gc and /proc.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { writeHeapSnapshot } from 'node:v8';

export interface ProcessReport {
  readonly heapUsedBytes: number;
  /** Buffers and what native code holds for the heap. */
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Since its start, all threads. */
  readonly cpuMs: number;
  /** How late its event loop was since the report before, in ms: the machine, or work of ours that blocks. */
  readonly lateMs: { readonly p50: number; readonly p99: number; readonly max: number };
  /** Timers that keep the process alive. */
  readonly timers: number;
  /** What each descriptor leads to, with the numbers of sockets and pipes left out. */
  readonly descriptors: readonly string[];
}

const COLLECTIONS = 4;
const LOOP_RESOLUTION_MS = 5;

const loopDelay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
loopDelay.enable();

/** In ms, without the resolution of the measurement itself. */
function lateness(): ProcessReport['lateMs'] {
  const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - LOOP_RESOLUTION_MS);
  const late = { p50: ms(loopDelay.percentile(50)), p99: ms(loopDelay.percentile(99)), max: ms(loopDelay.max) };
  loopDelay.reset();
  return late;
}

function descriptors(): string[] {
  return readdirSync('/proc/self/fd')
    .flatMap((name) => {
      try {
        return [readlinkSync(`/proc/self/fd/${name}`).replace(/:\[\d+\]$/, '')];
      } catch {
        // The folder's own descriptor is closed by now.
        return [];
      }
    })
    .filter((target) => !target.startsWith('/proc/'))
    .sort();
}

/** Collects first: what only waits for a finaliser is freed between two collections. */
export async function reportProcess(): Promise<ProcessReport> {
  const lateMs = lateness();
  for (let round = 0; round < COLLECTIONS; round += 1) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    heapUsedBytes: heapUsed,
    externalBytes: external,
    rssBytes: rss,
    cpuMs: (user + system) / 1000,
    lateMs,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    descriptors: descriptors(),
  };
}

/** For a look at what grew, with the memory tools of a browser. */
export function writeSnapshot(file: unknown): string {
  return writeHeapSnapshot(String(file));
}

/** What `after` has more of than `before`, by target; empty when nothing was left open. */
export function newDescriptors(before: ProcessReport, after: ProcessReport): string[] {
  const rest = [...before.descriptors];
  return after.descriptors.filter((target) => {
    const at = rest.indexOf(target);
    if (at < 0) return true;
    rest.splice(at, 1);
    return false;
  });
}
