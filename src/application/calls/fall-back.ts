/** The campaign's fallback chain: each step in order until one keeps the caller, then the apology and the hang-up. */
import type { Target, TargetVoicemail } from '../../domain/campaigns/buyer.js';
import type { FallbackStep } from '../../domain/campaigns/campaign.js';
import { formatDestination } from '../../domain/trunks/destination.js';
import { KeyPad } from '../flows/key-pad.js';
import { waitInLine } from '../flows/wait-in-line.js';
import { type Sold, serverOfPlan } from '../plans/plan-server.js';
import { walkOtherPlan } from '../plans/walk-other-plan.js';
import type { CallerLeg, LegEnd } from '../ports/telephony.js';
import { ringDestination } from '../sale/ring-destination.js';
import { reserveDial } from '../sale/ring-target.js';
import { type CallContext, chainOf, promptPath } from './call-context.js';
import { type CallEnding, callerRelease, systemRelease } from './call-ending.js';
import { CallerTalk } from './caller-talk.js';
import { connectLegs, partingOf } from './connect-legs.js';
import { deliverLater } from './deliver-voicemails.js';
import { finishLater, type OpenRecording, openRecording } from './record-call.js';
import { voicemailOfLastRung } from './target-voicemail.js';

export interface FallbackTerms {
  readonly caller: CallerLeg;
  readonly recording: OpenRecording | null;
  /** Why the call was not sold. */
  readonly detail: string;
}

export interface FallbackResult extends CallEnding {
  readonly talkMs: number;
}

/** A member of a queue in the chain has talked to him. */
export interface FallbackSale {
  readonly outcome: null;
  readonly sale: Sold;
}

/** Where the chain begins: at its first step, or at its first voicemail. */
export type ChainStart = 'next' | 'voicemail';

/** What a step leads to: null to the next one. */
type StepEnd = FallbackResult | FallbackSale | { readonly outcome: null; readonly goOnFrom: ChainStart } | null;

/** Null when nobody takes the call. */
export async function dialStep(
  context: CallContext,
  terms: FallbackTerms,
  step: Extract<FallbackStep, { kind: 'dial' }>,
): Promise<FallbackResult | null> {
  const label = formatDestination(step.destination);
  await using attempt = context.scope.fork();
  const { slots, check: slot } = await reserveDial(context, attempt, step.trunkId, []);
  if (!slot.passed) {
    context.journal.step('buyer-failed', `${label}: ${slot.values}`, { targetId: null });
    return null;
  }
  const plan = {
    targetId: null,
    label,
    destination: step.destination,
    trunkId: step.trunkId,
    ringTimeoutMs: step.ringTimeoutMs,
    whisperPromptId: null,
    acceptKey: null,
  };
  context.journal.agreeAlone({ label, sale: null, slots, caps: [] });
  context.journal.checkpoint();
  const rung = await ringDestination(context, attempt, terms.caller, plan);
  if (rung.kind !== 'answered') return null;
  const onBridged = (): void =>
    context.journal.advance('bridged', { bridgedAt: context.journal.wallMs(), ringMs: rung.ringMs });
  const conversation = await connectLegs(context, {
    caller: terms.caller,
    buyer: rung.leg,
    label,
    recording: terms.recording,
    heldWithinMs: null,
    onBridged,
    onTalking: () => context.journal.checkpoint(),
  });
  if (conversation.kind !== 'talked') return null;
  const parting = partingOf(conversation);
  const release = { ...parting, detail: `fallback ${label}; ${parting.detail}` };
  return { outcome: 'fallback-connected', release, talkMs: conversation.talkMs };
}

/** The box of the target that was rung last, when it has one, else that of the step; null when there is neither. */
async function voicemailStep(
  context: CallContext,
  terms: FallbackTerms,
  step: TargetVoicemail | null,
): Promise<FallbackResult | null> {
  const last = voicemailOfLastRung(context);
  const { greetingPromptId, limitMs } = last?.voicemail ?? step ?? {};
  if (greetingPromptId === undefined || limitMs === undefined) return null;
  const greetingPath = promptPath(context, greetingPromptId, 'voicemail greeting');
  return await takeVoicemail(context, terms, greetingPath, limitMs, last?.target);
}

/** Null when there is no room for a file. */
export async function takeVoicemail(
  context: CallContext,
  terms: FallbackTerms,
  greetingPath: string | null,
  limitMs: number,
  target?: Target,
): Promise<FallbackResult | null> {
  const recording = await openRecording(context, 'voicemail');
  if (recording === null) return null;
  const whose = target === undefined ? '' : ` for ${target.name}`;
  context.journal.step('voicemail', `the caller may leave a message${whose}`, {
    limitMs,
    targetId: target?.id ?? null,
  });
  const outcome = 'voicemail';
  context.journal.foresee({ kind: outcome, outcome, talkMs: 0, release: null, detail: `${terms.detail}; voicemail` });
  const { end, durationMs } = await terms.caller.takeVoicemail({
    greetingPath,
    recordPath: recording.path,
    limitMs,
  });
  // A caller who leaves before the tone leaves no file, and that is nobody's fault; nor is it known of one whose media server died.
  const failure = durationMs === null ? 'it was cut off' : durationMs === 0 ? 'the caller left no message' : null;
  finishLater(context, recording, { reportedMs: durationMs, failure, mayBeMissing: failure !== null, isWhole: true });
  if (durationMs !== 0) deliverLater(context, context.campaign, recording.id);
  const said = durationMs === null ? 'voicemail, cut off' : `voicemail of ${(durationMs / 1000).toFixed(1)} s`;
  const detail = `${terms.detail}; ${said}`;
  return { outcome, release: callerRelease(end, detail), talkMs: 0 };
}

async function messageStep(
  context: CallContext,
  terms: FallbackTerms,
  { promptId }: Extract<FallbackStep, { kind: 'message' }>,
): Promise<FallbackResult | null> {
  const path = promptPath(context, promptId, 'message');
  return path === null ? null : await playLastMessage(context, terms, path, { promptId });
}

/** He hears it out, and is hung up. */
export async function playLastMessage(
  context: CallContext,
  terms: FallbackTerms,
  path: string,
  data: { readonly promptId: string | null },
): Promise<FallbackResult> {
  context.journal.step('message', 'the caller hears a message', data);
  const outcome = 'message';
  const detail = `${terms.detail}; message played`;
  context.journal.foresee({ kind: outcome, outcome, talkMs: 0, release: null, detail });
  const end: LegEnd = await terms.caller.playMessage(path);
  return { outcome, release: callerRelease(end, detail), talkMs: 0 };
}

/** Waits for a member of the team, until his time is over or he leaves by his key. */
async function queueStep(
  context: CallContext,
  { caller: leg, recording }: FallbackTerms,
  step: Extract<FallbackStep, { kind: 'queue' }>,
): Promise<StepEnd> {
  const { deps, scope, campaign, journal } = context;
  const answered = { leg, recording };
  const tell = (text: string, data = {}): void => journal.step('fallback', text, data);
  const server = serverOfPlan(context, answered, step.planId);
  if (server === null) return null;
  const talk = new CallerTalk(context, answered, new KeyPad(leg, deps.clock, scope.signal));
  const chain = context.closedFor === null ? 'fallback' : 'closed way';
  const name = `${chain} of ${campaign.id}/${chainOf(context).indexOf(step)}`;
  const waited = await waitInLine({ name, talk, terms: step, server, tell });
  switch (waited.kind) {
    case 'served':
      return { outcome: null, sale: waited.served };
    case 'left':
      tell('the caller leaves the queue by his key');
      return { outcome: null, goOnFrom: step.leaveTo };
    case 'timeout':
      tell(`nobody was free within ${Math.round(step.maxWaitMs / 1_000)} s`);
      return null;
    case 'full':
    case 'caller-gone':
      return null;
  }
}

/** Sold, or on to the next step. */
async function planStep(
  context: CallContext,
  { caller: leg, recording }: FallbackTerms,
  step: Extract<FallbackStep, { kind: 'plan' }>,
): Promise<StepEnd> {
  const sale = await walkOtherPlan(context, { leg, recording }, step);
  if (sale?.kind === 'sold') return { outcome: null, sale };
  const why = sale?.kind === 'unsold' ? sale.detail : 'there is no such plan';
  if (sale?.kind !== 'caller-gone') context.journal.step('fallback', `plan ${step.planId}: ${why}`, {});
  return null;
}

function runStep(context: CallContext, terms: FallbackTerms, step: FallbackStep): Promise<StepEnd> {
  switch (step.kind) {
    case 'dial':
      return dialStep(context, terms, step);
    case 'voicemail':
      return voicemailStep(context, terms, step);
    case 'message':
      return messageStep(context, terms, step);
    case 'queue':
      return queueStep(context, terms, step);
    case 'plan':
      return planStep(context, terms, step);
  }
}

/** All when there is no voicemail to pass them over for. */
function stepsFrom(steps: readonly FallbackStep[], from: ChainStart): readonly FallbackStep[] {
  const voicemail = from === 'voicemail' ? steps.findIndex(({ kind }) => kind === 'voicemail') : 0;
  return steps.slice(Math.max(0, voicemail));
}

/** Null when the caller left before any step kept him. */
export async function fallBack(
  context: CallContext,
  terms: FallbackTerms,
  from: ChainStart = 'next',
): Promise<FallbackResult | FallbackSale | null> {
  const { campaign, journal, scope } = context;
  let left = stepsFrom(chainOf(context), from);
  for (let step = left[0]; step !== undefined; step = left[0]) {
    left = left.slice(1);
    // A step may end the caller's leg by itself, so the scope's signal alone does not say that he left too early.
    if (scope.signal.aborted) return null;
    journal.advance('fallback');
    journal.step('fallback', `fallback: ${step.kind}`, { kind: step.kind });
    const result = await runStep(context, terms, step);
    if (result !== null && 'goOnFrom' in result) left = stepsFrom(left, result.goOnFrom);
    else if (result !== null) return result;
  }
  if (scope.signal.aborted) return null;
  // No step of the chain has kept him; the target that was rung last may.
  const message = await voicemailStep(context, terms, null);
  if (message !== null) return message;
  const apology = promptPath(context, campaign.apologyPromptId, 'apology');
  const detail = `${terms.detail}; no fallback took the call`;
  const ending = {
    outcome: 'failed',
    release: systemRelease('NORMAL_TEMPORARY_FAILURE', 503, detail),
    talkMs: 0,
  } as const;
  if (apology !== null) {
    journal.step('message', 'the caller hears the apology', {});
    journal.foresee({ kind: 'apology', ...ending, detail });
    await terms.caller.playMessage(apology);
  }
  return ending;
}
