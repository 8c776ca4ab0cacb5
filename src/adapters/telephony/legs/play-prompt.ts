/**
 * One prompt of a flow on a caller's channel: the dialplan's extension `prompt` plays it, stops at a key when it may, says
 * `ringpost::prompted`, is silent for a while and then plays the music. Called by caller-leg.ts.
 */
import type { PlayRequest } from '../../../application/ports/caller-sound.js';
import { isPlayable } from '../event-socket/event-socket-command.js';
import type { MediaLeg } from './media-leg.js';

/** How much later than its length a prompt may be over. */
const MARGIN_MS = 3_000;
/** The name of a variable's value that plays nothing. */
const NOTHING = 'silence_stream://20';

/** Settles when the prompt is over or was cut short. Rejects as Channel.tell and Channel.next do. */
export async function playPrompt(media: MediaLeg, number: number, request: PlayRequest): Promise<void> {
  const { path, durationMs, isCutByKeys, silenceMs } = request;
  if (path !== null && !isPlayable(path)) throw new RangeError('a path has characters that FreeSWITCH would not take');
  const { channel } = media;
  const isOver = channel.next(
    'a prompt',
    durationMs + MARGIN_MS,
    // One that was cut off by the next one says nothing any more, or says its own number.
    (event) => event.name === 'ringpost::prompted' && event.field('Ringpost-Prompt') === String(number),
    () => channel.has('ringpost_prompted', String(number)),
  );
  // Nobody waits for it when a command fails.
  isOver.catch(() => undefined);
  await Promise.all([
    channel.tell('setvar', 'ringpost_prompt', path ?? NOTHING),
    channel.tell('setvar', 'ringpost_prompt_cut', isCutByKeys ? 'any' : 'none'),
    channel.tell('setvar', 'ringpost_prompt_silence_ms', String(Math.max(20, Math.round(silenceMs)))),
    channel.tell('transfer', `prompt-${number}`, 'XML', 'ringpost'),
  ]);
  await isOver;
}
