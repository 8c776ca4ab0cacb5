/**
 * Runs `ringpost switch` as a process of its own, as the demonstration and the end-to-end tests need it: media timing
 * must not wait for the app's event loop. It is told apart by its pid and ended by it, never by a name.
 */
import { type ChildProcess, spawn } from 'node:child_process';
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
  /** From now on its SIP answers requests outside dialogs of these CIDR blocks only. */
  trust(sources: readonly string[]): void;
  stop(): Promise<void>;
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

/** `flags` go to `ringpost switch`, `environment` is added to ours. Rejects with what the switch said when it ends before it is ready. */
export async function startSwitchChild(
  flags: readonly string[],
  environment: Readonly<Record<string, string>>,
): Promise<SwitchChild> {
  const entry = fileURLToPath(new URL('./ringpost.js', import.meta.url));
  const child = spawn(process.execPath, [entry, 'switch', '--json', ...flags], {
    env: { ...process.env, ...environment },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const exited = whenExited(child);
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaint = (complaint + chunk.toString()).slice(-4_000);
  });
  const lines = createInterface({ input: child.stdout });
  const ready = new Promise<SwitchReady>((resolve) => {
    lines.on('line', (line) => {
      if (line.startsWith('{"event":"ready"')) resolve(JSON.parse(line) as SwitchReady);
    });
  });
  const first = await Promise.race([ready, exited]);
  if (typeof first !== 'object' || first === null)
    throw new SwitchFailedError(`the switch ended before it was ready: ${complaint.trim()}`);
  // A switch that is gone is reported by `exited`; what was on its way to it is of no use any more.
  child.stdin.on('error', () => undefined);
  return {
    ready: first,
    pid: child.pid ?? 0,
    exited,
    trust: (sources) => void child.stdin.write(`${JSON.stringify(sources)}\n`),
    stop: () => stopChild(child, exited),
  };
}
