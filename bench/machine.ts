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
