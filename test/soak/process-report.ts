/**
 * What a process holds, as the process itself sees it: heap after collection, timers, file descriptors, processor time. Asked for by
 * the soak test in both of its children; needs --expose-gc and /proc.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { getHeapSpaceStatistics, queryObjects, writeHeapSnapshot } from 'node:v8';
import { objectsOfThreads } from './thread-heaps.js';

export interface ProcessReport {
  readonly heapUsedBytes: number;
  /** What lives in the heaps of its worker threads; each object has 16 bytes at the least. */
  readonly threadObjects: number;
  /** Buffers and what native code holds for the heap. */
  readonly externalBytes: number;
  readonly rssBytes: number;
  /** Since its start, all threads, without the making of these reports. */
  readonly cpuMs: number;
  /** Of the thread that runs the calls, to the kernel's 10 ms. */
  readonly mainThreadCpuMs: number;
  /** Machine code that the compiler made: it grows for minutes after the start, and is no leak. */
  readonly codeBytes: number;
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
  return { p50: ms(loopDelay.percentile(50)), p99: ms(loopDelay.percentile(99)), max: ms(loopDelay.max) };
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

const KERNEL_TICK_MS = 10;

/** proc(5): fields 14 and 15 of a task's stat, counted after the name in parentheses, which is field 2. */
function mainThreadCpuMs(): number {
  const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * KERNEL_TICK_MS;
}

type ProcessorTime = Pick<ProcessReport, 'cpuMs' | 'mainThreadCpuMs'>;

function processorTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, mainThreadCpuMs: mainThreadCpuMs() };
}

/** Collecting and counting is dear, and no call's fault. */
const spentOnReports = { cpuMs: 0, mainThreadCpuMs: 0 };

function codeBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name: name }) => name.includes('code'));
  return spaces.reduce((sum, space) => sum + space.space_used_size, 0);
}

type Classes = Readonly<Record<string, Constructor>>;
type Constructor = Parameters<typeof queryObjects>[0];

/**
 * How many objects of each class are reachable, of those that have any: a map entry that was forgotten shows here. The heap is collected
 * several times for each class, and meanwhile the process does nothing else, for seconds on a slow machine. So it is asked when nothing
 * else is asked of the process any more: the two links would count as lost.
 */
export function countObjects(classes: Classes): Record<string, number> {
  const counts = Object.entries(classes).map(
    ([name, ctor]) => [name, queryObjects(ctor, { format: 'count' })] as const,
  );
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** Collects first: what only waits for a finaliser is freed between two collections. */
export async function reportProcess(): Promise<ProcessReport> {
  const lateMs = lateness();
  const cpuAtStart = processorTime();
  for (let round = 0; round < COLLECTIONS; round += 1) {
    globalThis.gc?.();
    await new Promise(setImmediate);
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const report: ProcessReport = {
    heapUsedBytes: heapUsed,
    threadObjects: await objectsOfThreads(),
    externalBytes: external,
    rssBytes: rss,
    cpuMs: cpuAtStart.cpuMs - spentOnReports.cpuMs,
    mainThreadCpuMs: cpuAtStart.mainThreadCpuMs - spentOnReports.mainThreadCpuMs,
    codeBytes: codeBytes(),
    lateMs,
    timers: process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length,
    descriptors: descriptors(),
  };
  const cpuAtEnd = processorTime();
  spentOnReports.cpuMs += cpuAtEnd.cpuMs - cpuAtStart.cpuMs;
  spentOnReports.mainThreadCpuMs += cpuAtEnd.mainThreadCpuMs - cpuAtStart.mainThreadCpuMs;
  loopDelay.reset();
  return report;
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
