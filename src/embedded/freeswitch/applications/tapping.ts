/**
 * The application `eavesdrop`: a channel listens to another one, and speaks into it as its variables say. Follows
 * eavesdrop_function() and switch_ivr_eavesdrop_session(); the keys 0 to 3, which change the mode there, do nothing here.
 */
import { playSource } from '../playback.js';
import type { Application, ApplicationCall } from '../switch-core.js';

/** Ends when either of the two channels leaves. */
async function eavesdrop({ core, channel, argument }: ApplicationCall): Promise<void> {
  const target = core.channels.locate(argument.trim());
  if (target === null || target === channel || target.media === null) return;
  if (!(await channel.endpoint.preAnswer()) || channel.media === null) return;
  const isSet = (name: string): boolean => channel.variables.isTrue(`eavesdrop_${name}`);
  const hearsBoth = !isSet('bridge_aleg') && !isSet('bridge_bleg');
  const manner = {
    hearsReceived: hearsBoth || isSet('bridge_aleg'),
    hearsSent: hearsBoth || isSet('bridge_bleg'),
    speaksToFarEnd: isSet('whisper_bleg'),
    speaksToPeer: isSet('whisper_aleg'),
  };
  const source = { kind: 'tap', sessionId: target.media.session.id, manner } as const;
  await playSource(core, channel, { source, plays: 1 }, {}, { milliseconds: 0 });
}

export const TAPPING: readonly Application[] = [
  { name: 'eavesdrop', needsMedia: true, runsInline: false, run: eavesdrop },
];
