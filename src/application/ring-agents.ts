/** Rings the agents of a campaign one after the other, the best skilled first, until one answers. Called by serve-by-agent.ts. */
import { type Agent, type AgentPlan, agentSlotKey, rankAgents } from '../domain/agent.js';
import type { CallContext } from './call-context.js';
import type { CallScope } from './call-scope.js';
import type { BuyerLeg, CallerLeg } from './ports/telephony.js';
import { ringDestination } from './ring-destination.js';
import { reserveDial } from './ring-target.js';

export type AgentRing =
  | {
      readonly kind: 'answered';
      readonly agent: Agent;
      readonly leg: BuyerLeg;
      /** Holds the leg and the agent's slot. */
      readonly scope: CallScope;
    }
  | { readonly kind: 'nobody'; readonly detail: string }
  | { readonly kind: 'caller-gone' };

async function ringAgent(
  context: CallContext,
  scope: CallScope,
  caller: CallerLeg,
  agent: Agent,
  limitMs: number,
): Promise<BuyerLeg | 'caller-gone' | null> {
  const { journal } = context;
  const label = `agent ${agent.name}`;
  const { slots, check: slot } = await reserveDial(context, scope, agent.trunkId, [
    { key: agentSlotKey(agent.id), limit: 1 },
  ]);
  if (!slot.passed) {
    journal.step('agent', `${label}: ${slot.values}`, { agentId: agent.id });
    return null;
  }
  journal.agreeAlone({ label, sale: null, slots, caps: [] });
  journal.advance('dialing');
  const rung = await ringDestination(context, scope, caller, {
    targetId: null,
    label,
    destination: agent.destination,
    trunkId: agent.trunkId,
    ringTimeoutMs: Math.min(agent.ringTimeoutMs, limitMs),
    whisperPromptId: null,
    acceptKey: null,
    stepAs: 'agent',
  });
  if (rung.kind === 'failed') return null;
  return rung.kind === 'answered' ? rung.leg : 'caller-gone';
}

/** `endsAtMs` is the monotonic instant at which the caller is to be sent to the fallback chain. */
export async function ringAgents(
  context: CallContext,
  caller: CallerLeg,
  plan: AgentPlan,
  endsAtMs: number,
): Promise<AgentRing> {
  const { deps, configuration, journal } = context;
  const isBusy = (id: string): boolean => deps.slots.used(agentSlotKey(id)) > 0;
  const { agents, skipped } = rankAgents(plan, configuration.agents, isBusy);
  for (const sentence of skipped) journal.step('agent', `not rung: ${sentence}`, {});
  for (const agent of agents) {
    const leftMs = Math.round(endsAtMs - deps.clock.monotonicMs());
    if (leftMs <= 0) break;
    const scope = context.scope.fork();
    context.scope.defer(() => scope[Symbol.asyncDispose]());
    const rung = await ringAgent(context, scope, caller, agent, leftMs);
    if (rung !== null && rung !== 'caller-gone') return { kind: 'answered', agent, leg: rung, scope };
    await scope[Symbol.asyncDispose]();
    if (rung === 'caller-gone' || context.scope.signal.aborted) return { kind: 'caller-gone' };
  }
  return { kind: 'nobody', detail: agents.length === 0 ? 'no agent is there' : 'no agent answered' };
}
