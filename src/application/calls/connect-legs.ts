/**
 * Joins caller and buyer once the greeting is over, records them when campaign and source say so, and waits until one of
 * them leaves. The recording ends with the bridge: the ending message is never on it.
 */
import { HANGUP_CAUSES, type HangupCause } from '../../domain/calls/hangup-cause.js';
import type { Release } from '../../domain/calls/release.js';
import { KeySequence } from '../../domain/flows/key-sequence.js';
import { openToMonitors } from '../agents/monitor-talk.js';
import type { BuyerLeg, CallerLeg, LegEnd } from '../ports/telephony.js';
import { wantsRecording } from './answer-call.js';
import type { CallContext, CallFrame } from './call-context.js';
import { answerEnds } from './call-ending.js';
import { untilAborted } from './call-scope.js';
import { type OpenRecording, startRecording, stopRecording } from './record-call.js';

/** How far apart the ends of two legs that FreeSWITCH hangs up at once may be heard of. */
const BOTH_ENDED_MS = 300;

export type Conversation =
  | {
      readonly kind: 'talked';
      readonly talkMs: number;
      readonly endedBy: 'caller' | 'buyer' | 'system';
      /** He hears hold music now, not the ending message. */
      readonly isCallerHeld: boolean;
      /** NORMAL_CLEARING unless the media server ended it by itself, as when no audio comes any more. */
      readonly cause: HangupCause;
      /** Why the system parted them, as a clause; null when the cause says it all. */
      readonly detail: string | null;
    }
  | { readonly kind: 'not-bridged'; readonly detail: string }
  | { readonly kind: 'caller-gone' };

export type Talked = Extract<Conversation, { kind: 'talked' }>;

export interface Joining {
  readonly caller: CallerLeg;
  readonly buyer: BuyerLeg;
  readonly label: string;
  /** Runs from the answer on; null when none does. */
  readonly recording: OpenRecording | null;
  /** A buyer who leaves this soon leaves the caller on hold; null for the ending message from the beginning. */
  readonly heldWithinMs: number | null;
  readonly onBridged: () => void;
  /** The recording, if any, runs: what is left to be done for the talk may take its time. */
  readonly onTalking: () => void;
}

export async function connectLegs(context: CallContext, joining: Joining): Promise<Conversation> {
  const { caller, buyer, label } = joining;
  const { journal, deps, scope } = context;
  // The buyer hears ringback or the whisper meanwhile; a consent announcement is never cut.
  const greeted = await untilAborted(scope.signal, Promise.race([caller.greeted, answerEnds(buyer.ended)]));
  if (greeted === null || caller.hasEnded) return { kind: 'caller-gone' };
  if (buyer.hasEnded) return { kind: 'not-bridged', detail: 'the buyer hung up before the greeting ended' };
  const { heldWithinMs } = joining;
  const bridge = await caller.bridge(buyer, heldWithinMs === null ? 'ending' : 'hold');
  if (bridge.kind === 'failed')
    return caller.hasEnded ? { kind: 'caller-gone' } : { kind: 'not-bridged', detail: bridge.detail };
  const { unbridged } = bridge;
  const bridgedMs = deps.clock.monotonicMs();
  const talk: Talk = { caller, buyer, unbridged, bridgedMs, knownMs: Infinity, within: context };
  const isHeld = heldWithinMs === null ? () => false : holdAtFirst(context, talk, heldWithinMs);
  joining.onBridged();
  journal.step('bridged', `the caller talks to ${label}`, {});
  const talked = await followTalk(context, talk, joining.onTalking, async (isOver) => {
    const { recording } = joining;
    if (recording?.isStopped === false) return recording;
    // One that ran from the answer has ended with an earlier talk; this talk has its own.
    const isWanted = recording !== null || wantsRecording(context, 'from-bridge');
    return isWanted && !isOver() ? await startRecording(context, caller) : null;
  });
  return { ...talked, isCallerHeld: isHeld() };
}

/** From `heldWithinMs` on the ending message follows. Says, once they have parted, whether the caller holds. */
function holdAtFirst(context: CallContext, { caller, unbridged }: Talk, heldWithinMs: number): () => boolean {
  const { deps, journal } = context;
  let isOver = false;
  let isHeld = true;
  const stop = deps.clock.startTimer(heldWithinMs, () => {
    caller.setAfterBridge('ending').then(
      () => {
        // Taken after they parted, it comes too late for the media server.
        if (!isOver) isHeld = false;
      },
      (error: unknown) => journal.alarm('ending', `the ending message could not be set: ${sentenceOf(error)}`),
    );
  });
  void unbridged.then(() => {
    isOver = true;
    stop();
  });
  return () => isHeld && !caller.hasEnded;
}

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Two who are joined, by this process or by one before it. */
export interface Talk {
  readonly caller: CallerLeg;
  readonly buyer: BuyerLeg;
  readonly unbridged: Promise<'caller' | 'buyer' | 'system'>;
  /** Monotonic instant at which they were joined; negative when that was before the clock began. */
  readonly bridgedMs: number;
  /** More of it is not known to have been talk. */
  readonly knownMs: number;
  /** Null when its campaign is gone: then nobody pauses its recording by keys, and no supervisor can be rung. */
  readonly within: CallContext | null;
}

/** `who` names whoever presses them, for people. */
export function obeyPauseKeys(
  { deps, desk, campaign }: CallContext,
  leg: BuyerLeg,
  who: string,
  isOver: () => boolean,
): void {
  const combination = campaign.recordingKeys;
  if (combination === null) return;
  const keys = new KeySequence(combination);
  leg.onDtmf((digit) => {
    if (!keys.press(digit, deps.clock.monotonicMs()) || isOver()) return;
    void desk.recording.toggle(`${who}, who pressed ${combination}`);
  });
}

/** Waits until one of the two leaves; `record` answers with the recording of the talk, which ends with it. */
export async function followTalk(
  context: CallFrame,
  talk: Talk,
  onTalking: () => void,
  record: (isOver: () => boolean) => Promise<OpenRecording | null>,
): Promise<Talked> {
  const { journal, deps } = context;
  const { caller, buyer, within } = talk;
  let isOver = false;
  const unbridged = talk.unbridged.then((party) => {
    isOver = true;
    return { party, partedMs: deps.clock.monotonicMs() };
  });
  if (within !== null) obeyPauseKeys(within, buyer, 'the buyer', () => isOver);
  const recording = await record(() => isOver);
  onTalking();
  // Not before the recording runs: what began before a supervisor was let in has nothing of him.
  const closeToMonitors = within === null ? null : openToMonitors(within, caller, buyer);
  const { party, partedMs } = await unbridged;
  const closed = closeToMonitors?.();
  const why = party === 'system' ? await faultOf(context, caller, buyer) : null;
  const { cause = 'NORMAL_CLEARING', detail = null, silentMs = 0 } = why ?? {};
  const talkMs = Math.max(0, Math.round(Math.min(partedMs - talk.bridgedMs - silentMs, talk.knownMs)));
  journal.step('unbridged', `the ${party} hung up after ${(talkMs / 1000).toFixed(1)} s`, { by: party, talkMs });
  if (recording !== null) await stopRecording(context, caller, recording);
  await closed;
  return { kind: 'talked', talkMs, endedBy: party, isCallerHeld: false, cause, detail };
}

/** The leg that was ended for a fault names it; the other is only taken down with it, and its BYE may be the first to come. */
async function faultOf(context: CallFrame, caller: CallerLeg, buyer: BuyerLeg): Promise<LegEnd | null> {
  if (!caller.hasEnded) {
    let stopTimer = (): void => undefined;
    const grace = new Promise<void>((resolve) => {
      stopTimer = context.deps.clock.startTimer(BOTH_ENDED_MS, resolve);
    });
    await Promise.race([caller.ended, grace]);
    stopTimer();
  }
  const ends = await Promise.all([caller, buyer].filter((leg) => leg.hasEnded).map((leg) => leg.ended));
  return ends.find(({ cause }) => cause !== 'NORMAL_CLEARING') ?? null;
}

/** How two who talked were parted, for the record. */
export function partingOf({ endedBy, cause, detail: why }: Talked): Release {
  if (endedBy !== 'system') return { by: endedBy, cause, sipStatus: 200, detail: `the ${endedBy} hung up` };
  const detail = why ?? (cause === 'MEDIA_TIMEOUT' ? 'no audio came any more' : 'the system hung up');
  return { by: endedBy, cause, sipStatus: HANGUP_CAUSES[cause].sipStatus, detail };
}
