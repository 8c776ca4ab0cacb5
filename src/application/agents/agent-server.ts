/** Serves the callers of a queue by the agents of a campaign: whoever is free, in the order of the team. Called by reach-agent.ts. */
import { type AgentPlan, rankAgents } from '../../domain/campaigns/agent.js';
import type { AnsweredCall } from '../calls/answer-call.js';
import type { QueueServer } from '../flows/wait-in-line.js';
import { type AgentRing, agentMomentOf, ringAgents } from './ring-agents.js';

export type RungAgent = Extract<AgentRing, { kind: 'answered' }>;

const waitedMsOf = (nowMs: number, queuedAtMs: number | undefined): number | null =>
  queuedAtMs === undefined ? null : nowMs - queuedAtMs;

export function serverOfAgents({ leg }: AnsweredCall, plan: AgentPlan): QueueServer<RungAgent> {
  return {
    couldServe(context) {
      const waitedMs = waitedMsOf(context.deps.clock.monotonicMs(), context.queuedAtMs);
      const { agents } = rankAgents(plan, context.configuration.agents, agentMomentOf(context, waitedMs));
      return agents.length > 0;
    },
    async serve(context, { leftMs, onRinging, onJoined }) {
      const nowMs = context.deps.clock.monotonicMs();
      onRinging();
      const rung = await ringAgents(context, leg, plan, nowMs + leftMs, waitedMsOf(nowMs, context.queuedAtMs));
      if (rung.kind !== 'answered') return null;
      onJoined();
      return rung;
    },
  };
}
