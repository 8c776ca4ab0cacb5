/**
 * Answers the caller: the treatment rides with the leg into the dialplan, so that greeting and music go on when this
 * process is gone. The leg is journaled before the 200 OK goes out.
 */

import type { Leg } from '../../domain/calls/leg.js';
import { whyConsent } from '../../domain/calls/recording-consent.js';
import type { FallbackStep } from '../../domain/campaigns/campaign.js';
import { mediaPolicyOf } from '../../domain/trunks/trunk.js';
import type { AnswerOutcome, CallerLeg, CallerTreatment, InboundCall } from '../ports/telephony.js';
import { momentOf } from '../sale/plan-routing.js';
import { type CallContext, type CallFrame, chainOf, promptFile, promptPath } from './call-context.js';
import { finishLater, type OpenRecording, openRecording, stopRecording } from './record-call.js';

export interface AnsweredCall {
  readonly leg: CallerLeg;
  /** The recording that runs from the answer on, when the campaign wants one. */
  readonly recording: OpenRecording | null;
}

export type AnswerResult =
  | { readonly kind: 'answered'; readonly answered: AnsweredCall }
  | Exclude<AnswerOutcome, { kind: 'answered' }>;

function stepMs(step: FallbackStep): number {
  switch (step.kind) {
    case 'dial':
      return step.ringTimeoutMs;
    case 'queue':
      return step.maxWaitMs;
    case 'plan':
      return step.maxHoldMs;
    default:
      return 0;
  }
}

/** What the caller may have to wait for, in ms: the hold limit, the queue of the agents, then every number and queue of the fallback chain. */
export function longestHoldMs(context: CallContext): number {
  const { campaign, deps } = context;
  const fallbackMs = chainOf(context).reduce((sum, step) => sum + stepMs(step), 0);
  return campaign.maxHoldMs + (campaign.agents?.queue?.maxWaitMs ?? 0) + fallbackMs + deps.limits.holdGraceMs;
}

/** Ringing, as the dialplan falls back on it too: a caller must never wait in silence because a file is gone. */
export const RINGING = { path: 'tone_stream://%(2000,4000,440,480)', durationMs: 6_000 } as const;

/** Until the first node of the flow speaks; then the music, for whom nobody asks anything. */
const FLOW_WAIT_MS = 4_000;

function treatmentOf(context: CallContext, recordPath: string | null): CallerTreatment {
  const { campaign, deps, journal, configuration } = context;
  const trunk = configuration.trunks.get(journal.call.trunkId ?? '');
  const music = promptFile(context, campaign.holdMusicPromptId, 'hold music') ?? RINGING;
  return {
    callId: journal.call.callId,
    consentPath: asksConsent(context) ? promptPath(context, campaign.consentPromptId, 'consent announcement') : null,
    greetingPath: promptPath(context, campaign.greetingPromptId, 'greeting'),
    holdMusicPath: music.path,
    holdLoops: Math.max(1, Math.ceil(longestHoldMs(context) / Math.max(1, music.durationMs))),
    apologyPath: promptPath(context, campaign.apologyPromptId, 'apology'),
    endingPath: promptPath(context, campaign.endingPromptId, 'ending message'),
    recordPath,
    mediaTimeoutMs: deps.limits.mediaTimeoutMs,
    ...(campaign.flowId === null ? {} : { flowWaitMs: FLOW_WAIT_MS }),
    ...(trunk === undefined ? {} : { media: mediaPolicyOf(trunk) }),
  };
}

/** Without a rule everybody hears the announcement. */
function asksConsent(context: CallContext): boolean {
  const { consent = null } = context.campaign;
  return consent === null || whyConsent(consent, momentOf(context).tags) !== null;
}

/** The rule asks for an announcement that there is not: nothing of the caller is recorded. */
function lacksConsent(context: CallContext): boolean {
  const { consent = null, consentPromptId } = context.campaign;
  if (consent === null || !asksConsent(context)) return false;
  const prompt = context.configuration.prompts.get(consentPromptId ?? '');
  return prompt === undefined || context.deps.prompts.find(prompt) === null;
}

/** The timeline says whom the rule asks, and who is not recorded. */
function tellConsent(context: CallContext): void {
  const { consent = null, recording } = context.campaign;
  const why = consent === null ? null : whyConsent(consent, momentOf(context).tags);
  if (consent === null || recording === 'off') return;
  if (why === null) context.journal.step('consent', 'no consent to the recording is asked for', {});
  else if (lacksConsent(context)) {
    context.journal.step('consent', `the call is not recorded: ${why}, and there is no consent announcement`, {});
  } else context.journal.step('consent', `the caller hears the consent announcement: ${why}`, {});
}

export function wantsRecording(context: CallContext, from: 'from-answer' | 'from-bridge'): boolean {
  return context.campaign.recording === from && context.source.allowsRecording && !lacksConsent(context);
}

/** A leg that the store does not take is not answered: another node may do better. */
export async function answerJournaled(
  context: CallContext,
  inbound: InboundCall,
  treatment: CallerTreatment,
): Promise<AnswerOutcome> {
  let storeFault: unknown = null;
  const onLeg = async (leg: Leg): Promise<void> => {
    try {
      await context.journal.journalLeg(leg);
    } catch (error) {
      storeFault = error;
      throw error;
    }
  };
  try {
    return await inbound.answer(treatment, onLeg);
  } catch (error) {
    if (error !== storeFault) throw error;
    const sentence = error instanceof Error ? error.message : String(error);
    context.deps.events.alarm('store', `a call was refused because its leg could not be journaled: ${sentence}`);
    return { kind: 'no-media', sipStatus: 503, detail: 'the leg could not be journaled' };
  }
}

/** From now on the leg lives as long as the call, and the call no longer than the leg. */
export function holdCaller(context: CallFrame, { leg, recording }: AnsweredCall): void {
  const { scope, journal, desk } = context;
  scope.defer(() => leg.hangup('NORMAL_CLEARING'));
  if (recording !== null) {
    scope.defer(() => stopRecording(context, leg, recording));
    void desk.recording.began(leg, recording);
  }
  void leg.ended.then(() => scope.abort());
  // Whoever aborts the call, an operator or a drain, ends it at once, wherever the flow is waiting.
  scope.signal.addEventListener('abort', () => void leg.hangup('NORMAL_CLEARING'), { once: true });
  if (scope.signal.aborted) void leg.hangup('NORMAL_CLEARING');
  leg.onMoved(({ from, to, gapMs }) => {
    const where = from === to ? `${from}, which was started again` : `${to}: ${from} is gone`;
    journal.step('moved', `the call was moved to ${where}`, { from, to, gapMs });
  });
  leg.onDtmf(() => journal.step('dtmf', 'the caller pressed a key', { side: 'caller' }));
}

export async function answerCall(context: CallContext, inbound: InboundCall): Promise<AnswerResult> {
  const { journal } = context;
  tellConsent(context);
  const recording = wantsRecording(context, 'from-answer') ? await openRecording(context, 'call') : null;
  const treatment = treatmentOf(context, recording?.path ?? null);
  const outcome = await answerJournaled(context, inbound, treatment);
  if (outcome.kind !== 'answered') {
    // FreeSWITCH may have begun the file before the caller was answered, or may not.
    if (recording !== null)
      finishLater(context, recording, {
        reportedMs: null,
        failure: 'the call was not answered',
        mayBeMissing: true,
        isWhole: true,
      });
    return outcome;
  }
  const { leg } = outcome;
  holdCaller(context, { leg, recording });
  journal.advance('answered', { answeredAt: journal.wallMs() });
  journal.step('answered', '200 OK to the caller', { channelId: leg.channelId });
  const isGreeted = treatment.greetingPath !== null || treatment.consentPath !== null;
  if (isGreeted) journal.step('greeting', 'the caller hears the greeting');
  const next = context.campaign.flowId === null ? 'hold music' : 'the flow';
  void leg.greeted.then(() => {
    if (!leg.hasEnded) journal.step('greeted', isGreeted ? `the greeting has ended; ${next}` : next);
  });
  if (recording !== null) journal.step('recording-started', 'recording from the answer', { recordingId: recording.id });
  return { kind: 'answered', answered: { leg, recording } };
}
