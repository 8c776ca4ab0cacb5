/**
 * Recordings on local disk: `YYYY/MM/DD/CALLID-RECORDINGID.wav`, with the MP3 and the waveform beside it. Paths are asked
 * for while a call is set up; files are finished after it, one or two at a time, in a worker thread. Nothing that happens
 * to a file ends a call: it ends in the record.
 */
import { mkdir, statfs } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import PQueue from 'p-queue';
import type { FinishedRecording, RecordingStore } from '../../application/ports/recording-store.js';
import type { Recording } from '../../domain/calls/recording.js';
import { wholeLengthMs } from './join-parts.js';
import type { Mp3Encoder } from './mp3-encode.js';
import type { RecordingResult } from './recording-job.js';
import { RecordingThread } from './recording-thread.js';

export interface RecordingStoreOptions {
  /** Created when it is not there; the media server writes into it, under the same path. */
  readonly folder: string;
  readonly log?: RecordingLog;
  /** Whether the WAV stays when its MP3 is verified. */
  readonly keepWav?: boolean;
  /** False: the WAV is all there is. */
  readonly isMp3Made?: boolean;
  /** With less room than this where recordings lie, none is begun: calls and money need the disk more. 0 when absent. */
  readonly minFreeBytes?: number;
  /** `lame` or `wasm`; by default whichever is installed, lame first. */
  readonly encoder?: Mp3Encoder;
  readonly concurrency?: number;
  /** Milliseconds since 1970, for the folder of a call whose id does not tell its time. */
  readonly wallMs?: () => number;
}

export interface RecordingLog {
  warn(fields: object, message: string): void;
}

export interface OpenRecordingStore extends RecordingStore {
  /** Settles when no recording is being finished or waits for it. */
  idle(): Promise<void>;
  /** Finishes what is being worked on; what still waits comes back as it was, to be finished after the next start. */
  close(): Promise<void>;
}

/** FreeSWITCH, which writes here, may be another user of the same group: then both run with umask 0007. */
const FOLDER_MODE = 0o770;
const BYTES_PER_MB = 1_000_000;
const ID_FORM = /^[A-Za-z0-9_-]{1,64}$/;
/** RFC 9562 section 5.7: the first 48 bits of a UUID version 7 are the time at which it was made. */
const TIMED_ID = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

/** A media server counts from the command, the file from the first packet: beyond this the difference is worth an alarm. */
const TOLERANCE_MS = 100;

class DiskRecordings implements OpenRecordingStore {
  readonly #folder: string;
  readonly #options: RecordingStoreOptions;
  readonly #queue: PQueue;
  readonly #thread = new RecordingThread();
  /** The folder of the day, made by an earlier recording; null when it may be gone. */
  #made: string | null = null;
  #isClosing = false;

  constructor(options: RecordingStoreOptions) {
    this.#options = options;
    this.#folder = resolve(options.folder);
    this.#queue = new PQueue({ concurrency: options.concurrency ?? 2 });
  }

  async open(): Promise<this> {
    await mkdir(this.#folder, { recursive: true, mode: FOLDER_MODE });
    return this;
  }

  /** Rejects when the folder cannot be made or the disk is nearly full, and for an id that is none of ours. */
  async newPath(callId: string, recordingId: string): Promise<string> {
    if (!ID_FORM.test(callId) || !ID_FORM.test(recordingId))
      throw new Error('an id of a recording may not be a file name');
    const folder = join(this.#folder, ...this.#dayOf(callId));
    if (folder !== this.#made) await this.#make(folder);
    try {
      await this.#needRoom(folder);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await this.#make(folder);
      await this.#needRoom(folder);
    }
    return join(folder, `${callId}-${recordingId}.wav`);
  }

  async #make(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    this.#made = folder;
  }

  async #needRoom(folder: string): Promise<void> {
    const { minFreeBytes = 0 } = this.#options;
    if (minFreeBytes === 0) return;
    const { bavail, bsize } = await statfs(folder);
    const freeBytes = bavail * bsize;
    if (freeBytes >= minFreeBytes) return;
    const [free, least] = [freeBytes, minFreeBytes].map((bytes) => Math.floor(bytes / BYTES_PER_MB));
    throw new Error(`the disk of the recordings has ${free} MB left and no recording begins under ${least} MB`);
  }

  /** UTC. A call that goes on over midnight keeps all its recordings together. */
  #dayOf(callId: string): readonly string[] {
    const [, high, low] = TIMED_ID.exec(callId) ?? [];
    const madeMs = high === undefined || low === undefined ? null : Number.parseInt(`${high}${low}`, 16);
    const [day = ''] = new Date(madeMs ?? (this.#options.wallMs ?? Date.now)()).toISOString().split('T');
    return day.split('-');
  }

  finish(finished: FinishedRecording): Promise<Recording> {
    return this.#queue.add(() => this.#finishNow(finished));
  }

  async lengthMs({ wavPath, startedAt }: Recording): Promise<number | null> {
    if (wavPath === null) return null;
    try {
      return await wholeLengthMs(wavPath, startedAt);
    } catch {
      // Missing, or no sound in it: whoever finishes it will say which.
      return null;
    }
  }

  idle(): Promise<void> {
    return this.#queue.onIdle();
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#queue.onIdle();
    await this.#thread.close();
  }

  async #finishNow({ recording, reportedMs, failure, isWhole = false }: FinishedRecording): Promise<Recording> {
    if (this.#isClosing) return recording;
    const { wavPath } = recording;
    if (wavPath === null) return lost(recording, failure ?? 'no file was ever begun');
    let result: RecordingResult;
    try {
      const { encoder = null, keepWav: keepsWav = true, isMp3Made = true } = this.#options;
      const { startedAt } = recording;
      result = await this.#thread.run({ wavPath, startedAt, isWhole, encoder, keepsWav, isMp3Made });
    } catch (error) {
      return this.#unmeasured(recording, reportedMs, error);
    }
    if (result.kind === 'lost') {
      this.#made = null;
      return lost(recording, failure === null ? result.reason : `${failure} (${result.reason})`);
    }
    this.#warnOf(recording, result, reportedMs, failure);
    const { mp3Path, durationMs, channels, levels, sha256 } = result;
    return {
      ...recording,
      state: 'ready',
      wavPath: result.wavPath,
      mp3Path,
      durationMs,
      channels,
      levels,
      sha256,
      lostReason: null,
    };
  }

  /** The worker died, not the recording: the file is where it was, and is kept as what it is known to be. */
  #unmeasured(recording: Recording, reportedMs: number | null, error: unknown): Recording {
    const sentence = error instanceof Error ? error.message : String(error);
    this.#options.log?.warn({ recordingId: recording.id, sentence }, 'a recording could not be measured');
    return {
      ...recording,
      state: 'ready',
      mp3Path: null,
      durationMs: reportedMs,
      levels: [],
      sha256: null,
      lostReason: null,
    };
  }

  #warnOf(
    recording: Recording,
    result: Extract<RecordingResult, { kind: 'ready' }>,
    reportedMs: number | null,
    failure: string | null,
  ): void {
    const { log } = this.#options;
    const { durationMs, isRepaired, faults } = result;
    const fields = { recordingId: recording.id, callId: recording.callId, durationMs, reportedMs };
    if (failure !== null) log?.warn({ ...fields, failure }, 'a recording ended with a fault; its file is sound');
    if (isRepaired) log?.warn(fields, 'the header of a recording was repaired from the size of its file');
    if (reportedMs !== null && Math.abs(reportedMs - durationMs) > TOLERANCE_MS) {
      log?.warn(fields, 'a recording is not as long as the media server says');
    }
    for (const fault of faults) log?.warn({ ...fields, fault }, 'a recording lacks something beside its WAV');
  }
}

const isMissing = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ENOENT';

function lost(recording: Recording, reason: string): Recording {
  return {
    ...recording,
    state: 'lost',
    wavPath: null,
    mp3Path: null,
    durationMs: null,
    levels: [],
    sha256: null,
    lostReason: reason,
  };
}

/** Rejects when the folder cannot be made. */
export function createRecordingStore(options: RecordingStoreOptions): Promise<OpenRecordingStore> {
  return new DiskRecordings(options).open();
}
