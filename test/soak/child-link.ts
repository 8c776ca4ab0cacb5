/**
 * The soak test's link to a process of its own: questions go over IPC, answers and unasked-for news come back. The same file serves
 * both ends, so that what is asked and what is answered stay side by side. The child ends when its parent is gone.
 */
import { type ChildProcess, fork } from 'node:child_process';

export type Question = (argument: unknown) => unknown;

interface Asked {
  readonly id: number;
  readonly verb: string;
  readonly argument: unknown;
}

interface Told {
  readonly id: number;
  readonly answer?: unknown;
  readonly fault?: string;
}

interface Waiter {
  readonly resolve: (answer: unknown) => void;
  readonly reject: (error: Error) => void;
}

export class ChildFailedError extends Error {
  override readonly name = 'ChildFailedError';
}

export class ChildLink {
  readonly #child: ChildProcess;
  readonly #waiters = new Map<number, Waiter>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #complaints = '';

  /** `script` is the compiled child; it runs with --expose-gc and with what SOAK_NODE_FLAGS says, for profiles. */
  constructor(script: URL) {
    const flags = (process.env.SOAK_NODE_FLAGS ?? '').split(' ').filter((flag) => flag !== '');
    this.#child = fork(script, [], {
      // v8.queryObjects is experimental and says so on standard error.
      execArgv: ['--expose-gc', '--disable-warning=ExperimentalWarning', ...flags],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-8_000);
    });
    this.#child.on('message', (message) => this.#take(message as Told));
    this.#exited = new Promise((resolve) => this.#child.once('exit', () => resolve()));
    void this.#exited.then(() => this.#fail());
  }

  /** What it wrote to standard error: empty unless something went wrong. */
  get complaints(): string {
    return this.#complaints;
  }

  /** The child answers each question once; it rejects with the child's own words, or when the child ends first. */
  ask<Answer>(verb: string, argument: unknown = null): Promise<Answer> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiters.set(id, { resolve: (answer) => resolve(answer as Answer), reject });
      if (this.#child.connected) this.#child.send({ id, verb, argument } satisfies Asked);
      else this.#fail();
    });
  }

  async stop(): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#exited;
  }

  #take({ id, answer, fault }: Told): void {
    const waiter = this.#waiters.get(id);
    this.#waiters.delete(id);
    if (fault === undefined) waiter?.resolve(answer);
    else waiter?.reject(new ChildFailedError(fault));
  }

  #fail(): void {
    for (const { reject } of this.#waiters.values())
      reject(new ChildFailedError(`the child ended: ${this.#complaints}`));
    this.#waiters.clear();
  }
}

/** The child's end. `close` runs when the parent lets go; then the process must end by itself, with nothing open. */
export function answerParent(questions: Readonly<Record<string, Question>>, close: () => Promise<void>): void {
  const tell = (told: Told): void => {
    if (process.connected) process.send?.(told);
  };
  process.on('message', ({ id, verb, argument }: Asked) => {
    Promise.resolve()
      .then(() => questions[verb]?.(argument))
      .then(
        (answer) => tell({ id, answer }),
        (error: unknown) =>
          tell({ id, fault: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
      );
  });
  process.once('disconnect', () => void close());
}
