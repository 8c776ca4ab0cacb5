/**
 * Rings the agents of a campaign, one after the other or all at once, until one answers. Called by serve-by-agent.ts. Whoever is rung in
 * vain has had his slot for as long as he rang; of several who ring, the others are let go in the turn in which one answers.
 */

import type { Agreement } from '../../domain/calls/continuation.js';
import {
  type Agent,
  type AgentMoment,
  type AgentPlan,
  agentSlotKey,
  rankAgents,
} from '../../domain/campaigns/agent.js';
import type { CallContext } from '../calls/call-context.js';
import type { CallScope } from '../calls/call-scope.js';
import type { BuyerLeg, CallerLeg } from '../ports/telephony.js';
import { momentOf } from '../sale/plan-routing.js';
import { ringDestination } from '../sale/ring-destination.js';
import { reserveDial } from '../sale/ring-target.js';

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

/** So many ring at once at most, as of the targets of a plan. */
const TOGETHER_MAX = 10;

interface Rung {
  readonly agent: Agent;
  readonly leg: BuyerLeg;
  readonly scope: CallScope;
  readonly agreement: Agreement;
}

/** Null when he does not take the call, or somebody else has. His scope is released then. */
async function ringAgent(
  context: CallContext,
  caller: CallerLeg,
  agent: Agent,
  scope: CallScope,
  limitMs: number,
): Promise<Rung | null> {
  const { journal } = context;
  const label = `agent ${agent.name}`;
  const { slots, check: slot } = await reserveDial(context, scope, agent.trunkId, [
    { key: agentSlotKey(agent.id), limit: 1 },
  ]);
  if (!slot.passed) {
    journal.step('agent', `${label}: ${slot.values}`, { agentId: agent.id });
    return null;
  }
  const agreement: Agreement = { label, sale: null, slots, caps: [] };
  journal.agree(agreement);
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
  if (rung.kind === 'answered') return { agent, leg: rung.leg, scope, agreement };
  journal.disagree(agreement);
  return null;
}

/** The first of these who answers; null when none does. */
async function ringAll(
  context: CallContext,
  caller: CallerLeg,
  agents: readonly Agent[],
  limitMs: number,
): Promise<Rung | null> {
  const { journal } = context;
  let winner: Rung | null = null;
  const branches = agents.map((agent) => ({ agent, scope: context.scope.fork() }));
  await Promise.all(
    branches.map(async ({ agent, scope }) => {
      context.scope.defer(() => scope[Symbol.asyncDispose]());
      const rung = await ringAgent(context, caller, agent, scope, limitMs);
      if (rung !== null && winner === null && !context.scope.signal.aborted) {
        winner = rung;
        for (const other of branches) if (other.scope !== scope) other.scope.abort();
        return;
      }
      if (rung !== null) journal.disagree(rung.agreement);
      // TypeScript does not see that another branch may have won meanwhile.
      const taker = (winner as Rung | null)?.agent.name;
      if (taker !== undefined) {
        journal.step('agent', `agent ${agent.name} is let go: ${taker} took the call`, { agentId: agent.id });
      }
      await scope[Symbol.asyncDispose]();
    }),
  );
  return winner;
}

export function agentMomentOf(context: CallContext, waitedMs: number | null): AgentMoment {
  const { deps, journal } = context;
  return {
    wallMs: journal.wallMs(),
    tags: momentOf(context).tags,
    waitedMs,
    isBusy: (id) => deps.slots.used(agentSlotKey(id)) > 0,
    lastTalkEndedAt: (id) => deps.planRecords.agentTalkEndedAt(id),
  };
}

/** `endsAtMs` is the monotonic instant at which the caller is to be sent on; `waitedMs` how long he has waited in a queue, null for none. */
export async function ringAgents(
  context: CallContext,
  caller: CallerLeg,
  plan: AgentPlan,
  endsAtMs: number,
  waitedMs: number | null = null,
): Promise<AgentRing> {
  const { deps, configuration, journal } = context;
  const { agents, skipped } = rankAgents(plan, configuration.agents, agentMomentOf(context, waitedMs));
  for (const sentence of skipped) journal.step('agent', `not rung: ${sentence}`, {});
  const together = plan.order === 'simultaneous' ? TOGETHER_MAX : 1;
  for (let first = 0; first < agents.length; first += together) {
    const leftMs = Math.round(endsAtMs - deps.clock.monotonicMs());
    if (leftMs <= 0) break;
    const rung = await ringAll(context, caller, agents.slice(first, first + together), leftMs);
    if (context.scope.signal.aborted) return { kind: 'caller-gone' };
    if (rung !== null) return { kind: 'answered', agent: rung.agent, leg: rung.leg, scope: rung.scope };
  }
  return { kind: 'nobody', detail: agents.length === 0 ? 'no agent is there' : 'no agent answered' };
}
