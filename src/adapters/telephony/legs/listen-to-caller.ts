/**
 * Takes down what a caller answers: `uuid_record` into a file of its own, with FreeSWITCH's time-outs for silence before and after what
 * he says. Called by caller-leg.ts while a prompt's silence is played, in which keys are heard. It knows nothing of the recordings of the
 * call, which go on beside it: its variables are the command's own, since the channel's RECORD_STEREO would hold for it too.
 */
import type { Listened, ListenRequest } from '../../../application/ports/caller-sound.js';
import { messageOf } from '../deadline.js';
import { isPlayable } from '../event-socket/event-socket-command.js';
import { recordingFileOf } from '../event-socket/survey-channels.js';
import type { MediaLeg } from './media-leg.js';

/** FreeSWITCH counts its limit in whole seconds of the clock. */
const MARGIN_MS = 3_000;

/** As `uuid_record` takes its variables: the braces encoded, since they cannot stand in a command of ours. */
function variablesOf({ waitMs, pauseMs }: ListenRequest): string {
  const whole = (ms: number): string => String(Math.max(1, Math.round(ms)));
  const variables = [
    ...['RECORD_STEREO=false', 'RECORD_READ_ONLY=true', 'RECORD_MIN_SEC=0'],
    ...[`RECORD_INITIAL_TIMEOUT_MS=${whole(waitMs)}`, `RECORD_FINAL_TIMEOUT_MS=${whole(pauseMs)}`],
  ];
  return `%7B${variables.join(',')}%7D`;
}

/** Never rejects. */
export async function listenToCaller(media: MediaLeg, request: ListenRequest): Promise<Listened> {
  const { path, limitMs, signal } = request;
  if (!isPlayable(path)) return { kind: 'failed', detail: 'the path has characters that FreeSWITCH would not take' };
  if (signal.aborted || media.hasEnded) return { kind: 'stopped' };
  const { channel } = media;
  const { id } = channel;
  const isRecording = async (): Promise<boolean> => (await recordingFileOf(channel.server, channel.id, path)) !== null;
  let isBegun = false;
  const stop = (): void => void channel.tell('record', 'stop', path).catch(() => undefined);
  const over = channel.next(
    'what a caller says',
    limitMs + MARGIN_MS,
    (event) => event.name === 'RECORD_STOP' && event.field('Record-File-Path') === path,
    async () => isBegun && !(await isRecording()),
  );
  // Nobody waits for it when the command fails.
  over.catch(() => undefined);
  const left = media.ended.then(() => null);
  try {
    await channel.tell('record', 'start', path, String(Math.ceil(limitMs / 1_000)), variablesOf(request));
    isBegun = true;
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
    const event = await Promise.race([over, left]);
    if (signal.aborted || event === null) return { kind: 'stopped' };
    if (channel.id !== id) return { kind: 'failed', detail: 'the media server of the caller was lost' };
    const cause = event.field('Record-Completion-Cause');
    if (cause === 'no-input-timeout' || cause === 'empty-file') return { kind: 'silence' };
    return cause === 'uri-failure' ? { kind: 'failed', detail: 'the file could not be written' } : { kind: 'spoke' };
  } catch (error) {
    if (isBegun) stop();
    return media.hasEnded || signal.aborted ? { kind: 'stopped' } : { kind: 'failed', detail: messageOf(error) };
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
