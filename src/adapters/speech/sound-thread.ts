/**
 * The library's side of its worker thread. The thread runs while somebody holds it and ends with the last holder.
 *
 * idle --a job--> running --last release--> idle; running --crash, time-out--> idle (its jobs fail with a sentence);
 * idle, running --close--> closed
 */
import { Worker } from 'node:worker_threads';
import type { SoundJob, SoundReply, SoundRequest } from './sound-job.js';

/** A minute of processor time speaks several pages: a job that takes longer hangs. */
const JOB_TIMEOUT_MS = 120_000;
const STOPPING = 'the system is stopping';

interface PendingJob {
  readonly settle: (sentence: string | null) => void;
  readonly timer: NodeJS.Timeout;
}

export class SoundThread {
  #worker: Worker | null = null;
  #holders = 0;
  #lastId = 0;
  #isClosed = false;
  readonly #pending = new Map<number, PendingJob>();

  /** Jobs may be run until the returned function is called. */
  hold(): () => Promise<void> {
    this.#holders += 1;
    let isReleased = false;
    return async () => {
      if (isReleased) return;
      isReleased = true;
      this.#holders -= 1;
      if (this.#holders === 0) await this.#end(STOPPING);
    };
  }

  /** Null when the job is done, else a sentence. Never rejects. */
  run(job: SoundJob): Promise<string | null> {
    if (this.#isClosed) return Promise.resolve(STOPPING);
    const worker = this.#worker ?? this.#start();
    this.#lastId += 1;
    const request: SoundRequest = { id: this.#lastId, job };
    return new Promise((resolve) => {
      const timer = setTimeout(() => void this.#end('it took more than two minutes'), JOB_TIMEOUT_MS);
      this.#pending.set(request.id, { settle: resolve, timer });
      worker.postMessage(request);
    });
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  close(): Promise<void> {
    this.#isClosed = true;
    return this.#end(STOPPING);
  }

  #start(): Worker {
    const worker = new Worker(new URL('./sound-worker.js', import.meta.url), {
      name: 'sound',
      // node:wasi calls itself experimental; that is no news to an operator. The decoder writes to stderr about bad files.
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stderr: true,
    });
    worker.stderr.resume();
    worker.on('message', ({ id, sentence }: SoundReply) => this.#settle(id, sentence));
    worker.on('error', (error) => void this.#end(`the sound worker failed: ${error.message}`));
    this.#worker = worker;
    return worker;
  }

  #settle(id: number, sentence: string | null): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    clearTimeout(pending.timer);
    pending.settle(sentence);
  }

  async #end(sentence: string): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    for (const id of [...this.#pending.keys()]) this.#settle(id, sentence);
    if (worker !== null) await worker.terminate();
  }
}
