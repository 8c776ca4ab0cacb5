/**
 * The middle of a call: answer and auction side by side, then the sale, then the fallback chain. It says how the call
 * ended; its caller releases and settles.
 */
import { RoutingField } from '../domain/routing-field.js';
import { routingPlanOf } from '../domain/routing-plan.js';
import { type AnsweredCall, answerCall } from './answer-call.js';
import type { CallContext } from './call-context.js';
import { type CallEnding, callerRelease, systemRelease } from './call-ending.js';
import { fallBack } from './fall-back.js';
import type { InboundCall } from './ports/telephony.js';
import { stopRecording } from './record-call.js';
import { type AuctionResult, runAuction } from './run-auction.js';
import { type Sale, sellCall } from './sell-call.js';
import { TraceBuilder } from './trace-builder.js';

export interface RoutedEnding extends CallEnding {
  readonly talkMs: number;
  /** What was sold; null when nothing was. */
  readonly sale: Extract<Sale, { kind: 'sold' }> | null;
}

export type Routed =
  | { readonly kind: 'ended'; readonly ending: RoutedEnding }
  | { readonly kind: 'no-media'; readonly sipStatus: number; readonly detail: string };

async function callerGone(context: CallContext, answered: AnsweredCall): Promise<RoutedEnding> {
  // Either his leg has ended, or an operator or a drain aborted the scope: then it is we who hang up.
  if (!answered.leg.hasEnded) {
    const release = systemRelease('NORMAL_CLEARING', 200, 'hung up by the operator');
    return { outcome: 'abandoned', release, talkMs: 0, sale: null };
  }
  const release = callerRelease(await answered.leg.ended, `the caller left while ${context.journal.call.state}`);
  return { outcome: 'abandoned', release, talkMs: 0, sale: null };
}

async function soldEnding(
  context: CallContext,
  answered: AnsweredCall,
  sale: Extract<Sale, { kind: 'sold' }>,
): Promise<RoutedEnding> {
  const { endedBy, talkMs } = sale.conversation;
  const label = sale.offer.target.name;
  if (endedBy === 'buyer' && !context.scope.signal.aborted) {
    context.journal.step('ending', 'the caller hears the ending message', {});
    await answered.leg.ended;
  }
  const detail = `talked to ${label}; the ${endedBy} hung up`;
  const release = { by: endedBy, cause: 'NORMAL_CLEARING', sipStatus: 200, detail } as const;
  return { outcome: 'sold', release, talkMs, sale };
}

async function sellOrFallBack(
  context: CallContext,
  answered: AnsweredCall,
  auction: AuctionResult,
  trace: TraceBuilder,
): Promise<RoutedEnding> {
  const { deps, campaign } = context;
  const { leg: caller, recording } = answered;
  const patienceEndsMs = deps.clock.monotonicMs() + campaign.maxHoldMs;
  const sale = await sellCall(context, { caller, recording, auction, trace, patienceEndsMs });
  switch (sale.kind) {
    case 'sold':
      return await soldEnding(context, answered, sale);
    case 'caller-gone':
      return await callerGone(context, answered);
    case 'unsold': {
      const result = await fallBack(context, { caller, recording, detail: sale.detail });
      return result === null ? await callerGone(context, answered) : { ...result, sale: null };
    }
  }
}

export async function routeCall(context: CallContext, inbound: InboundCall): Promise<Routed> {
  const { deps, journal, configuration, campaign, scope } = context;
  const usedSlots = (key: string): number => deps.slots.used(key);
  const field = new RoutingField(routingPlanOf(configuration, campaign), {
    wallMs: journal.call.startedAt,
    usedSlots,
  });
  const trace = new TraceBuilder(field);
  // The pings run under the greeting: the auction starts with the admission, not with the answer.
  const bidding = runAuction(context, field, trace);
  // In the same turn as the decision whom to ask, so that the offers and the trace are judged by the same load.
  field.keepLoad(deps.slots.snapshot());
  try {
    const answer = await answerCall(context, inbound);
    if (answer.kind === 'no-media') {
      scope.abort();
      await bidding;
      return answer;
    }
    if (answer.kind === 'gone') {
      scope.abort();
      await bidding;
      const release = callerRelease(answer.end, 'the caller cancelled before the answer');
      return { kind: 'ended', ending: { outcome: 'cancelled', release, talkMs: 0, sale: null } };
    }
    const ending = await sellOrFallBack(context, answer.answered, await bidding, trace);
    const { leg, recording } = answer.answered;
    if (recording !== null && ending.talkMs === 0) await stopRecording(context, leg, recording);
    return { kind: 'ended', ending };
  } finally {
    journal.setTrace(trace.build(configuration.version));
  }
}
