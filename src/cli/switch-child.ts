/**
 * Runs `ringpost switch` as a process of its own, as the demonstration and the end-to-end tests need it: media timing
 * must not wait for the app's event loop. It is told apart by its pid and ended by it, never by a name.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The one line that `ringpost switch --json` prints when it is ready. */
export interface SwitchReady {
  readonly event: 'ready';
  readonly sipAddress: string;
  readonly sipPort: number;
  readonly controlPort: number;
  readonly freeswitchSipAddress: string;
  readonly eventSocketPort: number;
  readonly limits: readonly string[];
}

export interface SwitchChild {
  readonly ready: SwitchReady;
  readonly pid: number;
  /** Settles with its exit code when it has ended for whatever reason; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  stop(): Promise<void>;
  /** From now on this process may end without it. */
  letGo(): void;
}

const KILL_AFTER_MS = 5_000;

export class SwitchFailedError extends Error {
  override readonly name = 'SwitchFailedError';
}

function whenExited(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => child.once('exit', (code) => resolve(code)));
}

async function stopChild(child: ChildProcess, exited: Promise<number | null>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), KILL_AFTER_MS);
  await exited;
  clearTimeout(timer);
}

/** The last line of a log, and where the others are. */
function lastWords(logFile: string): string {
  const last = readFileSync(logFile, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  return `${last.slice(0, 500)} (${logFile})`;
}

/** `flags` go to `ringpost switch`, `environment` is added to ours. Rejects with what the switch said when it ends before it is ready. */
export async function startSwitchChild(
  flags: readonly string[],
  environment: Readonly<Record<string, string>>,
  lasting: { readonly logFile: string } | null = null,
): Promise<SwitchChild> {
  const entry = fileURLToPath(new URL('./ringpost.js', import.meta.url));
  const logFd = lasting === null ? null : openSync(lasting.logFile, 'a', 0o600);
  const child = spawn(process.execPath, [entry, 'switch', '--json', ...flags], {
    env: { ...process.env, ...environment },
    // One that outlives us gets no signal of our terminal, and speaks to a file: a pipe would break under it.
    detached: lasting !== null,
    stdio: ['ignore', 'pipe', logFd ?? 'pipe'],
  });
  if (logFd !== null) closeSync(logFd);
  const exited = whenExited(child);
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4_000);
  });
  const output = child.stdout;
  if (output === null) throw new SwitchFailedError('the switch has no output');
  const lines = createInterface({ input: output });
  const ready = new Promise<SwitchReady>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{"event":"ready"')) resolve(JSON.parse(line) as SwitchReady);
    });
  });
  const first = await Promise.race([ready, exited]);
  if (typeof first !== 'object' || first === null)
    throw new SwitchFailedError(
      `the switch ended before it was ready: ${lasting === null ? complaint.trim() : lastWords(lasting.logFile)}`,
    );
  return {
    ready: first,
    pid: child.pid ?? 0,
    exited,
    stop: () => stopChild(child, exited),
    letGo: () => {
      child.unref();
      output.destroy();
    },
  };
}
