/** Who this process is among all processes, and whether another one of the same host still lives. */
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import type { LeaseHolder } from '../../application/ports/process-lease.js';

/** Empty where the system has no such file. */
function textOf(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

/** Containers may share a name, and have process ids of their own. */
function hostOf(): string {
  const boot = textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const namespace = textOf(() => readlinkSync('/proc/self/ns/pid'));
  return [hostname(), boot, namespace].filter((part) => part !== '').join(' ');
}

/** When the process began, in ticks since the boot: the 22nd field of proc(5) stat, the 20th behind the name in brackets. */
function incarnationOf(pid: number): string {
  const stat = textOf(() => readFileSync(`/proc/${pid}/stat`, 'latin1'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

/** Of this host. */
export function processOf(pid: number): LeaseHolder {
  return { host: hostOf(), pid, incarnation: incarnationOf(pid) };
}

export function thisProcess(): LeaseHolder {
  return processOf(process.pid);
}

/** False when it lives, or nobody here can say. */
export function isKnownDead({ host, pid, incarnation }: LeaseHolder): boolean {
  if (host !== hostOf()) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
  return incarnation !== '' && incarnationOf(pid) !== incarnation;
}
