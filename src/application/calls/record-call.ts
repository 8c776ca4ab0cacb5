/**
 * Recordings of a call: the row comes before the file, the file is stopped at the unbridge, and what becomes of it is
 * settled after the call. A fault never ends a call; it is written into the recording's row.
 */
import type { Recording } from '../../domain/calls/recording.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { CallerLeg } from '../ports/telephony.js';
import type { CallFrame } from './call-context.js';
import type { CallDependencies } from './call-dependencies.js';

/** How much later than a refused command the BYE may come that explains it. */
const BYE_GRACE_MS = 300;

export interface OpenRecording {
  readonly id: string;
  readonly path: string;
  readonly row: Recording;
  /** Whoever comes first stops it: the unbridge, or the end of the call. */
  isStopped: boolean;
}

export interface RecordingClosing {
  /** What the media server reported, in ms. */
  readonly reportedMs: number | null;
  readonly failure: string | null;
  /** No file is no fault: nobody spoke, or nobody was answered. */
  readonly mayBeMissing: boolean;
  /** As in FinishedRecording: absent when another process may have gone on with it in a second file. */
  readonly isWhole?: boolean;
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Null, and an alarm, when there is no room for a file: the call goes on without a recording, and a row says why. */
export async function openRecording(context: CallFrame, kind: Recording['kind']): Promise<OpenRecording | null> {
  const { deps, journal } = context;
  const id = deps.ids.newId();
  const row: Recording = {
    id,
    callId: journal.call.callId,
    kind,
    state: 'recording',
    wavPath: null,
    mp3Path: null,
    startedAt: deps.clock.wallMs(),
    durationMs: null,
    channels: kind === 'call' ? 2 : 1,
    levels: [],
    sha256: null,
    lostReason: null,
  };
  try {
    const path = await deps.recordings.newPath(row.callId, id);
    const opened = { id, path, row: { ...row, wavPath: path }, isStopped: false };
    await deps.calls.saveRecording(opened.row);
    return opened;
  } catch (error) {
    await loseRecording(context, row, sentenceOf(error));
    return null;
  }
}

/** Whoever hangs up in the moment of the bridge takes his channel with him, and that may be heard before his BYE. */
async function hasLeft({ deps }: CallFrame, leg: CallerLeg): Promise<boolean> {
  if (leg.hasEnded) return true;
  let stop = (): void => undefined;
  const grace = new Promise<void>((resolve) => {
    stop = deps.clock.startTimer(BYE_GRACE_MS, resolve);
  });
  await Promise.race([leg.ended, grace]);
  stop();
  return leg.hasEnded;
}

async function loseRecording(context: CallFrame, row: Recording, reason: string): Promise<void> {
  context.journal.alarm('recording-lost', `no recording: ${reason}`);
  await keepAsLost(context, row, reason);
}

async function keepAsLost(context: CallFrame, row: Recording, reason: string): Promise<void> {
  try {
    await context.deps.calls.saveRecording({ ...row, state: 'lost', wavPath: null, lostReason: reason });
  } catch (error) {
    context.deps.events.alarm('store', `recording ${row.id} could not be written: ${sentenceOf(error)}`);
  }
}

/** A recording that an earlier process began. */
export function reopened(row: Recording): OpenRecording {
  return { id: row.id, path: row.wavPath ?? '', row, isStopped: false };
}

/** Starts to record a bridged pair. Null when it could not, with the reason in the recording's row. */
export async function startRecording(context: CallFrame, leg: CallerLeg, lasts = false): Promise<OpenRecording | null> {
  const recording = await openRecording(context, 'call');
  if (recording === null) return null;
  const started = await leg.startRecording(recording.path, lasts);
  if (!started.ok) {
    if (await hasLeft(context, leg)) await keepAsLost(context, recording.row, 'the caller hung up before it began');
    else await loseRecording(context, recording.row, started.error);
    return null;
  }
  context.journal.step('recording-started', 'recording on two channels', { recordingId: recording.id });
  await context.desk.recording.began(leg, recording);
  return recording;
}

/** Stops it, once, and hands the file on; the promise settles with the stop, the file is finished after the call. */
export async function stopRecording(context: CallFrame, leg: CallerLeg, recording: OpenRecording): Promise<void> {
  if (recording.isStopped) return;
  recording.isStopped = true;
  context.desk.recording.ended(recording);
  const end = await leg.stopRecording(recording.path);
  context.journal.step('recording-stopped', 'recording stopped', {
    recordingId: recording.id,
    durationMs: end.durationMs,
  });
  const { durationMs: reportedMs, failure, isWhole } = end;
  finishLater(context, recording, { reportedMs, failure, isWhole, mayBeMissing: false });
}

/** Verifies, measures and converts the file when the call's record is closed; the call does not wait for it. */
export function finishLater(context: CallFrame, recording: OpenRecording, closing: RecordingClosing): void {
  context.afterClose(() => finish(context, recording, closing));
}

async function finish(context: CallFrame, recording: OpenRecording, closing: RecordingClosing): Promise<void> {
  const { deps, journal } = context;
  const told = await finishFile(deps, recording.row, closing, async () => journal.offsetMs());
  if (told !== null) deps.events.stepped(journal.call, told);
}

/**
 * Answers what the call's timeline says of it now. Null when there is nothing to tell: the file is lost, or the store is closing and gave it back
 * as it was. `offsetMs` is asked when the file is ready; null when the call is not there.
 */
export async function finishFile(
  deps: Pick<CallDependencies, 'calls' | 'recordings' | 'events'>,
  recording: Recording,
  { reportedMs, failure, mayBeMissing, isWhole = false }: RecordingClosing,
  offsetMs: () => Promise<number | null>,
): Promise<TimelineEntry | null> {
  const finished = await deps.recordings.finish({ recording, reportedMs, failure, isWhole });
  const atMs = finished.state === 'ready' ? await offsetMs() : null;
  const told = atMs === null ? null : entryOf(finished, atMs);
  await deps.calls.saveRecording(finished, told);
  if (finished.state === 'lost' && !mayBeMissing)
    deps.events.alarm('recording-lost', `recording ${finished.id} is lost: ${finished.lostReason ?? 'unknown'}`);
  return told;
}

function entryOf(finished: Recording, atMs: number): TimelineEntry {
  const [left, right] = finished.levels;
  const data = {
    recordingId: finished.id,
    wavPath: finished.wavPath,
    mp3Path: finished.mp3Path,
    durationMs: finished.durationMs,
    leftRmsDbfs: left?.rmsDbfs ?? null,
    rightRmsDbfs: right?.rmsDbfs ?? null,
  };
  const text = `recording of ${((finished.durationMs ?? 0) / 1000).toFixed(1)} s`;
  return { atMs, step: 'recording-ready', text, data };
}
