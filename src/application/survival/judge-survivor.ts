/**
 * What can be done for a call that an earlier process left behind: its journal held against what the media servers carry
 * now. It decides and does nothing; adopt-calls.ts carries it out.
 */

import type { Continuation, ForeseenEnd } from '../../domain/calls/continuation.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { CallDetails } from '../ports/call-repository.js';
import type { Survey, SurvivingChannel } from '../ports/survey.js';

export type Verdict =
  /** Two talk: the flow goes on where it was. */
  | { readonly kind: 'talks'; readonly caller: Leg; readonly buyer: Leg; readonly channel: SurvivingChannel }
  /** The caller hears the greeting or music, and nobody is with him. */
  | { readonly kind: 'waits'; readonly caller: Leg; readonly channel: SurvivingChannel }
  /** The caller hears his last words, or leaves a message; how the call ends is decided. */
  | { readonly kind: 'finishes'; readonly caller: Leg; readonly foreseen: ForeseenEnd }
  /** They talked, and have parted since. `caller` is up and hears the ending message, or is gone too. */
  | {
      readonly kind: 'parted';
      readonly caller: Leg | null;
      readonly bridgedAtMs: number | null;
      /** He hears music: the buyer left early, and nobody was there to ring the next one. */
      readonly isHeld: boolean;
    }
  /** Everybody is gone, and how the call ends had been decided. */
  | { readonly kind: 'finished'; readonly foreseen: ForeseenEnd }
  /** Never answered, or gone before anybody talked. */
  | { readonly kind: 'lost'; readonly detail: string }
  /** The media server that would know does not answer. */
  | { readonly kind: 'unknown'; readonly mediaServer: string };

/** What the dialplan carries out for a caller who waits; a message or a voicemail is another application. */
const MUSIC = 'loop_playback';

export type Remains = Pick<CallDetails, 'call' | 'legs'> & { readonly continuation: Continuation | null };

export function judgeSurvivor({ call, legs, continuation }: Remains, survey: Survey): Verdict {
  const caller = legs.findLast(({ side }) => side === 'a');
  if (caller === undefined) return { kind: 'lost', detail: 'the control app stopped before the call was answered' };
  if (survey.unreachable.includes(caller.mediaServer)) return { kind: 'unknown', mediaServer: caller.mediaServer };
  const foreseen = continuation?.foreseen ?? null;
  const channel = caller.state === 'ended' ? undefined : survey.channels.get(caller.channelId);
  if (channel === undefined) {
    if (foreseen !== null) return { kind: 'finished', foreseen };
    if (call.bridgedAt !== null) return { kind: 'parted', caller: null, bridgedAtMs: null, isHeld: false };
    const detail = call.answeredAt === null ? 'while the call was being set up' : `while the call was ${call.state}`;
    return { kind: 'lost', detail: `the control app stopped ${detail}, and the caller was gone when it came back` };
  }
  if (caller.state !== 'up' || !channel.isAnswered)
    return { kind: 'lost', detail: 'the control app stopped while the caller was being answered' };
  if (channel.bridgedTo !== null) return bridged(legs, caller, channel);
  if (foreseen !== null && (foreseen.kind === 'ending' || channel.application !== MUSIC))
    return { kind: 'finishes', caller, foreseen };
  const isHeld = channel.application === MUSIC;
  // Whom an agent had has been joined before, and not with a buyer.
  const wasJoined = channel.bridgedAtMs !== null && continuation?.agent == null;
  // Who hears music without a talk in his record was joined to somebody who left him at once, and waits for the next one.
  const wasBridged = call.bridgedAt !== null || (wasJoined && !isHeld);
  if (foreseen === null && wasBridged) return { kind: 'parted', caller, bridgedAtMs: channel.bridgedAtMs, isHeld };
  return { kind: 'waits', caller, channel };
}

function bridged(legs: readonly Leg[], caller: Leg, channel: SurvivingChannel): Verdict {
  const buyer = legs.find(({ side, channelId }) => side === 'b' && channelId === channel.bridgedTo);
  if (buyer?.state === 'up') return { kind: 'talks', caller, buyer, channel };
  return { kind: 'lost', detail: 'the caller is joined to a leg that the journal does not know' };
}

/** The legs that the verdict is about: all others of the call are ended. */
export function legsKept(verdict: Verdict): readonly Leg[] {
  const caller = 'caller' in verdict ? verdict.caller : null;
  const buyer = 'buyer' in verdict ? verdict.buyer : null;
  return [caller, buyer].filter((leg) => leg !== null);
}
