/**
 * Gets a caller to an agent of his campaign: rings who is free, and keeps him in the queue of the team when it has one. Called by
 * serve-by-agent.ts.
 */
import type { AgentPlan } from '../../domain/campaigns/agent.js';
import type { AnsweredCall } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import { CallerTalk } from '../calls/caller-talk.js';
import type { ChainStart } from '../calls/fall-back.js';
import { HoldTeller } from '../calls/hold-teller.js';
import { KeyPad } from '../flows/key-pad.js';
import { waitInLine } from '../flows/wait-in-line.js';
import { type RungAgent, serverOfAgents } from './agent-server.js';
import { ringAgents } from './ring-agents.js';

export type Reached =
  | RungAgent
  /** The fallback chain follows, from there on. */
  | { readonly kind: 'nobody'; readonly detail: string; readonly from: ChainStart }
  | { readonly kind: 'caller-gone' };

async function inTurn(context: CallContext, answered: AnsweredCall, plan: AgentPlan): Promise<Reached> {
  const { deps, scope, campaign, journal } = context;
  const { queue } = plan;
  if (queue === null) return { kind: 'caller-gone' };
  const talk = new CallerTalk(context, answered, new KeyPad(answered.leg, deps.clock, scope.signal));
  const tell = (text: string, data = {}): void => journal.step('agent', text, data);
  const server = serverOfAgents(answered, plan);
  const waited = await waitInLine({ name: `agents of ${campaign.id}`, talk, terms: queue, server, tell });
  switch (waited.kind) {
    case 'served':
      return waited.served;
    case 'caller-gone':
      return waited;
    case 'left':
      tell('the caller leaves the queue by his key');
      return { kind: 'nobody', detail: 'the caller left the queue', from: queue.leaveTo };
    case 'full':
      return { kind: 'nobody', detail: 'the queue was full', from: 'next' };
    case 'timeout':
      return { kind: 'nobody', detail: `no agent within ${Math.round(queue.maxWaitMs / 1_000)} s`, from: 'next' };
  }
}

/** `patienceMs` counts from here, for a campaign without a queue. */
export async function reachAgent(
  context: CallContext,
  answered: AnsweredCall,
  plan: AgentPlan,
  patienceMs: number,
): Promise<Reached> {
  if (plan.queue !== null) return await inTurn(context, answered, plan);
  const teller = new HoldTeller(context, answered);
  const rung = await ringAgents(context, answered.leg, plan, context.deps.clock.monotonicMs() + patienceMs);
  await teller.hush();
  return rung.kind === 'nobody' ? { ...rung, from: 'next' } : rung;
}
