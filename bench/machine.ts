/** On what the bench ran, in one line: figures mean nothing without it. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

export function describeMachine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const memory = `${(totalmem() / 2 ** 30).toFixed(0)} GiB`;
  return `${availableParallelism()} x ${model}, ${memory}, ${process.platform} ${process.arch}, Node ${process.version}`;
}

/** Processes that were ready to run in the last minute; well above what the bench itself needs, the machine was shared. */
export function loadNow(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(' ');
}

/** Begins to count; the function answers how many cores the whole machine has kept busy since, whoever did. */
export function countBusyCores(): () => number {
  const busyMs = (): number =>
    cpus().reduce((sum, { times }) => sum + times.user + times.nice + times.sys + times.irq, 0);
  const [before, startedMs] = [busyMs(), performance.now()];
  return () => (busyMs() - before) / (performance.now() - startedMs);
}
