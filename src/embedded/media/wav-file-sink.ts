/**
 * Writes a recording's WAV file without ever waiting in the clock's thread. The header is repaired at the end. A full disk
 * or a vanished file is reported once and ends the writing; it never throws into the call.
 */

import { type FileHandle, mkdir, open, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode, errorSentence } from './media-errors.js';
import { WAV_HEADER_BYTES, wavHeader } from './wav-format.js';

/** A disk that falls this far behind (more than two minutes of stereo) counts as broken; memory stays bounded. */
const MAX_BACKLOG_BYTES = 4 * 1024 * 1024;

/** How many writes pass between two looks whether the path still leads to our file. */
const WRITES_PER_CHECK = 8;

/** Where a recorder puts its samples. */
export interface RecordingSink {
  /** Takes ownership of `bytes`. */
  append(bytes: Uint8Array): void;
  /** Completes the file. `dataBytes` is what is in it; `error` is null when all is well. */
  finish(): Promise<{ readonly dataBytes: number; readonly error: string | null }>;
}

/** States: opening -> open -> finished; opening, open -> broken (error set), which still ends in finished. */
export class WavFileSink implements RecordingSink {
  /** Settles when the file is there; rejects with the system's error when it cannot be made. */
  readonly opened: Promise<void>;
  readonly #path: string;
  readonly #channels: number;
  readonly #onError: (error: string) => void;
  #file: FileHandle | null = null;
  #fileId = 0;
  #queue: Uint8Array[] = [];
  #backlogBytes = 0;
  #dataBytes = 0;
  #writes = 0;
  #error: string | null = null;
  #pumping: Promise<void>;
  #isPumping = true;

  constructor(path: string, channels: number, onError: (error: string) => void) {
    this.#path = path;
    this.#channels = channels;
    this.#onError = onError;
    this.opened = this.#open();
    this.#pumping = this.opened.then(
      () => this.#pump(),
      () => undefined,
    );
  }

  append(bytes: Uint8Array): void {
    if (this.#error !== null) return;
    if (this.#backlogBytes + bytes.length > MAX_BACKLOG_BYTES) {
      this.#break('the disk cannot keep up with the recording');
      return;
    }
    this.#queue.push(bytes);
    this.#backlogBytes += bytes.length;
    if (!this.#isPumping) {
      this.#isPumping = true;
      this.#pumping = this.#pump();
    }
  }

  async finish(): Promise<{ readonly dataBytes: number; readonly error: string | null }> {
    await this.#pumping;
    const file = this.#file;
    this.#file = null;
    if (file !== null) {
      try {
        const header = wavHeader(this.#channels, 8000, this.#dataBytes);
        await file.write(header, 0, header.length, 0);
        await this.#checkPath();
      } catch (error) {
        this.#error ??= errorSentence(error);
      } finally {
        await file.close().catch(() => undefined);
      }
    }
    return { dataBytes: this.#dataBytes, error: this.#error };
  }

  async #open(): Promise<void> {
    try {
      await makeFolder(dirname(this.#path));
      this.#file = await open(this.#path, 'w');
      this.#fileId = (await this.#file.stat()).ino;
      const header = wavHeader(this.#channels, 8000, null);
      await this.#file.write(header, 0, header.length, 0);
    } catch (error) {
      this.#error = errorSentence(error);
      throw error;
    }
  }

  /** Writes all that is queued, and what is queued meanwhile. */
  async #pump(): Promise<void> {
    try {
      while (this.#queue.length > 0 && this.#error === null && this.#file !== null) {
        const batch = this.#queue;
        this.#queue = [];
        await this.#write(this.#file, batch);
      }
    } catch (error) {
      this.#break(errorSentence(error));
    }
    this.#isPumping = false;
  }

  async #write(file: FileHandle, batch: Uint8Array[]): Promise<void> {
    for (const bytes of batch) {
      for (let done = 0; done < bytes.length; ) {
        const at = WAV_HEADER_BYTES + this.#dataBytes;
        const { bytesWritten } = await file.write(bytes, done, bytes.length - done, at);
        done += bytesWritten;
        this.#dataBytes += bytesWritten;
      }
      this.#backlogBytes -= bytes.length;
    }
    this.#writes += 1;
    if (this.#writes % WRITES_PER_CHECK === 0) await this.#checkPath();
  }

  /** An unlinked file takes writes for ever and leaves nothing behind, so the path itself is looked at. */
  async #checkPath(): Promise<void> {
    const found = await stat(this.#path);
    if (found.ino !== this.#fileId) throw new Error(`${this.#path} is another file now`);
  }

  #break(error: string): void {
    if (this.#error !== null) return;
    this.#error = error;
    this.#queue = [];
    this.#backlogBytes = 0;
    // Not at once: the recorder may be in the middle of handing over samples.
    queueMicrotask(() => this.#onError(error));
  }
}

/** Makes a folder and those above it. Node's own recursive mkdir never returns where the system refuses with ENOENT, as in /proc. */
async function makeFolder(path: string): Promise<void> {
  const code = await tryMakeFolder(path);
  if (code !== 'ENOENT' || dirname(path) === path) return;
  await makeFolder(dirname(path));
  await tryMakeFolder(path);
}

/** Answers the error's code. A failure shows again, with its sentence, when the file is opened. */
async function tryMakeFolder(path: string): Promise<string | null> {
  return mkdir(path).then(
    () => null,
    (error: unknown) => errorCode(error),
  );
}
