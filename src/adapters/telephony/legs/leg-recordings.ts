/**
 * The recordings of one channel: started and stopped by command, ended by FreeSWITCH's own RECORD_STOP, which brings the length. A
 * recording that ends by itself (hang-up, disk) is remembered for whoever asks later.
 */
import type { RecordingEnd, RecordingOutcome } from '../../../application/ports/telephony.js';
import { messageOf, withDeadline } from '../deadline.js';
import type { Channel } from '../event-socket/channel.js';
import { type ChannelEvent, LINK_REGAINED } from '../event-socket/channel-event.js';
import { isPlayable } from '../event-socket/event-socket-command.js';
import { CommandFailedError } from '../event-socket/event-socket-errors.js';
import type { TelephonyContext } from '../telephony-context.js';

interface Recording {
  readonly path: string;
  /** The file that is being written: `path`, or what goes on for it since the leg was moved. */
  file: string;
  /** Of the sound before `file`, as time passed; null when its beginning is not known. */
  beforeMs: number | null;
  readonly startedMs: number | null;
  readonly ended: Promise<RecordingEnd>;
  readonly settle: (end: Omit<RecordingEnd, 'isWhole'>) => void;
  /** Runs on while the caller waits for another buyer. */
  readonly outlivesBridge: boolean;
  isOver: boolean;
  isMasked: boolean;
  stopping: Promise<RecordingEnd> | null;
}

const NEVER_STARTED: RecordingEnd = { durationMs: null, failure: 'it was never started', isWhole: false };

export class LegRecordings {
  readonly #context: TelephonyContext;
  readonly #channel: Channel;
  readonly #recordings = new Map<string, Recording>();

  constructor(context: TelephonyContext, channel: Channel) {
    this.#context = context;
    this.#channel = channel;
    channel.listen((event) => {
      if (event.name === 'RECORD_STOP') this.#onStop(event);
      if (event === LINK_REGAINED) this.#askForStopped();
    });
  }

  /** A recording that the dialplan starts. */
  expect(path: string): void {
    this.#open(path, true);
  }

  /** A recording that another process has started and that still runs, into `file` when that is a later part of it. */
  resume(path: string, outlivesBridge: boolean, file: string): void {
    const recording = this.#open(path, outlivesBridge, null);
    recording.file = file;
    if (file !== path) recording.beforeMs = null;
  }

  /** The leg is on another server: what was being recorded goes on there, in a file of its own, which tells since when. Never rejects. */
  async goOn(): Promise<void> {
    const running = [...this.#recordings.values()].filter(({ isOver, stopping }) => !isOver && stopping === null);
    await Promise.all(running.map((recording) => this.#goOn(recording)));
  }

  async #goOn(recording: Recording): Promise<void> {
    const { clock, log } = this.#context;
    recording.file = partOf(recording.path, Math.round(clock.wallMs()));
    recording.beforeMs = recording.startedMs === null ? null : Math.round(clock.monotonicMs() - recording.startedMs);
    try {
      await this.#channel.tell('record', 'start', recording.file);
      if (recording.isMasked) await this.#channel.tell('record', 'mask', recording.file);
    } catch (error) {
      log.error({ detail: messageOf(error) }, 'a recording could not go on where its leg was moved');
      recording.settle({ durationMs: null, failure: `it ended with its media server: ${messageOf(error)}` });
    }
  }

  async start(path: string, outlivesBridge = false): Promise<RecordingOutcome> {
    if (!isPlayable(path)) return { ok: false, error: 'the path has characters that FreeSWITCH would not take' };
    if (this.#recordings.has(path)) return { ok: false, error: 'the path is being recorded already' };
    const recording = this.#open(path, outlivesBridge);
    try {
      await this.#channel.tell('record', 'start', path);
      return { ok: true };
    } catch (error) {
      recording.settle(NEVER_STARTED);
      this.#recordings.delete(path);
      return { ok: false, error: messageOf(error) };
    }
  }

  /** How a recording that ends by itself has ended, at the latest a deadline from now; to be asked once the leg has ended. */
  end(path: string): Promise<RecordingEnd> {
    const recording = this.#recordings.get(path);
    return recording === undefined ? Promise.resolve(NEVER_STARTED) : this.#awaitStop(recording);
  }

  /** Never rejects. */
  stop(path: string): Promise<RecordingEnd> {
    const recording = this.#recordings.get(path);
    if (recording === undefined) return Promise.resolve(NEVER_STARTED);
    if (recording.isOver) return recording.ended;
    recording.stopping ??= this.#stop(recording);
    return recording.stopping;
  }

  /** The pair is no longer joined: what was started for it stops before the caller hears anything else. */
  stopAtUnbridge(afterwards: 'hold' | 'ending'): void {
    for (const recording of this.#recordings.values()) {
      if (afterwards === 'hold' && recording.outlivesBridge) continue;
      void this.stop(recording.path);
    }
  }

  async mask(path: string, masked: boolean): Promise<void> {
    const recording = this.#recordings.get(path);
    const file = recording?.file ?? path;
    if (recording !== undefined) recording.isMasked = masked;
    if (isPlayable(file)) await this.#channel.tell('record', masked ? 'mask' : 'unmask', file);
  }

  /** Nobody will say how they ended: their server is gone. */
  giveUp(failure: string): void {
    for (const recording of this.#recordings.values())
      if (!recording.isOver) recording.settle({ durationMs: null, failure });
  }

  /** Settles when none runs any more, or at the deadline: then they count as lost. */
  async settled(): Promise<void> {
    const open = [...this.#recordings.values()].filter((recording) => !recording.isOver);
    await Promise.all(open.map((recording) => this.#awaitStop(recording)));
  }

  #open(
    path: string,
    outlivesBridge: boolean,
    startedMs: number | null = this.#context.clock.monotonicMs(),
  ): Recording {
    let settle: (end: RecordingEnd) => void = () => undefined;
    const ended = new Promise<RecordingEnd>((resolve) => {
      settle = resolve;
    });
    const recording: Recording = {
      path,
      file: path,
      beforeMs: 0,
      startedMs,
      ended,
      settle: (end) => {
        recording.isOver = true;
        settle({ ...end, isWhole: recording.file === path });
      },
      outlivesBridge,
      isOver: false,
      isMasked: false,
      stopping: null,
    };
    this.#recordings.set(path, recording);
    return recording;
  }

  async #stop(recording: Recording): Promise<RecordingEnd> {
    const ended = this.#awaitStop(recording);
    try {
      await this.#channel.tell('record', 'stop', recording.file);
    } catch (error) {
      // The channel may have gone and taken the recording with it: then RECORD_STOP comes all the same.
      this.#context.log.debug({ detail: messageOf(error) }, 'a recording could not be stopped by command');
    }
    return ended;
  }

  /** RECORD_STOP of one that was told to stop may have been missed: FreeSWITCH refuses to stop it a second time. */
  #askForStopped(): void {
    for (const recording of this.#recordings.values()) {
      if (recording.stopping === null || recording.isOver) continue;
      this.#channel.tell('record', 'stop', recording.file).catch((error: unknown) => {
        if (!(error instanceof CommandFailedError) || recording.isOver) return;
        recording.settle({ durationMs: null, failure: 'it ended while the event socket was away' });
      });
    }
  }

  async #awaitStop(recording: Recording): Promise<RecordingEnd> {
    const { clock, deadlines } = this.#context;
    try {
      return await withDeadline(clock, deadlines.recordingMs, 'the end of a recording', recording.ended);
    } catch (error) {
      recording.settle({ durationMs: null, failure: messageOf(error) });
      return recording.ended;
    }
  }

  #onStop(event: ChannelEvent): void {
    const file = event.field('Record-File-Path');
    const recording = [...this.#recordings.values()].find((one) => one.file === file);
    if (recording === undefined || recording.isOver) return;
    const durationMs = durationOf(event);
    const failure = durationMs === null ? 'its length is not known' : failureOf(event);
    const { beforeMs } = recording;
    recording.settle({ durationMs: durationMs === null || beforeMs === null ? null : beforeMs + durationMs, failure });
  }
}

function partOf(path: string, sinceMs: number): string {
  return path.replace(/(\.\w+)?$/, `.since-${sinceMs}$1`);
}

/** Whether a file is the recording of `path`, or what goes on for it since its leg was moved: adapters/recordings joins them by this name. */
export function isPartOf(path: string, file: string): boolean {
  const [, sinceMs = ''] = /\.since-(\d{1,16})(?:\.\w+)?$/.exec(file) ?? [];
  return file === path || (sinceMs !== '' && file === partOf(path, Number(sinceMs)));
}

/** Causes that begin with `success` are those of the `record` application; none at all is what a command leaves behind. */
function failureOf(event: ChannelEvent): string | null {
  const cause = event.field('Record-Completion-Cause');
  if (event.field('variable_RECORD_DISCARDED') === 'true')
    return 'FreeSWITCH has discarded it: it is too short or empty';
  return cause === '' || cause.startsWith('success') ? null : cause.replace(/[^a-z-]/g, '').slice(0, 60);
}

/** FreeSWITCH counts samples at 8,000 a second; `record_ms` is rounded down from them. */
function durationOf(event: ChannelEvent): number | null {
  const samples = event.number('variable_record_samples');
  if (Number.isFinite(samples)) return Math.round(samples / 8);
  const ms = event.number('variable_record_ms');
  return Number.isFinite(ms) ? ms : null;
}
