/** A command of ours as an operator runs it, in a process of its own, and its log lines, each of which can be waited for. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const ENTRY = fileURLToPath(new URL('../../src/cli/ringpost.js', import.meta.url));

export type LogLine = Readonly<Record<string, unknown>>;

/** One command of ours and its log lines, each of which can be waited for. */
export class RingpostCommand {
  readonly #child: ChildProcess;
  readonly #lines: LogLine[] = [];
  readonly exited: Promise<number | null>;
  #waiters: (() => void)[] = [];
  #hasEnded = false;

  constructor(arguments_: readonly string[], environment: Readonly<Record<string, string>>) {
    const env = { ...process.env, ...environment };
    this.#child = spawn(process.execPath, [ENTRY, ...arguments_], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    this.exited = new Promise((resolve) => this.#child.once('exit', (code) => resolve(code)));
    if (this.#child.stdout === null) return;
    const wake = (): void => {
      for (const waiter of this.#waiters.splice(0)) waiter();
    };
    const output = createInterface({ input: this.#child.stdout });
    output.on('line', (line) => {
      this.#lines.push(line.startsWith('{') ? (JSON.parse(line) as LogLine) : { msg: line });
      wake();
    });
    output.on('close', () => {
      this.#hasEnded = true;
      wake();
    });
  }

  /** The first such line, or the one after `place` others. Rejects, with its last words, when the command has ended without it. */
  async line(isIt: (line: LogLine) => boolean, place = 0): Promise<LogLine> {
    for (;;) {
      const found = this.#lines.filter(isIt)[place];
      if (found !== undefined) return found;
      if (this.#hasEnded) {
        const lastWords = this.#lines.slice(-5).map((line) => JSON.stringify(line));
        throw new Error(`the command ended without the line that is waited for: ${lastWords.join(' ')}`);
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** What has been printed so far. */
  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  /** As a machine that runs out of memory does it: nothing can be put away. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  stop(): void {
    this.#child.kill('SIGTERM');
  }
}
