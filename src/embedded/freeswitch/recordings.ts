/**
 * Recordings of a channel: `uuid_record`, `record_session` and their ends. Fires RECORD_START and RECORD_STOP and sets the
 * record_ variables as send_record_stop_event() does. A path comes from a command, so it is kept inside the folder for
 * recordings unless it is absolute, as FreeSWITCH does with its prefix.
 */
import { unlink } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import type { RecordEnd, RecordRequest } from '../media/media-port.js';
import type { Channel } from './channel.js';
import type { ActiveRecording } from './channel-media.js';
import { switchTrue } from './channel-variables.js';
import { ensureFolder } from './ensure-folder.js';
import type { SwitchCore } from './switch-core.js';

export interface RecordingOptions {
  /** 0: without limit. */
  readonly limitSeconds: number;
  readonly variables: ReadonlyMap<string, string>;
}

type SilenceEnds = Pick<RecordRequest, 'silenceEndMs' | 'initialSilenceEndMs' | 'silenceThreshold'>;

/** FreeSWITCH throws away what is shorter, unless RECORD_MIN_SEC says otherwise. */
const DEFAULT_MIN_SECONDS = 3;
/** A recording that does not finish its file in this time is given up; the hang-up goes on. */
const STOP_DEADLINE_MS = 5_000;

export function recordingPath(core: SwitchCore, path: string): string {
  return isAbsolute(path) ? path : join(core.recordingsFolder, path);
}

/** False: no media, or the file cannot be written. A path that is recorded already stays as it is and is a success. */
export async function startRecording(
  core: SwitchCore,
  channel: Channel,
  path: string,
  options: RecordingOptions,
): Promise<boolean> {
  if (!channel.hasMedia && !(await channel.endpoint.preAnswer())) return false;
  const { media } = channel;
  if (media === null || channel.isDown) return false;
  if (channel.recordings.has(path)) return true;
  const file = recordingPath(core, path);
  channel.recordings.set(path, { path: file, variables: options.variables, isSession: true });
  const started = await openRecording(channel, file, {
    path: file,
    channels: recordingChannels(channel, options.variables),
    limitMs: options.limitSeconds * 1000,
    ...silenceEnds(channel, options.variables),
  });
  if (!started) {
    channel.recordings.delete(path);
    channel.variables.set('record_completion_cause', 'uri-failure');
    return false;
  }
  channel.fire('RECORD_START', (event) => {
    event.add('Record-File-Path', file);
    for (const [name, value] of options.variables) event.add(`Recording-Variable-${name}`, value);
  });
  return true;
}

/** Of the command's own variables or the channel's: 0 is never. With either of them silence before the first sound is told from that behind it. */
function silenceEnds(channel: Channel, own: ReadonlyMap<string, string>): SilenceEnds {
  const read = (name: string): number | null => {
    const text = own.get(name) ?? channel.variables.get(name);
    const value = text === null || text === undefined ? Number.NaN : Number.parseInt(text, 10);
    return value >= 0 ? value : null;
  };
  const initialMs = read('RECORD_INITIAL_TIMEOUT_MS');
  const finalMs = read('RECORD_FINAL_TIMEOUT_MS');
  const silenceThreshold = read('RECORD_SILENCE_THRESHOLD');
  if (initialMs === null && finalMs === null) return { silenceEndMs: 0 };
  const threshold = silenceThreshold === null ? {} : { silenceThreshold };
  return { silenceEndMs: finalMs ?? 0, initialSilenceEndMs: initialMs ?? 0, ...threshold };
}

async function openRecording(channel: Channel, file: string, request: RecordRequest): Promise<boolean> {
  const { media } = channel;
  if (media === null) return false;
  try {
    await ensureFolder(dirname(file));
    return (await media.session.startRecording(request)).ok;
  } catch {
    return false;
  }
}

/** RECORD_STEREO and RECORD_READ_ONLY, from the command's own variables or the channel's. */
function recordingChannels(channel: Channel, own: ReadonlyMap<string, string>): RecordRequest['channels'] {
  const isSet = (name: string): boolean => switchTrue(own.get(name) ?? channel.variables.get(name));
  if (isSet('RECORD_STEREO') || isSet('RECORD_STEREO_SWAP')) return 'stereo';
  return isSet('RECORD_READ_ONLY') ? 'mono-received' : 'mono-mixed';
}

/** False: there is no such recording. Resolves when the file is complete and RECORD_STOP is fired. */
export async function stopRecording(channel: Channel, path: string): Promise<boolean> {
  if (path.toLowerCase() === 'all') {
    const isAny = channel.recordings.size > 0;
    await stopAllRecordings(channel);
    return isAny;
  }
  const recording = channel.recordings.get(path);
  if (recording === undefined || channel.media === null) return false;
  const end = await channel.media.session.stopRecording(recording.path);
  finishRecording(channel, recording.path, end);
  return true;
}

export async function maskRecording(channel: Channel, path: string, isMasked: boolean): Promise<boolean> {
  const recording = channel.recordings.get(path);
  if (recording === undefined || channel.media === null) return false;
  return channel.media.session.maskRecording(recording.path, isMasked);
}

/** At hang-up. Never waits longer than its deadline: a stuck disk must not keep a channel. */
export async function stopAllRecordings(channel: Channel): Promise<void> {
  const paths = [...channel.recordings.keys()];
  if (paths.length === 0) return;
  let cancel = (): void => {};
  const deadline = new Promise<void>((resolve) => {
    cancel = channel.schedule(STOP_DEADLINE_MS, resolve);
  });
  const stops = Promise.all(paths.map((path) => stopRecording(channel, path)));
  await Promise.race([stops.then(() => undefined), deadline]);
  cancel();
  for (const recording of [...channel.recordings.values()]) finishRecording(channel, recording.path, null);
}

/** The media engine ended a recording, or we did; whoever comes second finds nothing left to do. */
export function finishRecording(channel: Channel, file: string, end: RecordEnd | null): void {
  for (const [path, recording] of channel.recordings) {
    if (recording.path !== file) continue;
    channel.recordings.delete(path);
    const { variables } = channel;
    if (end !== null) {
      variables.set('record_samples', String(end.samples));
      variables.set('record_seconds', String(Math.floor(end.durationMs / 1000)));
      variables.set('record_ms', String(Math.floor(end.durationMs)));
    }
    const cause = recording.isSession ? completionCause(channel, recording, end) : null;
    if (cause !== null) variables.set('record_completion_cause', cause);
    channel.fire('RECORD_STOP', (event) => {
      event.add('Record-File-Path', file);
      for (const [name, value] of recording.variables) event.add(`Recording-Variable-${name}`, value);
      event.add('Record-Completion-Cause', cause);
    });
  }
}

/** The words of an MRCP recorder that record_callback() chooses from; a file that is too short is removed. */
function completionCause(channel: Channel, recording: ActiveRecording, end: RecordEnd | null): string {
  if (end === null || end.reason === 'error') return 'uri-failure';
  const text = recording.variables.get('RECORD_MIN_SEC') ?? channel.variables.get('RECORD_MIN_SEC');
  const minSeconds = text === null || text === undefined ? DEFAULT_MIN_SECONDS : Number.parseInt(text, 10);
  if (end.samples === 0 || end.durationMs < minSeconds * 1000) {
    channel.variables.set('RECORD_DISCARDED', 'true');
    unlink(recording.path).catch(() => {});
    return end.samples === 0 ? 'empty-file' : 'input-too-short';
  }
  if (end.reason !== 'silence' && !channel.isDown) return 'success-maxtime';
  return end.isSilent === true ? 'no-input-timeout' : 'success-silence';
}
