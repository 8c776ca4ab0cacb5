/**
 * The store's side of its worker thread: started with the first job, kept, and started anew when it dies. It does not keep
 * the process alive while it has nothing to do.
 */
import { Worker } from 'node:worker_threads';
import type { RecordingJob, RecordingReply, RecordingRequest, RecordingResult } from './recording-job.js';

export class RecordingThread {
  #worker: Worker | null = null;
  #lastId = 0;
  readonly #pending = new Map<number, { resolve(result: RecordingResult): void; reject(error: Error): void }>();

  /** Rejects when the thread dies under the job. */
  run(job: RecordingJob): Promise<RecordingResult> {
    const worker = this.#worker ?? this.#start();
    this.#lastId += 1;
    const request: RecordingRequest = { id: this.#lastId, job };
    worker.ref();
    return new Promise((resolve, reject) => {
      this.#pending.set(request.id, { resolve, reject });
      worker.postMessage(request);
    });
  }

  async close(): Promise<void> {
    await this.#drop(new Error('the recording worker was ended'));
  }

  #start(): Worker {
    const worker = new Worker(new URL('./recording-worker.js', import.meta.url), { name: 'recordings', stderr: true });
    // The decoder's complaints about a damaged MP3 are in the result already.
    worker.stderr.resume();
    worker.on('message', ({ id, result }: RecordingReply) => {
      const job = this.#pending.get(id);
      this.#pending.delete(id);
      if (this.#pending.size === 0) worker.unref();
      job?.resolve(result);
    });
    worker.on('error', (error) => void this.#drop(error));
    this.#worker = worker;
    return worker;
  }

  async #drop(error: Error): Promise<void> {
    const worker = this.#worker;
    this.#worker = null;
    const jobs = [...this.#pending.values()];
    this.#pending.clear();
    for (const job of jobs) job.reject(error);
    if (worker !== null) await worker.terminate();
  }
}
