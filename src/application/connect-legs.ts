/**
 * Joins caller and buyer once the greeting is over, records them when campaign and source say so, and waits until one of
 * them leaves. The recording ends with the bridge: the ending message is never on it.
 */
import { HANGUP_CAUSES, type HangupCause } from '../domain/hangup-cause.js';
import type { Release } from '../domain/release.js';
import { wantsRecording } from './answer-call.js';
import type { CallContext } from './call-context.js';
import { answerEnds } from './call-ending.js';
import { untilAborted } from './call-scope.js';
import type { BuyerLeg, CallerLeg } from './ports/telephony.js';
import { type OpenRecording, startRecording, stopRecording } from './record-call.js';

/** How far apart the ends of two legs that FreeSWITCH hangs up at once may be heard of. */
const BOTH_ENDED_MS = 300;

export type Conversation =
  | {
      readonly kind: 'talked';
      readonly talkMs: number;
      readonly endedBy: 'caller' | 'buyer' | 'system';
      /** NORMAL_CLEARING unless the media server ended it by itself, as when no audio comes any more. */
      readonly cause: HangupCause;
    }
  | { readonly kind: 'not-bridged'; readonly detail: string }
  | { readonly kind: 'caller-gone' };

export interface Joining {
  readonly caller: CallerLeg;
  readonly buyer: BuyerLeg;
  readonly label: string;
  /** Runs from the answer on; null when none does. */
  readonly recording: OpenRecording | null;
  readonly onBridged: () => void;
}

export async function connectLegs(context: CallContext, joining: Joining): Promise<Conversation> {
  const { caller, buyer, label } = joining;
  const { journal, deps, scope } = context;
  // The buyer hears ringback or the whisper meanwhile; a consent announcement is never cut.
  const greeted = await untilAborted(scope.signal, Promise.race([caller.greeted, answerEnds(buyer.ended)]));
  if (greeted === null || caller.hasEnded) return { kind: 'caller-gone' };
  if (buyer.hasEnded) return { kind: 'not-bridged', detail: 'the buyer hung up before the greeting ended' };
  const bridge = await caller.bridge(buyer, 'ending');
  if (bridge.kind === 'failed')
    return caller.hasEnded ? { kind: 'caller-gone' } : { kind: 'not-bridged', detail: bridge.detail };
  const bridgedMs = deps.clock.monotonicMs();
  let isOver = false;
  const unbridged = bridge.unbridged.then((party) => {
    isOver = true;
    return { party, talkMs: Math.round(deps.clock.monotonicMs() - bridgedMs) };
  });
  joining.onBridged();
  journal.step('bridged', `the caller talks to ${label}`, {});
  const started =
    joining.recording ??
    (wantsRecording(context, 'from-bridge') && !isOver ? await startRecording(context, caller) : null);
  const { party, talkMs } = await unbridged;
  journal.step('unbridged', `the ${party} hung up after ${(talkMs / 1000).toFixed(1)} s`, { by: party, talkMs });
  if (started !== null) await stopRecording(context, caller, started);
  return {
    kind: 'talked',
    talkMs,
    endedBy: party,
    cause: party === 'system' ? await causeOf(context, caller, buyer) : 'NORMAL_CLEARING',
  };
}

/** The leg that was ended for a fault names it; the other is only taken down with it, and its BYE may be the first to come. */
async function causeOf(context: CallContext, caller: CallerLeg, buyer: BuyerLeg): Promise<HangupCause> {
  if (!caller.hasEnded) {
    let stopTimer = (): void => undefined;
    const grace = new Promise<void>((resolve) => {
      stopTimer = context.deps.clock.startTimer(BOTH_ENDED_MS, resolve);
    });
    await Promise.race([caller.ended, grace]);
    stopTimer();
  }
  const ends = await Promise.all([caller, buyer].filter((leg) => leg.hasEnded).map((leg) => leg.ended));
  return ends.find(({ cause }) => cause !== 'NORMAL_CLEARING')?.cause ?? 'NORMAL_CLEARING';
}

/** How two who talked were parted, for the record. */
export function partingOf({ endedBy, cause }: Extract<Conversation, { kind: 'talked' }>): Release {
  if (endedBy !== 'system') return { by: endedBy, cause, sipStatus: 200, detail: `the ${endedBy} hung up` };
  const detail = cause === 'MEDIA_TIMEOUT' ? 'no audio came any more' : 'the system hung up';
  return { by: endedBy, cause, sipStatus: HANGUP_CAUSES[cause].sipStatus, detail };
}
