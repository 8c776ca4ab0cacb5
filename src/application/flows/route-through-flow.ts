/**
 * The middle of a call whose campaign has a flow: answered, greeted, walked through it, and then sold as any other. The bidders
 * are asked when the flow has found out what they need, or under the greeting when they need nothing of it.
 */
import type { Flow } from '../../domain/flows/flow.js';
import { flowFeedsBidding } from '../../domain/flows/flow-feed.js';
import { routeWaitingByPlan } from '../agents/serve-by-agent.js';
import { type AnsweredCall, answerCall } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import type { RoutedEnding } from '../calls/call-ending.js';
import {
  callerGone,
  fallBackFrom,
  goneEnding,
  hearEnding,
  type Routed,
  sellOrFallBack,
  soldEnding,
} from '../calls/route-call.js';
import type { InboundCall } from '../ports/telephony.js';
import { withPlan } from '../sale/plan-routing.js';
import { KeyPad } from './key-pad.js';
import { type FlowEnd, runFlow } from './run-flow.js';

/** Null when the campaign has none, or it has been taken out of the configuration. */
export function flowOf({ campaign, configuration }: CallContext): Flow | null {
  return campaign.flowId === null ? null : (configuration.flows.get(campaign.flowId) ?? null);
}

type Answered =
  | { readonly kind: 'through'; readonly answered: AnsweredCall; readonly end: FlowEnd }
  | { readonly kind: 'unanswered'; readonly routed: Routed };

async function answerAndWalk(context: CallContext, inbound: InboundCall, flow: Flow): Promise<Answered> {
  const answer = await answerCall(context, inbound);
  if (answer.kind === 'no-media') return { kind: 'unanswered', routed: answer };
  if (answer.kind === 'gone') {
    return { kind: 'unanswered', routed: { kind: 'ended', ending: goneEnding(answer.end) } };
  }
  const { answered } = answer;
  const keys = new KeyPad(answered.leg, context.deps.clock, context.scope.signal);
  return { kind: 'through', answered, end: await runFlow(context, answered, keys, flow) };
}

/** For every end but the one that sells the call. */
async function endingOf(
  context: CallContext,
  answered: AnsweredCall,
  end: Exclude<FlowEnd, { kind: 'plan' }>,
): Promise<RoutedEnding> {
  switch (end.kind) {
    case 'ended':
      if (end.ending.outcome === 'fallback-connected')
        await hearEnding(context, answered.leg, context.campaign, end.ending);
      return end.ending;
    case 'sold':
      return await soldEnding(context, answered.leg, end.sale);
    case 'caller-gone':
      return await callerGone(context, answered);
    case 'astray':
      context.journal.step('flow', end.detail);
      await answered.leg.hold();
      return await fallBackFrom(context, answered, end.detail);
  }
}

async function walkThenAsk(context: CallContext, inbound: InboundCall, flow: Flow): Promise<Routed> {
  const walked = await answerAndWalk(context, inbound, flow);
  if (walked.kind === 'unanswered') return walked.routed;
  const { answered, end } = walked;
  const ending =
    end.kind === 'plan'
      ? await routeWaitingByPlan(context, answered, context.campaign.maxHoldMs)
      : await endingOf(context, answered, end);
  return { kind: 'ended', ending };
}

function walkWhileAsking(context: CallContext, inbound: InboundCall, flow: Flow): Promise<Routed> {
  const { scope, campaign } = context;
  return withPlan(context, async (routing) => {
    const walked = await answerAndWalk(context, inbound, flow);
    if (walked.kind === 'unanswered') {
      scope.abort();
      await routing.first;
      return walked.routed;
    }
    const { answered, end } = walked;
    if (end.kind === 'plan') {
      const ending = await sellOrFallBack(context, answered, routing, campaign.maxHoldMs);
      return { kind: 'ended', ending };
    }
    const ending = await endingOf(context, answered, end);
    await routing.first;
    return { kind: 'ended', ending };
  });
}

export function routeThroughFlow(context: CallContext, inbound: InboundCall, flow: Flow): Promise<Routed> {
  const { configuration, campaign } = context;
  // An agent asks when he has learnt what he needs.
  const isFed = campaign.agents !== null || flowFeedsBidding(configuration, campaign, flow);
  return isFed ? walkThenAsk(context, inbound, flow) : walkWhileAsking(context, inbound, flow);
}
