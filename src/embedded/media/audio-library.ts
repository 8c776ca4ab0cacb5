/**
 * Decoded audio of files for the media worker: one decoding per file however many calls play it, kept in a
 * least-recently-used cache that is bounded by bytes. Decoding happens in a thread of its own; what has arrived can be
 * played while the rest is still on its way.
 */

import { stat } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { DecodeAnswer, DecodeRequest } from './audio-decode-worker.js';
import { errorSentence } from './media-errors.js';

const BYTES_PER_SAMPLE = 2;

/** States: loading -> complete | failed. Samples only ever get more. */
export class DecodedAudio {
  readonly pieces: Int16Array[] = [];
  samples = 0;
  state: 'loading' | 'complete' | 'failed' = 'loading';
  error: string | null = null;

  add(piece: Int16Array): void {
    this.pieces.push(piece);
    this.samples += piece.length;
  }

  fail(error: string): void {
    this.state = 'failed';
    this.error = error;
  }
}

/** What `open` answers at once; `audio` is filled in when the file was found. */
export interface AudioHandle {
  audio: DecodedAudio | null;
  error: string | null;
}

interface CacheEntry {
  readonly audio: DecodedAudio;
  /** A file that was written anew has another version. */
  readonly version: string;
}

export class AudioLibrary {
  readonly #cacheMaxBytes: number;
  readonly #maxSamples: number;
  /** In order of use, the least recent first. */
  readonly #cache = new Map<string, CacheEntry>();
  readonly #jobs = new Map<number, DecodedAudio>();
  #nextJobId = 1;
  #worker: Worker | null = null;
  #isClosed = false;

  constructor(cacheMaxBytes: number, maxFileMs: number) {
    this.#cacheMaxBytes = cacheMaxBytes;
    this.#maxSamples = maxFileMs * 8;
  }

  /** Starts to make a file playable. Never throws: a missing file shows as the handle's error. */
  open(path: string): AudioHandle {
    const handle: AudioHandle = { audio: null, error: null };
    void this.#find(path).then(
      (audio) => {
        handle.audio = audio;
      },
      (error: unknown) => {
        handle.error = errorSentence(error);
      },
    );
    return handle;
  }

  /** Bytes of PCM in the cache. */
  cachedBytes(): number {
    let bytes = 0;
    for (const { audio } of this.#cache.values()) bytes += audio.samples * BYTES_PER_SAMPLE;
    return bytes;
  }

  /** Starts the decoding thread, so that the first play does not wait for it. */
  warmUp(): void {
    this.#decoder();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#worker?.terminate();
  }

  async #find(path: string): Promise<DecodedAudio> {
    const file = await stat(path);
    if (!file.isFile()) throw new Error(`${path} is not a file`);
    const version = `${file.mtimeMs}:${file.size}:${file.ino}`;
    const known = this.#cache.get(path);
    this.#cache.delete(path);
    const entry = known?.version === version ? known : { audio: this.#decode(path), version };
    this.#cache.set(path, entry);
    return entry.audio;
  }

  #decode(path: string): DecodedAudio {
    const audio = new DecodedAudio();
    if (this.#isClosed) {
      audio.fail('the media engine is closed');
      return audio;
    }
    const jobId = this.#nextJobId;
    this.#nextJobId += 1;
    this.#jobs.set(jobId, audio);
    const request: DecodeRequest = { jobId, path, maxSamples: this.#maxSamples };
    this.#decoder().postMessage(request);
    return audio;
  }

  #decoder(): Worker {
    if (this.#worker !== null) return this.#worker;
    const worker = new Worker(new URL('./audio-decode-worker.js', import.meta.url));
    worker.on('message', (message: DecodeAnswer) => this.#onAnswer(message));
    worker.on('error', (error) => this.#onDecoderDeath(worker, errorSentence(error)));
    worker.on('exit', () => this.#onDecoderDeath(worker, 'the decoding thread ended'));
    this.#worker = worker;
    return worker;
  }

  /** A file that takes the decoder down fails the plays under way; the next file gets a new thread. */
  #onDecoderDeath(worker: Worker, error: string): void {
    if (this.#worker !== worker) return;
    this.#worker = null;
    for (const audio of this.#jobs.values()) audio.fail(error);
    this.#jobs.clear();
    this.#forgetFailures();
  }

  #onAnswer(message: DecodeAnswer): void {
    const audio = this.#jobs.get(message.jobId);
    if (audio === undefined) return;
    if (message.type === 'piece') {
      audio.add(message.samples);
      return;
    }
    this.#jobs.delete(message.jobId);
    if (message.type === 'failure') audio.fail(message.error);
    else audio.state = 'complete';
    this.#forgetFailures();
    this.#evict();
  }

  #forgetFailures(): void {
    for (const [path, { audio }] of this.#cache) if (audio.state === 'failed') this.#cache.delete(path);
  }

  /** What is being played stays with its players until they are done; only the cache lets go of it. */
  #evict(): void {
    let bytes = this.cachedBytes();
    for (const [path, { audio }] of this.#cache) {
      if (bytes <= this.#cacheMaxBytes) return;
      if (audio.state === 'loading') continue;
      this.#cache.delete(path);
      bytes -= audio.samples * BYTES_PER_SAMPLE;
    }
  }
}
