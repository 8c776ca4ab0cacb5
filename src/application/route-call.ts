/**
 * The middle of a call: answer and auction side by side, then the sale, then the fallback chain. It says how the call
 * ended; its caller releases and settles.
 */
import { RoutingField } from '../domain/routing-field.js';
import { routingPlanOf } from '../domain/routing-plan.js';
import { type AnsweredCall, answerCall } from './answer-call.js';
import type { CallContext } from './call-context.js';
import { type CallEnding, callerRelease, systemRelease } from './call-ending.js';
import { partingOf } from './connect-legs.js';
import { fallBack } from './fall-back.js';
import type { InboundCall, LegEnd } from './ports/telephony.js';
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

async function callerGone(context: CallContext, { leg }: AnsweredCall): Promise<RoutedEnding> {
  const end = leg.hasEnded ? await leg.ended : null;
  const { state } = context.journal.call;
  // An operator or a drain aborted the scope: then it is we who hang up, whether or not the leg has ended of it by now.
  const release =
    end === null || end.by === 'us'
      ? systemRelease('NORMAL_CLEARING', 200, `hung up by the operator while ${state}`)
      : callerRelease(end, `${end.by === 'far-end' ? 'the caller left' : 'the call was lost'} while ${state}`);
  return { outcome: 'abandoned', release, talkMs: 0, sale: null };
}

/** He left while he was being answered: CANCEL before the 200 is one thing, BYE in place of the ACK, or no ACK, another. */
function goneEnding(end: LegEnd): RoutedEnding {
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
async function hearEnding({ campaign, journal, scope }: CallContext, { leg }: AnsweredCall): Promise<void> {
  if (leg.hasEnded || scope.signal.aborted) return;
  if (campaign.endingPromptId !== null) journal.step('ending', 'the caller hears the ending message', {});
  await leg.ended;
}

function soldEnding(sale: Extract<Sale, { kind: 'sold' }>): RoutedEnding {
  const parting = partingOf(sale.conversation);
  const release = { ...parting, detail: `talked to ${sale.offer.target.name}; ${parting.detail}` };
  return { outcome: 'sold', release, talkMs: sale.conversation.talkMs, sale };
}

async function sellOrFallBack(
  context: CallContext,
  answered: AnsweredCall,
  bidding: Promise<AuctionResult>,
  trace: TraceBuilder,
): Promise<RoutedEnding> {
  const { deps, campaign } = context;
  const { leg: caller, recording } = answered;
  // From the answer: the caller waits for the bids as well.
  const patienceEndsMs = deps.clock.monotonicMs() + campaign.maxHoldMs;
  const sale = await sellCall(context, { caller, recording, auction: await bidding, trace, patienceEndsMs });
  switch (sale.kind) {
    case 'sold':
      await hearEnding(context, answered);
      return soldEnding(sale);
    case 'caller-gone':
      return await callerGone(context, answered);
    case 'unsold': {
      const result = await fallBack(context, { caller, recording, detail: sale.detail });
      if (result === null) return await callerGone(context, answered);
      if (result.outcome === 'fallback-connected') await hearEnding(context, answered);
      return { ...result, sale: null };
    }
  }
}

export async function routeCall(context: CallContext, inbound: InboundCall): Promise<Routed> {
  const { deps, journal, configuration, campaign, scope } = context;
  const usedSlots = (key: string): number => deps.slots.used(key);
  const field = new RoutingField(routingPlanOf(configuration, campaign), {
    wallMs: journal.call.startedAt,
    usedSlots,
    usedCap: (counted) => deps.caps.used(counted),
  });
  const trace = new TraceBuilder(field);
  // The pings run under the greeting: the auction starts with the admission, not with the answer.
  const bidding = runAuction(context, field, trace);
  // In the same turn as the decision whom to ask, so that the offers and the trace are judged by the same load.
  field.keepLoad(deps.slots.snapshot(), deps.caps.snapshot());
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
      return { kind: 'ended', ending: goneEnding(answer.end) };
    }
    return { kind: 'ended', ending: await sellOrFallBack(context, answer.answered, bidding, trace) };
  } finally {
    journal.setTrace(trace.build(configuration.version));
  }
}
