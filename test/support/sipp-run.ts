/**
 * Runs one scenario of test/sipp with SIPp as a child process: a free port, a folder of its own, the messages as they come, and the
 * outcome with what is needed to understand a failure. SIPp does the signalling only: the scenarios put the address of a tone phone
 * into their SDP, since SIPp cannot say what it hears.
 *
 * States: starting -> listening -> ended. `stop` ends it from any of them, by its process id; the folder goes with it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { type FSWatcher, mkdtempSync, readFileSync, rmSync, watch } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/config/package-root.js';
import { reservePort } from './reserved-port.js';
import { readSippMessages, type SippMessage } from './sipp-messages.js';

export interface SippOptions {
  /** File name under test/sipp, without `.xml`. */
  readonly scenario: string;
  /** Address to send from and to listen on. */
  readonly localAddress?: string;
  /** Whom a caller calls; absent for a buyer. */
  readonly remote?: { readonly address: string; readonly port: number };
  /** The number that a caller dials. */
  readonly called?: string;
  readonly transport?: 'udp' | 'tcp';
  /** What the scenario writes as [name]. */
  readonly keys?: Readonly<Record<string, string | number>>;
  /**
   * False: SIPp takes no message for one that it has had before. Else it answers the second 100 of an INVITE that its scenario repeats with
   * that INVITE again, and that with the next 100, without end.
   */
  readonly knowsRepeats?: boolean;
  /** After this long SIPp gives up and the scenario has failed. */
  readonly limitMs?: number;
}

export interface SippOutcome {
  /** 0: every message that had to come has come and was as it had to be. */
  readonly exitCode: number | null;
  readonly succeeded: number;
  readonly failed: number;
  /** Empty when it succeeded, else SIPp's own words and the messages of the call. */
  readonly diagnosis: string;
}

const DEFAULT_LIMIT_MS = 30_000;
const KILL_GRACE_MS = 2_000;

function argumentsFor(options: SippOptions, port: number): string[] {
  const { scenario, localAddress = '127.0.0.1', remote, called, transport = 'udp', keys = {} } = options;
  const limitSeconds = Math.ceil((options.limitMs ?? DEFAULT_LIMIT_MS) / 1000);
  return [
    ...(remote === undefined ? [] : [`${remote.address}:${remote.port}`]),
    ...['-sf', join(packageRoot(), 'test/sipp', `${scenario}.xml`)],
    ...['-i', localAddress, '-p', String(port), '-t', transport === 'tcp' ? 't1' : 'u1'],
    ...['-m', '1', '-nostdin', '-timeout', `${limitSeconds}s`, '-timeout_error'],
    ...(options.knowsRepeats === false ? ['-nr'] : []),
    ...(called === undefined ? [] : ['-s', called]),
    ...Object.entries(keys).flatMap(([name, value]) => ['-key', name, String(value)]),
    ...['-trace_msg', '-message_file', 'messages', '-trace_err', '-error_file', 'errors'],
    // Written once the sockets are bound, so its appearance says that the scenario listens.
    ...['-trace_stat', '-stf', 'statistics', '-fd', '3600'],
  ];
}

export class SippRun {
  readonly port: number;
  readonly address: string;
  readonly ended: Promise<SippOutcome>;
  readonly messages: SippMessage[] = [];
  readonly #scenario: string;
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #watcher: FSWatcher;
  #logOffset = 0;
  #hasEnded = false;
  #waiters: (() => void)[] = [];

  private constructor(options: SippOptions, port: number) {
    this.port = port;
    this.address = options.localAddress ?? '127.0.0.1';
    this.#scenario = options.scenario;
    this.#folder = mkdtempSync(join(tmpdir(), 'ringpost-sipp-'));
    this.#watcher = watch(this.#folder, () => this.#look());
    const output: Buffer[] = [];
    this.#child = spawn('sipp', argumentsFor(options, port), { cwd: this.#folder, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => output.push(chunk));
    this.#child.stderr?.on('data', (chunk: Buffer) => output.push(chunk));
    this.ended = new Promise((resolve) => {
      const finish = (exitCode: number | null, text: string) => resolve(this.#finish(exitCode, text));
      this.#child.once('error', (error) => finish(null, error.message));
      this.#child.once('close', (exitCode) => finish(exitCode, Buffer.concat(output).toString('latin1')));
    });
  }

  /** Resolves when the scenario listens; a caller has called by then. */
  static async start(options: SippOptions): Promise<SippRun> {
    const run = new SippRun(options, await reservePort(options.localAddress));
    await run.#until(() => run.#read('statistics') !== null);
    return run;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get uri(): string {
    return `sip:buyer@${this.address}:${this.port}`;
  }

  /** The first message of that direction that fits, come or to come. Rejects when the scenario ends without it. */
  async message(direction: SippMessage['direction'], pattern: RegExp): Promise<SippMessage> {
    const find = () => this.messages.find((message) => message.direction === direction && pattern.test(message.text));
    await this.#until(() => find() !== undefined);
    const found = find();
    if (found !== undefined) return found;
    const { diagnosis } = await this.ended;
    throw new Error(`${this.#scenario} ended and ${direction} nothing like ${pattern}\n${diagnosis}`);
  }

  /** Ends SIPp if it runs; settles when it is gone. */
  async stop(): Promise<void> {
    if (!this.#hasEnded) {
      this.#child.kill('SIGTERM');
      const timer = setTimeout(() => this.#child.kill('SIGKILL'), KILL_GRACE_MS);
      await this.ended;
      clearTimeout(timer);
    }
    await this.ended;
  }

  /** Settles when `isDone` says so, or when the scenario has ended. */
  async #until(isDone: () => boolean): Promise<void> {
    this.#look();
    while (!isDone() && !this.#hasEnded) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  #read(name: string): string | null {
    try {
      return readFileSync(join(this.#folder, name), 'latin1');
    } catch {
      return null;
    }
  }

  #look(): void {
    const { messages, next } = readSippMessages(this.#read('messages') ?? '', this.#logOffset);
    this.messages.push(...messages);
    this.#logOffset = next;
    for (const wake of this.#waiters.splice(0)) wake();
  }

  #finish(exitCode: number | null, output: string): SippOutcome {
    const rows = (this.#read('statistics') ?? '').trim().split('\n');
    const names = (rows[0] ?? '').split(';');
    const values = (rows.at(-1) ?? '').split(';');
    const count = (name: string): number => Number(values[names.indexOf(name)] ?? 0);
    const errors = this.#read('errors') ?? '';
    const outcome = {
      exitCode,
      succeeded: count('SuccessfulCall(C)'),
      failed: count('FailedCall(C)'),
      diagnosis: '',
    };
    this.#hasEnded = true;
    this.#look();
    this.#watcher.close();
    rmSync(this.#folder, { recursive: true, force: true });
    if (exitCode === 0) return outcome;
    const log = this.messages.map(({ direction, text }) => `--- ${direction}\n${text}`).join('\n');
    const own = errors === '' ? output.slice(-2_000) : errors;
    return { ...outcome, diagnosis: `${this.#scenario}: exit status ${exitCode}\n${own}\n${log}` };
  }
}

/**
 * Runs a scenario to its end while this process stands still, and returns SIPp's exit status. What the app in this process would do
 * comes after the whole scenario: that is how a CANCEL is certain to overtake the answer.
 */
export async function runSippWhileWeStandStill(options: SippOptions): Promise<number | null> {
  const port = await reservePort(options.localAddress);
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-sipp-'));
  try {
    return spawnSync('sipp', argumentsFor(options, port), { cwd: folder, stdio: 'ignore' }).status;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
