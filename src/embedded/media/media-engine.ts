/**
 * Entry of the media engine: starts the worker threads, gives each session a pair of ports and a worker, and passes
 * events on. Called by the FreeSWITCH half of the embedded switch; it never touches a packet.
 */

import { randomUUID } from 'node:crypto';
import { MediaError, PortsExhaustedError } from './media-errors.js';
import type { MediaEngine, MediaEvent, MediaSession } from './media-port.js';
import type { MediaWorkerOptions } from './media-protocol.js';
import { MediaWorkerClient } from './media-worker-client.js';
import { PortPool } from './port-pool.js';
import { createRelayMemory } from './relay-ring.js';
import { RemoteSession } from './remote-session.js';

export interface MediaEngineOptions {
  /** The range of UDP ports, both ends included; each session takes an even one and the odd one above it. */
  readonly rtpPortMin: number;
  readonly rtpPortMax: number;
  /** Media threads. One carries some hundreds of calls. */
  readonly workers?: number;
  /** How many bytes of decoded audio each worker keeps for the next play; 64 MiB when absent. */
  readonly cacheMaxBytes?: number;
  /** Longer files are refused; two hours when absent. */
  readonly maxFileMs?: number;
  /** Another program for the threads: tests put one here that dies. */
  readonly workerProgram?: URL;
}

const DEFAULT_CACHE_MAX_BYTES = 64 * 1024 * 1024;
const DEFAULT_MAX_FILE_MS = 2 * 3600 * 1000;

class ThreadedMediaEngine implements MediaEngine {
  readonly #ports: PortPool;
  readonly #range: string;
  readonly #workerProgram: URL;
  readonly #workerOptions: MediaWorkerOptions;
  readonly #workerCount: number;
  readonly #workers: MediaWorkerClient[] = [];
  readonly #sessions = new Map<string, RemoteSession>();
  readonly #eventListeners: ((event: MediaEvent) => void)[] = [];
  readonly #failureListeners: ((error: Error, sessionIds: readonly string[]) => void)[] = [];
  #lastWorkerNumber = 0;
  #lastSessionNumber = 0;
  #closing: Promise<void> | null = null;

  constructor(options: MediaEngineOptions) {
    this.#ports = new PortPool(options.rtpPortMin, options.rtpPortMax);
    this.#range = `between ${options.rtpPortMin} and ${options.rtpPortMax}`;
    this.#workerOptions = {
      cacheMaxBytes: options.cacheMaxBytes ?? DEFAULT_CACHE_MAX_BYTES,
      maxFileMs: options.maxFileMs ?? DEFAULT_MAX_FILE_MS,
    };
    this.#workerProgram = options.workerProgram ?? new URL('./media-worker.js', import.meta.url);
    this.#workerCount = Math.max(1, options.workers ?? 1);
    while (this.#workers.length < this.#workerCount) this.#startWorker();
  }

  onEvent(listener: (event: MediaEvent) => void): void {
    this.#eventListeners.push(listener);
  }

  onFailure(listener: (error: Error, sessionIds: readonly string[]) => void): void {
    this.#failureListeners.push(listener);
  }

  sessionCount(): number {
    return this.#sessions.size;
  }

  /** Rejects with a PortsExhaustedError when all pairs are taken, with a MediaError when the address cannot be bound. */
  async createSession(options: { readonly address: string }): Promise<MediaSession> {
    for (let attempt = 0; attempt < this.#ports.size; attempt += 1) {
      if (this.#closing !== null) throw new MediaError('the media engine is closed');
      const rtpPort = this.#ports.take();
      if (rtpPort === null) break;
      const session = await this.#openSession(options.address, rtpPort);
      if (session !== null) return session;
    }
    throw new PortsExhaustedError(`no pair of RTP ports is free ${this.#range}`);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Null when another program holds one of the two ports. */
  async #openSession(address: string, rtpPort: number): Promise<RemoteSession | null> {
    const worker = this.#leastLoadedWorker();
    const sessionId = randomUUID();
    this.#lastSessionNumber += 1;
    const number = this.#lastSessionNumber;
    worker.sessionCount += 1;
    try {
      await worker.ask('open', { sessionId, number, address, rtpPort });
    } catch (error) {
      worker.sessionCount -= 1;
      this.#ports.release(rtpPort);
      if (error instanceof MediaError && error.isRetryable) return null;
      throw error;
    }
    const place = { worker, number, address, rtpPort };
    const session = new RemoteSession(sessionId, place, {
      find: (id) => this.#sessions.get(id) ?? null,
      forget: (closed) => this.#forget(closed),
    });
    this.#sessions.set(sessionId, session);
    return session;
  }

  #forget(session: RemoteSession): void {
    this.#sessions.delete(session.id);
    session.worker.sessionCount -= 1;
    this.#ports.release(session.rtpPort);
  }

  /** A dead worker is replaced when the next session needs one, so that one that dies at its start is no endless loop. */
  #leastLoadedWorker(): MediaWorkerClient {
    let least = this.#workers.length < this.#workerCount ? this.#startWorker() : null;
    for (const worker of this.#workers) {
      if (least === null || worker.sessionCount < least.sessionCount) least = worker;
    }
    if (least === null) throw new MediaError('no media worker is alive');
    return least;
  }

  #startWorker(): MediaWorkerClient {
    this.#lastWorkerNumber += 1;
    const client = new MediaWorkerClient(this.#lastWorkerNumber, this.#workerProgram, this.#workerOptions, {
      onEvent: (event) => this.#onEvent(event),
      onFault: (sessionId, error) => {
        const session = this.#sessions.get(sessionId);
        if (session !== undefined) this.#fail([session], error);
      },
      onDeath: (dead, error) => {
        this.#workers.splice(this.#workers.indexOf(dead), 1);
        this.#fail(
          [...this.#sessions.values()].filter((session) => session.worker === dead),
          error,
        );
      },
    });
    for (const other of this.#workers) link(client, other);
    this.#workers.push(client);
    return client;
  }

  #onEvent(event: MediaEvent): void {
    this.#sessions.get(event.sessionId)?.note(event);
    for (const listener of this.#eventListeners) listener(event);
  }

  /** These sessions are lost; they end one by one as their owners close them. */
  #fail(lost: readonly RemoteSession[], error: Error): void {
    for (const session of lost) for (const end of session.endsAtDeath(error.message)) this.#onEvent(end);
    const sessionIds = lost.map((session) => session.id);
    for (const listener of this.#failureListeners) listener(error, sessionIds);
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#sessions.values()].map((session) => session.close()));
    await Promise.all(this.#workers.map((worker) => worker.close()));
  }
}

/** Joins two threads for bridges whose legs live apart. */
function link(a: MediaWorkerClient, b: MediaWorkerClient): void {
  const [fromA, fromB] = [createRelayMemory(), createRelayMemory()];
  a.send({ type: 'link', worker: b.number, outgoing: fromA, incoming: fromB });
  b.send({ type: 'link', worker: a.number, outgoing: fromB, incoming: fromA });
}

/** Starts the threads. Rejects with a RangeError when the port range holds no pair. */
export async function createMediaEngine(options: MediaEngineOptions): Promise<MediaEngine> {
  return new ThreadedMediaEngine(options);
}
