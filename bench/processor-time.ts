/**
 * Processor time of the process that asks, since its start, for the bench's children. Linux counts each thread to the nanosecond
 * in its schedstat (Documentation/scheduler/sched-stats.rst); elsewhere only the sum of all threads is known.
 */
import { readdirSync, readFileSync } from 'node:fs';

/**
 * `main` runs the calls; `engine` are the threads that V8 and libuv have from the start (compiling, collecting garbage, files);
 * `low` has stepped back behind the calls: what is done after them; `worker` is every other thread.
 */
export type ThreadKind = 'main' | 'engine' | 'worker' | 'low';

export interface ThreadTime {
  readonly threadId: number;
  readonly kind: ThreadKind;
  readonly ms: number;
}

export interface ProcessorTime {
  /** All threads, user and system. */
  readonly allMs: number;
  /** Programs that it started and that have ended. */
  readonly childrenMs: number;
  /** Empty where there is no /proc. */
  readonly threads: readonly ThreadTime[];
}

const KERNEL_TICK_MS = 10;
const NANOSECONDS_PER_MS = 1_000_000;
/** proc(5), counted after the name in parentheses, which is field 2: cutime and cstime are fields 16 and 17, nice is 19. */
const CHILDREN_AT = [13, 14] as const;
const NICE_AT = 16;

function statOf(path: string): readonly string[] {
  const stat = readFileSync(path, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

function threadIds(): string[] {
  try {
    return readdirSync('/proc/self/task');
  } catch {
    return [];
  }
}

/** When this module is loaded, nothing of ours has started a thread yet. */
const engineThreads = new Set(threadIds());

function kindOf(threadId: string, nice: number): ThreadKind {
  if (threadId === String(process.pid)) return 'main';
  if (nice > 0) return 'low';
  return engineThreads.has(threadId) ? 'engine' : 'worker';
}

function threadTime(threadId: string): ThreadTime[] {
  try {
    const folder = `/proc/self/task/${threadId}`;
    const ms = Number(readFileSync(`${folder}/schedstat`, 'utf8').split(' ')[0]) / NANOSECONDS_PER_MS;
    return [{ threadId: Number(threadId), kind: kindOf(threadId, Number(statOf(`${folder}/stat`)[NICE_AT])), ms }];
  } catch {
    // It has ended since the list was made.
    return [];
  }
}

function childrenMs(): number {
  const stat = statOf('/proc/self/stat');
  return CHILDREN_AT.reduce((sum, place) => sum + Number(stat[place]) * KERNEL_TICK_MS, 0);
}

export function processorTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  const threads = threadIds().flatMap(threadTime);
  return { allMs: (user + system) / 1000, childrenMs: threads.length === 0 ? 0 : childrenMs(), threads };
}

/** What was used between two questions. Threads that ended in between are missing from `threads`, not from `allMs`. */
export function processorTimeBetween(before: ProcessorTime, after: ProcessorTime): ProcessorTime {
  const earlier = new Map(before.threads.map(({ threadId, ms }) => [threadId, ms]));
  return {
    allMs: after.allMs - before.allMs,
    childrenMs: after.childrenMs - before.childrenMs,
    threads: after.threads.map((thread) => ({ ...thread, ms: thread.ms - (earlier.get(thread.threadId) ?? 0) })),
  };
}

export function threadsMs({ threads }: ProcessorTime, kind: ThreadKind): number {
  return threads.reduce((sum, thread) => (thread.kind === kind ? sum + thread.ms : sum), 0);
}
