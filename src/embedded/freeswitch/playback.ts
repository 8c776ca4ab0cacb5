/**
 * Plays files, tones and silence to a channel: switch_ivr_play_file() and switch_ivr_sleep(). Used by the playing
 * applications and by digit collection. While it plays, commands for the channel run inside it; a play that such a command
 * displaced begins anew (FreeSWITCH goes on in the middle).
 */
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import type { PlaySource } from '../media/media-port.js';
import type { Channel, Digit } from './channel.js';
import type { Playing } from './channel-media.js';
import { hasRunnableCommand, runPrivateCommands } from './private-commands.js';
import { parseSound, type Sound } from './sound-name.js';
import type { SwitchCore } from './switch-core.js';

export type PlayResult = 'played' | 'break' | 'not-found' | 'gone' | 'error';

export interface PlayOptions {
  /** Asked for each digit taken while it plays; true ends the play. Without it digits stay where they are. */
  readonly onDigit?: ((digit: Digit) => boolean) | undefined;
  /** Any digit ends the play, and is left for whoever collects. */
  readonly endsAtAnyDigit?: boolean;
  /** How often the sound is played without a gap; 0 is without end. */
  readonly plays?: number;
}

/** Plays a sound or, with `playback_delimiter`, a list of them. */
export async function playFile(
  core: SwitchCore,
  channel: Channel,
  name: string,
  options: PlayOptions = {},
): Promise<PlayResult> {
  if (!(await channel.endpoint.preAnswer()) || !channel.hasMedia || name === '') return 'gone';
  const delimiter = channel.variables.get('playback_delimiter')?.[0];
  const names = delimiter === undefined ? [name] : name.split(delimiter);
  const pauseMs = Number.parseInt(channel.variables.get('playback_sleep_val') ?? '250', 10);
  let result: PlayResult = 'played';
  for (const [position, one] of names.entries()) {
    if (!channel.isReady) return 'gone';
    if (position > 0 && pauseMs > 0) {
      const slept = await sleep(core, channel, pauseMs, options);
      if (slept !== 'played') return slept;
    }
    result = await playOne(core, channel, one.trim(), options);
    if (result === 'gone' || (result === 'break' && channel.breakLevel !== 1)) return result;
    channel.breakLevel = 0;
  }
  return result;
}

async function playOne(core: SwitchCore, channel: Channel, name: string, options: PlayOptions): Promise<PlayResult> {
  const sound = parseSound(core, channel, name);
  if (sound === null || !(await isThere(sound))) return 'not-found';
  const fill = { path: sound.name, type: sound.type };
  channel.fire('PLAYBACK_START', (event) => {
    event.add('Playback-File-Type', fill.type).add('Playback-File-Path', fill.path);
  });
  const played = { milliseconds: 0 };
  let result: PlayResult = 'played';
  // `loops=` of the sound times the rounds that the application asks for; 0 is without end. One source loops without a gap.
  const total = sound.loops * (options.plays ?? 1);
  const rounds = sound.sources.length === 1 ? 1 : total;
  const plays = sound.sources.length === 1 ? total : 1;
  for (let round = 0; result === 'played' && (rounds === 0 || round < rounds); round += 1) {
    for (const source of sound.sources) {
      result = await playSource(core, channel, { source, plays }, options, played);
      if (result !== 'played') break;
    }
  }
  setPlayed(channel, played.milliseconds);
  channel.fire('PLAYBACK_STOP', (event) => {
    event.add('Playback-File-Type', fill.type).add('Playback-File-Path', fill.path);
    event.add('Playback-Status', result === 'break' ? 'break' : 'done');
  });
  return result;
}

async function isThere(sound: Sound): Promise<boolean> {
  for (const source of sound.sources) {
    if (source.kind !== 'file') continue;
    try {
      await access(source.path, constants.R_OK);
    } catch {
      return false;
    }
  }
  return true;
}

function setPlayed(channel: Channel, milliseconds: number): void {
  channel.variables.set('playback_seconds', String(Math.floor(milliseconds / 1000)));
  channel.variables.set('playback_ms', String(Math.floor(milliseconds)));
  channel.variables.set('playback_samples', String(Math.floor(milliseconds) * 8));
  channel.variables.set('playback_last_offset_pos', String(Math.floor(milliseconds) * 8));
}

interface SourcePlay {
  readonly source: PlaySource;
  readonly plays: number;
}

/** Plays one source until it is over, the channel leaves, or `uuid_break`. */
export async function playSource(
  core: SwitchCore,
  channel: Channel,
  play: SourcePlay,
  options: PlayOptions,
  played: { milliseconds: number },
): Promise<PlayResult> {
  const { media } = channel;
  if (media === null) return 'gone';
  let playing: Playing = media.play(play);
  try {
    for (;;) {
      const interruption = interruptionOf(channel, options);
      if (interruption !== null) return interruption;
      if (hasRunnableCommand(channel)) {
        const before = media.playsStarted;
        await runPrivateCommands(core, channel);
        if (media.playsStarted !== before && channel.isReady && channel.breakLevel === 0) {
          media.endPlay(playing);
          playing = media.play(play);
        }
      } else if (playing.end !== null) {
        return playing.end === 'failed' ? 'error' : 'played';
      } else {
        await channel.signal.wait();
      }
    }
  } finally {
    media.endPlay(playing);
    played.milliseconds += playing.playedMs;
  }
}

/** Why a wait in which sound plays must end now: the channel left, `uuid_break`, or a digit. */
function interruptionOf(channel: Channel, options: PlayOptions): PlayResult | null {
  if (!channel.isReady) return 'gone';
  if (channel.breakLevel !== 0) {
    if (channel.breakLevel === 1) channel.breakLevel = 0;
    return 'break';
  }
  if (options.endsAtAnyDigit === true && channel.digits.length > 0) return 'break';
  while (options.onDigit !== undefined && channel.digits.length > 0) {
    const digit = channel.takeDigit();
    if (digit !== null && options.onDigit(digit)) return 'break';
  }
  return null;
}

/** Waits in silence. */
export async function sleep(
  core: SwitchCore,
  channel: Channel,
  milliseconds: number,
  options: PlayOptions = {},
): Promise<PlayResult> {
  const endMs = performance.now() + milliseconds;
  for (;;) {
    const interruption = interruptionOf(channel, options);
    if (interruption !== null) return interruption;
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return 'played';
    if (hasRunnableCommand(channel)) await runPrivateCommands(core, channel);
    else await channel.signal.wait(leftMs);
  }
}
