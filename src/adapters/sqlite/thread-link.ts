/**
 * The main thread's end of a database thread. Every request settles: with its reply, with the thread's death, or at once
 * when too many wait or the store is closed. It never waits for the disk itself.
 *
 *   starting -> open -> closing -> closed
 *   starting -> closed (the file was refused), open -> lost (the thread died)
 */
import { Worker } from 'node:worker_threads';
import { isDiskTrouble, StorageError } from './storage-error.js';
import { errorOfWire, type ThreadMessage, type ThreadReply, type ThreadRequest } from './store-requests.js';

/** Where the store says what an operator has to know; pino's logger is one. */
export interface StoreLog {
  error(sentence: string): void;
}

export interface ThreadLinkOptions {
  /** The thread's compiled file. */
  readonly url: URL;
  readonly data: unknown;
  /** Requests that may wait at once; a disk that does not keep up must refuse calls, not fill the memory. */
  readonly maxPending: number;
  readonly log: StoreLog | null;
}

interface Waiter {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type LinkState = 'starting' | 'open' | 'closing' | 'closed' | 'lost';

export class ThreadLink<Body> {
  readonly #worker: Worker;
  readonly #maxPending: number;
  readonly #log: StoreLog | null;
  readonly #waiters = new Map<number, Waiter>();
  readonly #exited: Promise<void>;
  readonly #started: Promise<void>;
  #state: LinkState = 'starting';
  #lastRequestId = 0;
  #isCloseSent = false;
  #trouble: StorageError | null = null;

  constructor({ url, data, maxPending, log }: ThreadLinkOptions) {
    this.#maxPending = maxPending;
    this.#log = log;
    this.#worker = new Worker(url, { workerData: data });
    this.#exited = new Promise((resolve) => {
      this.#worker.once('exit', () => resolve());
    });
    this.#started = new Promise((resolve, reject) => {
      this.#worker.on('message', (message: ThreadMessage) => this.#receive(message, resolve, reject));
      this.#worker.once('error', (error) => this.#lose(error, reject));
      this.#worker.once('exit', () => this.#lose(new Error('the thread ended'), reject));
    });
  }

  /** Settles when the thread has its file open; rejects with a StorageError that says why it has not. */
  async started(): Promise<void> {
    try {
      await this.#started;
    } catch (error) {
      await this.#exited;
      throw error;
    }
  }

  get pending(): number {
    return this.#waiters.size;
  }

  /** What the disk answered to the last request, when it was a fault that others will meet too. */
  get trouble(): StorageError | null {
    return this.#trouble;
  }

  /** Why a request would not be taken now; null when it would. */
  get refusal(): StorageError | null {
    if (this.#state !== 'open') return this.#refusal();
    if (this.#waiters.size < this.#maxPending) return null;
    const sentence = `${this.#waiters.size} requests wait for the database already; its disk does not keep up`;
    return new StorageError('overloaded', sentence);
  }

  request(body: Body): Promise<unknown> {
    const { refusal } = this;
    if (refusal !== null) return Promise.reject(refusal);
    this.#lastRequestId += 1;
    const requestId = this.#lastRequestId;
    const message: ThreadRequest<Body> = { kind: 'work', requestId, body };
    return new Promise((resolve, reject) => {
      // First the message: a body that cannot be cloned throws here and must leave no waiter behind.
      this.#worker.postMessage(message);
      this.#waiters.set(requestId, { resolve, reject });
    });
  }

  /** From now on requests are refused; those that wait go on. */
  stopTaking(): void {
    if (this.#state === 'open') this.#state = 'closing';
  }

  /** Lets what waits finish, then closes the file and ends the thread. Closing twice is closing once. */
  async close(): Promise<void> {
    this.stopTaking();
    if (this.#state === 'closing' && !this.#isCloseSent) {
      this.#isCloseSent = true;
      const message: ThreadRequest<Body> = { kind: 'close' };
      this.#worker.postMessage(message);
    }
    await this.#exited;
  }

  #receive(message: ThreadMessage, onReady: () => void, onFailed: (error: Error) => void): void {
    switch (message.kind) {
      case 'ready':
        this.#state = 'open';
        onReady();
        return;
      case 'failed':
        this.#state = 'closed';
        onFailed(errorOfWire(message.error));
        return;
      case 'replies':
        for (const reply of message.replies) this.#settle(reply);
    }
  }

  #settle(reply: ThreadReply): void {
    const waiter = this.#waiters.get(reply.requestId);
    this.#waiters.delete(reply.requestId);
    const error = reply.isDone ? null : errorOfWire(reply.error);
    this.#trouble = error instanceof StorageError && isDiskTrouble(error.fault) ? error : null;
    if (error !== null) waiter?.reject(error);
    else if (reply.isDone) waiter?.resolve(reply.value);
  }

  #lose(cause: Error, onFailed: (error: Error) => void): void {
    if (this.#state === 'closing') this.#state = 'closed';
    if (this.#state === 'closed' && this.#waiters.size === 0) return;
    if (this.#state !== 'closed' && this.#state !== 'lost') {
      this.#state = 'lost';
      this.#log?.error(`a database thread died, no call can be recorded until a restart: ${cause.message}`);
    }
    const error = new StorageError('thread-lost', `the database thread died: ${cause.message}`);
    onFailed(error);
    for (const waiter of this.#waiters.values()) waiter.reject(error);
    this.#waiters.clear();
  }

  #refusal(): StorageError {
    if (this.#state === 'lost') return new StorageError('thread-lost', 'the database thread died; restart the program');
    if (this.#state === 'starting') return new StorageError('closed', 'the database is not open yet');
    return new StorageError('closed', 'the database is closed');
  }
}
