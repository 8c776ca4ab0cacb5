/**
 * The recordings of one session: starts, stops and masks them by path, and hands each packet and tick to all. Called by
 * the session; reports each end once.
 */

import { systemClock } from './media-clock.js';
import { MediaError } from './media-errors.js';
import type { G711PayloadType, RecordEnd, RecordRequest } from './media-port.js';
import { Recorder } from './recorder.js';
import { WavFileSink } from './wav-file-sink.js';

export class SessionRecordings {
  readonly #recorders: Recorder[] = [];
  readonly #onEnd: (end: RecordEnd) => void;
  #isClosed = false;

  constructor(onEnd: (end: RecordEnd) => void) {
    this.#onEnd = onEnd;
  }

  /** Rejects with the system's error when the file cannot be made. The recording counts from this call. */
  async start(request: RecordRequest): Promise<void> {
    if (this.#isClosed) throw new MediaError('the session is closed');
    if (this.#recorders.some((recorder) => recorder.path === request.path)) {
      throw new MediaError(`${request.path} is being recorded already`);
    }
    const sink = new WavFileSink(request.path, request.channels === 'stereo' ? 2 : 1, () => {
      recorder.stop('error', systemClock.now());
    });
    const recorder = new Recorder(request, sink, systemClock.now());
    this.#recorders.push(recorder);
    try {
      await sink.opened;
    } catch (error) {
      this.#forget(recorder);
      throw error;
    }
    void recorder.ended.then((end) => {
      this.#forget(recorder);
      this.#onEnd(end);
    });
  }

  /** Answers when the file is complete; null when there is no such recording. */
  async stop(path: string): Promise<RecordEnd | null> {
    const recorder = this.#recorders.find((candidate) => candidate.path === path);
    recorder?.stop('stopped', systemClock.now());
    return recorder === undefined ? null : recorder.ended;
  }

  /** False when there is no such recording. */
  mask(path: string, isMasked: boolean): boolean {
    const recorder = this.#recorders.find((candidate) => candidate.path === path && !candidate.isEnded());
    recorder?.mask(isMasked, systemClock.now());
    return recorder !== undefined;
  }

  take(
    isReceived: boolean,
    payloadType: G711PayloadType,
    ssrc: number,
    sequence: number,
    timestamp: number,
    packet: Uint8Array,
    payloadStart: number,
    payloadBytes: number,
    nowMs: number,
  ): void {
    for (const recorder of this.#recorders) {
      recorder.take(isReceived, payloadType, ssrc, sequence, timestamp, packet, payloadStart, payloadBytes, nowMs);
    }
  }

  tick(nowMs: number): void {
    for (const recorder of this.#recorders) recorder.tick(nowMs);
  }

  /** Ends them all; `ended` tells when the files are complete. */
  close(nowMs: number): void {
    this.#isClosed = true;
    for (const recorder of this.#recorders) recorder.stop('closed', nowMs);
  }

  async ended(): Promise<void> {
    await Promise.all(this.#recorders.map((recorder) => recorder.ended));
  }

  #forget(recorder: Recorder): void {
    const index = this.#recorders.indexOf(recorder);
    if (index >= 0) this.#recorders.splice(index, 1);
  }
}
