/**
 * People who talk to a caller before he is sold: who they are, and in which order they are rung for a call. An agent talks to one caller
 * at a time.
 */
import type { CallTags } from '../calls/call-tags.js';
import { describePause, isPaused, type Pause } from '../routing/pause.js';
import type { ChainedQueue } from '../routing/queue.js';
import { describeFit, fitOf, fits, neededSkill, type Skill, type SkillNeed } from '../routing/skill.js';
import type { Destination } from '../trunks/destination.js';

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly isActive: boolean;
  /** He is not to be disturbed: set by himself or for him, with a reason and if need be an end. */
  readonly pause: Pause | null;
  readonly destination: Destination;
  readonly trunkId: string | null;
  readonly skills: readonly Skill[];
  readonly ringTimeoutMs: number;
}

export const AGENT_ORDERS = ['best-skilled', 'longest-idle', 'sequential', 'simultaneous'] as const;

/** How a campaign's calls go through agents. */
export interface AgentPlan {
  readonly agentIds: readonly string[];
  /** Whom a call needs; null for anybody. */
  readonly need: SkillNeed | null;
  /** Who is rung first, or all at once. Whoever lacks a needed skill comes last in each order. */
  readonly order: (typeof AGENT_ORDERS)[number];
  /** Who finds no agent free waits; null sends him to the fallback chain at once. */
  readonly queue: ChainedQueue | null;
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

/** What changes from call to call. */
export interface AgentMoment {
  readonly wallMs: number;
  readonly tags: CallTags;
  /** Null when the caller waits in no queue. */
  readonly waitedMs: number | null;
  readonly isBusy: (agentId: string) => boolean;
  /** Wall clock of the end of his last talk; null when nothing is known of one. */
  readonly lastTalkEndedAt: (agentId: string) => number | null;
}

function whyNot(agent: Agent | undefined, id: string, { need }: AgentPlan, moment: AgentMoment): string | null {
  if (agent === undefined) return `${id} is not in the configuration`;
  const { name, pause } = agent;
  if (!agent.isActive) return `${name} is switched off`;
  if (pause !== null && isPaused(agent, moment.wallMs)) return `${name} is away, ${describePause(pause)}`;
  if (need !== null) {
    const fit = fitOf(need, agent.skills, moment.tags, moment.waitedMs);
    if (!fits(fit)) return `${name} ${describeFit(need, fit, moment.waitedMs)}`;
  }
  return moment.isBusy(id) ? `${name} talks to another caller` : null;
}

/** Who is rung for the call now, the first first. Equals stand in the order of the campaign. */
export function rankAgents(plan: AgentPlan, agents: ReadonlyMap<string, Agent>, moment: AgentMoment): RankedAgents {
  const looked = plan.agentIds.map((id) => ({ agent: agents.get(id), why: whyNot(agents.get(id), id, plan, moment) }));
  const free = looked.flatMap(({ agent, why }) => (agent === undefined || why !== null ? [] : [agent]));
  return {
    agents: inOrder(plan, free, moment),
    skipped: looked.flatMap(({ why }) => (why === null ? [] : [why])),
  };
}

function inOrder({ need, order }: AgentPlan, free: readonly Agent[], moment: AgentMoment): readonly Agent[] {
  const level = ({ skills }: Agent): number =>
    need === null || neededSkill(need, moment.tags) === null
      ? 0
      : fitOf(need, skills, moment.tags, moment.waitedMs).level;
  const isSkilled = (agent: Agent): boolean =>
    need === null || fitOf(need, agent.skills, moment.tags, moment.waitedMs).isSkilled;
  const idleSince = ({ id }: Agent): number => moment.lastTalkEndedAt(id) ?? 0;
  const ordered = [...free];
  if (order === 'longest-idle') ordered.sort((one, other) => idleSince(one) - idleSince(other));
  if (order === 'best-skilled') ordered.sort((one, other) => level(other) - level(one));
  return ordered.sort((one, other) => Number(isSkilled(other)) - Number(isSkilled(one)));
}

export function agentSlotKey(agentId: string): string {
  return `agent:${agentId}`;
}
