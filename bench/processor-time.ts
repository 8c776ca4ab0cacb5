/** Processor time of the process that asks, since its start, for the bench's children. */
import { readFileSync } from 'node:fs';

export interface ProcessorTime {
  /** All threads, user and system. */
  readonly allMs: number;
  /** Of the thread that runs the calls, to the kernel's 10 ms; 0 where there is no /proc. */
  readonly mainThreadMs: number;
}

const KERNEL_TICK_MS = 10;

/** proc(5): fields 14 and 15 of a task's stat, counted after the name in parentheses, which is field 2. */
function mainThreadMs(): number {
  try {
    const stat = readFileSync(`/proc/self/task/${process.pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return (Number(fields[11]) + Number(fields[12])) * KERNEL_TICK_MS;
  } catch {
    return 0;
  }
}

export function processorTime(): ProcessorTime {
  const { user, system } = process.cpuUsage();
  return { allMs: (user + system) / 1000, mainThreadMs: mainThreadMs() };
}
