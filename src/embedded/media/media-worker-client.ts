/**
 * The engine's end of one media worker thread: sends commands, matches answers to requests, passes events on. When the
 * thread ends by itself every open request is refused and the engine is told; it never keeps a promise unsettled.
 */

import { Worker } from 'node:worker_threads';
import { errorSentence, MediaError, MediaWorkerDiedError } from './media-errors.js';
import type { MediaEvent } from './media-port.js';
import type {
  MediaAnswer,
  MediaMessage,
  MediaOrder,
  MediaQuestions,
  MediaQuestionType,
  MediaWorkerOptions,
  WorkerLink,
} from './media-protocol.js';

interface PendingRequest {
  readonly resolve: (value: MediaAnswer) => void;
  readonly reject: (error: Error) => void;
}

export interface MediaWorkerListener {
  onEvent(event: MediaEvent): void;
  /** One session is lost, the thread lives. */
  onFault(sessionId: string, error: Error): void;
  /** The thread has ended without being asked to. */
  onDeath(client: MediaWorkerClient, error: Error): void;
}

export class MediaWorkerClient {
  readonly #worker: Worker;
  readonly #listener: MediaWorkerListener;
  readonly #pending = new Map<number, PendingRequest>();
  readonly #exited: Promise<void>;
  #nextRequestId = 1;
  #isClosing = false;
  #death: Error | null = null;
  /** Sessions placed here, for the engine's choice of the least loaded worker. */
  sessionCount = 0;

  constructor(
    /** Tells this worker from the engine's others; never used twice. */
    readonly number: number,
    program: URL,
    options: MediaWorkerOptions,
    listener: MediaWorkerListener,
  ) {
    this.#listener = listener;
    this.#worker = new Worker(program, { workerData: options });
    this.#worker.on('message', (message: MediaMessage) => this.#onMessage(message));
    let cause = 'it ended';
    this.#worker.on('error', (error) => {
      cause = errorSentence(error);
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.on('exit', (status) => {
        this.#onExit(`${cause} (exit status ${status})`);
        resolve();
      });
    });
  }

  isDead(): boolean {
    return this.#death !== null;
  }

  send(order: MediaOrder | WorkerLink): void {
    if (this.#death === null) this.#worker.postMessage(order);
  }

  /** Rejects with a MediaError when the worker refuses, with a MediaWorkerDiedError when it is gone. */
  ask<T extends MediaQuestionType>(type: T, question: MediaQuestions[T]['ask']): Promise<MediaQuestions[T]['answer']> {
    if (this.#death !== null) return Promise.reject(this.#death);
    const requestId = this.#nextRequestId;
    this.#nextRequestId += 1;
    return new Promise((resolve, reject) => {
      this.#pending.set(requestId, { resolve, reject });
      this.#worker.postMessage({ ...question, type, requestId });
    });
  }

  /** Lets recordings come to their end, then ends the thread. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.ask('shut-down', {}).catch(() => null);
    await this.#worker.terminate();
    await this.#exited;
  }

  #onMessage(message: MediaMessage): void {
    if (message.type === 'event') {
      this.#listener.onEvent(message.event);
      return;
    }
    if (message.type === 'fault') {
      this.#listener.onFault(message.sessionId, new MediaError(message.error));
      return;
    }
    const request = this.#pending.get(message.requestId);
    this.#pending.delete(message.requestId);
    if (message.type === 'answer') request?.resolve(message.value);
    else request?.reject(new MediaError(message.error, message.code));
  }

  #onExit(cause: string): void {
    const error = new MediaWorkerDiedError(`the media worker is gone: ${cause}`);
    this.#death = error;
    for (const request of this.#pending.values()) request.reject(error);
    this.#pending.clear();
    if (!this.#isClosing) this.#listener.onDeath(this, error);
  }
}
