/**
 * People who talk to a caller before he is sold: who they are, and in which order they are rung for a call. An agent talks to one caller
 * at a time.
 */
import type { Destination } from './destination.js';

export interface AgentSkill {
  readonly skill: string;
  /** 1 to 100; who knows a thing best is rung first. */
  readonly level: number;
}

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  readonly destination: Destination;
  readonly trunkId: string | null;
  readonly skills: readonly AgentSkill[];
  /** He is not rung. */
  readonly isAway: boolean;
  readonly awayReason: string | null;
  readonly ringTimeoutMs: number;
}

/** How a campaign's calls go through agents. */
export interface AgentPlan {
  readonly agentIds: readonly string[];
  /** Only who has it is rung; null for none. */
  readonly skill: string | null;
  /** Whether the agent chooses the bid, or the best one is taken when the auction has closed. */
  readonly forwarding: 'manual' | 'automatic';
  /** Whether the agent drops when the buyer is there, or stays until he hangs up. */
  readonly handover: 'cold' | 'warm';
}

export interface RankedAgents {
  readonly agents: readonly Agent[];
  /** Why the others are not rung, a sentence each. */
  readonly skipped: readonly string[];
}

function whyNot(
  agent: Agent | undefined,
  id: string,
  { skill }: AgentPlan,
  isBusy: (id: string) => boolean,
): string | null {
  if (agent === undefined) return `${id} is not in the configuration`;
  if (!agent.isActive) return `${agent.name} is paused`;
  if (agent.isAway) return `${agent.name} is away${agent.awayReason === null ? '' : `: ${agent.awayReason}`}`;
  if (skill !== null && !agent.skills.some((each) => each.skill === skill))
    return `${agent.name} lacks the skill ${skill}`;
  return isBusy(id) ? `${agent.name} talks to another caller` : null;
}

/** Best skill first, in the order of the campaign among equals. */
export function rankAgents(
  plan: AgentPlan,
  agents: ReadonlyMap<string, Agent>,
  isBusy: (agentId: string) => boolean,
): RankedAgents {
  const looked = plan.agentIds.map((id) => ({ agent: agents.get(id), why: whyNot(agents.get(id), id, plan, isBusy) }));
  const level = (agent: Agent): number => agent.skills.find(({ skill }) => skill === plan.skill)?.level ?? 0;
  return {
    agents: looked
      .flatMap(({ agent, why }) => (agent === undefined || why !== null ? [] : [agent]))
      .sort((one, other) => level(other) - level(one)),
    skipped: looked.flatMap(({ why }) => (why === null ? [] : [why])),
  };
}

export function agentSlotKey(agentId: string): string {
  return `agent:${agentId}`;
}
