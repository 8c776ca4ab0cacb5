/**
 * Answers the caller: the treatment rides with the leg into the dialplan, so that greeting and music go on when this
 * process is gone. The leg is journaled before the 200 OK goes out.
 */
import { type CallContext, promptFile, promptPath } from './call-context.js';
import type { AnswerOutcome, CallerLeg, CallerTreatment, InboundCall } from './ports/telephony.js';
import { type OpenRecording, openRecording } from './record-call.js';

export interface AnsweredCall {
  readonly leg: CallerLeg;
  /** The recording that runs from the answer on, when the campaign wants one. */
  readonly recording: OpenRecording | null;
}

export type AnswerResult =
  | { readonly kind: 'answered'; readonly answered: AnsweredCall }
  | Exclude<AnswerOutcome, { kind: 'answered' }>;

/** What the caller may have to wait for, in ms: the hold limit, then every number of the fallback chain. */
export function longestHoldMs(context: CallContext): number {
  const { campaign, deps } = context;
  const fallbackMs = campaign.fallback.reduce((sum, step) => sum + (step.kind === 'dial' ? step.ringTimeoutMs : 0), 0);
  return campaign.maxHoldMs + fallbackMs + deps.limits.holdGraceMs;
}

/** Ringing, as the dialplan falls back on it too: a caller must never wait in silence because a file is gone. */
const RINGING = { path: 'tone_stream://%(2000,4000,440,480)', durationMs: 6_000 } as const;

function treatmentOf(context: CallContext, recordPath: string | null): CallerTreatment {
  const { campaign, deps, journal } = context;
  const music = promptFile(context, campaign.holdMusicPromptId, 'hold music') ?? RINGING;
  return {
    callId: journal.call.callId,
    consentPath: promptPath(context, campaign.consentPromptId, 'consent announcement'),
    greetingPath: promptPath(context, campaign.greetingPromptId, 'greeting'),
    holdMusicPath: music.path,
    holdLoops: Math.max(1, Math.ceil(longestHoldMs(context) / Math.max(1, music.durationMs))),
    apologyPath: promptPath(context, campaign.apologyPromptId, 'apology'),
    endingPath: promptPath(context, campaign.endingPromptId, 'ending message'),
    recordPath,
    mediaTimeoutMs: deps.limits.mediaTimeoutMs,
  };
}

export function wantsRecording(context: CallContext, from: 'from-answer' | 'from-bridge'): boolean {
  return context.campaign.recording === from && context.source.allowsRecording;
}

export async function answerCall(context: CallContext, inbound: InboundCall): Promise<AnswerResult> {
  const { journal, scope } = context;
  const recording = wantsRecording(context, 'from-answer') ? await openRecording(context, 'call') : null;
  const treatment = treatmentOf(context, recording?.path ?? null);
  const outcome = await inbound.answer(treatment, (leg) => journal.journalLeg(leg));
  if (outcome.kind !== 'answered') return outcome;
  const { leg } = outcome;
  scope.defer(() => leg.hangup('NORMAL_CLEARING'));
  void leg.ended.then(() => scope.abort());
  // Whoever aborts the call, an operator or a drain, ends it at once, wherever the flow is waiting.
  scope.signal.addEventListener('abort', () => void leg.hangup('NORMAL_CLEARING'), { once: true });
  if (scope.signal.aborted) void leg.hangup('NORMAL_CLEARING');
  journal.advance('answered', { answeredAt: context.deps.clock.wallMs() });
  journal.step('answered', '200 OK to the caller', { channelId: leg.channelId });
  if (treatment.greetingPath !== null || treatment.consentPath !== null)
    journal.step('greeting', 'the caller hears the greeting');
  void leg.greeted.then(() => {
    if (!leg.hasEnded) journal.step('greeted', 'the greeting has ended; hold music');
  });
  leg.onDtmf(() => journal.step('dtmf', 'the caller pressed a key', { side: 'caller' }));
  if (recording !== null) journal.step('recording-started', 'recording from the answer', { recordingId: recording.id });
  return { kind: 'answered', answered: { leg, recording } };
}
