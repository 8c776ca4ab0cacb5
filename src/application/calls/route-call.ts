/**
 * The middle of a call: answer and auction side by side, then the sale, then the fallback chain. It says how the call
 * ended; its caller releases and settles.
 */

import type { Call } from '../../domain/calls/call.js';
import type { Agreement } from '../../domain/calls/continuation.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { CallerLeg, InboundCall, LegEnd } from '../ports/telephony.js';
import { type Routing, withPlan } from '../sale/plan-routing.js';
import { type Sale, sellCall } from '../sale/sell-call.js';
import { type AnsweredCall, answerCall } from './answer-call.js';
import { type CallContext, type CallFrame, promptPath } from './call-context.js';
import { callerRelease, type RoutedEnding, systemRelease } from './call-ending.js';
import { partingOf, type Talked } from './connect-legs.js';
import { type ChainStart, fallBack } from './fall-back.js';
import { HoldTeller } from './hold-teller.js';

export type Routed =
  | { readonly kind: 'ended'; readonly ending: RoutedEnding }
  | { readonly kind: 'no-media'; readonly sipStatus: number; readonly detail: string };

/** He left, or was hung up, before anybody talked to him. */
export async function callerGone(context: CallContext, { leg }: AnsweredCall): Promise<RoutedEnding> {
  const end = leg.hasEnded ? await leg.ended : null;
  const where = whereabouts(context.journal.call);
  // An operator or a drain aborted the scope: then it is we who hang up, whether or not the leg has ended of it by now.
  const release =
    end === null || end.by === 'us'
      ? systemRelease('NORMAL_CLEARING', 200, `hung up by the operator ${where}`)
      : callerRelease(end, `${end.by === 'far-end' ? 'the caller left' : 'the call was lost'} ${where}`);
  return { outcome: 'abandoned', release, talkMs: 0, sale: null };
}

/** `flow main at ask-zip` says more than the state of the call does. */
function whereabouts({ state, flow }: Call): string {
  if (flow === null || flow.endedAt !== null) return `while ${state}`;
  const keys = flow.keysPressed === 0 ? 'without having pressed a key' : `after ${flow.keysPressed} keys`;
  return `in flow ${flow.flowId} at ${flow.nodeId}, ${keys}`;
}

/** He left while he was being answered: CANCEL before the 200 is one thing, BYE in place of the ACK, or no ACK, another. */
export function goneEnding(end: LegEnd): RoutedEnding {
  const isCancelled = end.cause === 'ORIGINATOR_CANCEL';
  const release = callerRelease(end, goneDetail(end));
  return { outcome: isCancelled ? 'cancelled' : 'abandoned', release, talkMs: 0, sale: null };
}

function goneDetail({ by, cause }: LegEnd): string {
  switch (cause) {
    case 'ORIGINATOR_CANCEL':
      return 'the caller cancelled before the answer';
    case 'RECOVERY_ON_TIMER_EXPIRE':
      return 'the caller did not acknowledge the answer';
    default:
      return by === 'far-end' ? 'the caller hung up at the answer' : 'the call was ended at the answer';
  }
}

/** Whoever is left alone by the other side hears the ending message, which the dialplan plays, and is hung up by it. */
export async function hearEnding(
  { journal, scope }: CallFrame,
  leg: CallerLeg,
  campaign: Campaign | null,
  ending: RoutedEnding,
): Promise<void> {
  if (leg.hasEnded || scope.signal.aborted) return;
  if (campaign === null || campaign.endingPromptId !== null)
    journal.step('ending', 'the caller hears the ending message', {});
  const { outcome, talkMs, release } = ending;
  journal.foresee({ kind: 'ending', outcome, talkMs, release, detail: release.detail });
  const end = await leg.ended;
  if (end.detail !== undefined) journal.step('ending', `the ending message was cut off: ${end.detail}`, {});
}

/** For a caller who holds though nobody is to come any more. `hearEnding` waits for the end of it. */
export function sayEnding(context: CallContext, leg: CallerLeg): void {
  if (leg.hasEnded) return;
  const path = promptPath(context, context.campaign.endingPromptId, 'ending');
  void (path === null ? leg.hangup('NORMAL_CLEARING') : leg.playMessage(path));
}

/** How a call ends whose caller talked to somebody, whether he was bought or reached by the fallback chain. */
export function talkedEnding({ label, sale }: Agreement, conversation: Talked): RoutedEnding {
  const parting = partingOf(conversation);
  const detail = `${sale === null ? 'fallback' : 'talked to'} ${label}; ${parting.detail}`;
  const outcome = sale === null ? 'fallback-connected' : 'sold';
  return { outcome, release: { ...parting, detail }, talkMs: conversation.talkMs, sale };
}

/** Settles when the caller has heard the ending, if the buyer left first. */
export async function soldEnding(
  context: CallContext,
  caller: CallerLeg,
  { agreement, conversation }: Extract<Sale, { kind: 'sold' }>,
): Promise<RoutedEnding> {
  const ending = talkedEnding(agreement, conversation);
  if (conversation.isCallerHeld) sayEnding(context, caller);
  await hearEnding(context, caller, context.campaign, ending);
  return ending;
}

/** `patienceMs` counts from here. */
export async function sellOrFallBack(
  context: CallContext,
  answered: AnsweredCall,
  { steps, first, trace }: Routing,
  patienceMs: number,
): Promise<RoutedEnding> {
  const { deps } = context;
  const { leg: caller, recording } = answered;
  const patienceEndsMs = deps.clock.monotonicMs() + patienceMs;
  const teller = new HoldTeller(context, answered);
  const sale = await sellCall(context, { caller, recording, steps, first, trace, patienceEndsMs, teller });
  await teller.hush();
  switch (sale.kind) {
    case 'sold':
      return await soldEnding(context, caller, sale);
    case 'caller-gone':
      return await callerGone(context, answered);
    case 'unsold':
      return await fallBackFrom(context, answered, sale.detail);
  }
}

/** The fallback chain from there on; `detail` says why the call was not sold. */
export async function fallBackFrom(
  context: CallContext,
  answered: AnsweredCall,
  detail: string,
  from: ChainStart = 'next',
): Promise<RoutedEnding> {
  const { leg: caller, recording } = answered;
  const result = await fallBack(context, { caller, recording, detail }, from);
  if (result === null) return await callerGone(context, answered);
  if (result.outcome === null) return await soldEnding(context, caller, result.sale);
  const ending = { ...result, sale: null };
  if (result.outcome === 'fallback-connected') await hearEnding(context, caller, context.campaign, ending);
  return ending;
}

export function routeCall(context: CallContext, inbound: InboundCall): Promise<Routed> {
  const { scope, campaign } = context;
  return withPlan(context, async (routing) => {
    const answer = await answerCall(context, inbound);
    if (answer.kind === 'no-media') {
      scope.abort();
      await routing.first;
      return answer;
    }
    if (answer.kind === 'gone') {
      scope.abort();
      await routing.first;
      return { kind: 'ended', ending: goneEnding(answer.end) };
    }
    // Patience runs from the answer: the caller waits for the bids as well.
    const ending = await sellOrFallBack(context, answer.answered, routing, campaign.maxHoldMs);
    return { kind: 'ended', ending };
  });
}

/** For a caller who was answered by an earlier process and waits: asked and sold anew, with what is left of his patience. */
export function routeWaiting(context: CallContext, answered: AnsweredCall, patienceMs: number): Promise<RoutedEnding> {
  return withPlan(context, (routing) => sellOrFallBack(context, answered, routing, patienceMs), patienceMs);
}
