/** Agents, and how a campaign's calls go through them, as a configuration file has them. */
import Type, { type Static } from 'typebox';
import { AGENT_ORDERS, type Agent, type AgentPlan } from '../../domain/campaigns/agent.js';
import { type Destination, formatDestination, parseDestination } from '../../domain/trunks/destination.js';
import { DESTINATION, FLAG, ID_FIELD, milliseconds, NAME, oneOf, orNull } from './field.js';
import { PAUSE, pauseEntry, pauseOf } from './pause-entry.js';
import { CHAINED_QUEUE, chainedQueueEntry, chainedQueueOf } from './queue-entry.js';
import { SKILL, SKILL_NEED, SKILLS, skillNeedOf, skillsOf } from './skill-entry.js';

const RING_TIMEOUT_MS = 20_000;

export const AGENT = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: Type.Optional(FLAG),
  destination: DESTINATION,
  trunkId: orNull(ID_FIELD),
  skills: SKILLS,
  pause: PAUSE,
  ringTimeoutMs: Type.Optional(milliseconds(1_000, 120_000)),
});

export const AGENT_PLAN = orNull(
  Type.Object(
    {
      agentIds: Type.Array(ID_FIELD, {
        minItems: 1,
        maxItems: 500,
        description: 'a list of ids of agents, at least one',
      }),
      skill: orNull(SKILL),
      skills: SKILL_NEED,
      order: Type.Optional(oneOf(...AGENT_ORDERS)),
      queue: CHAINED_QUEUE,
      forwarding: Type.Optional(oneOf('manual', 'automatic')),
      handover: Type.Optional(oneOf('cold', 'warm')),
    },
    { description: 'the agents to whom the calls go first' },
  ),
);

function destinationOf(text: string): Destination {
  const destination = parseDestination(text);
  if (destination === null) throw new TypeError('a destination that nobody can dial passed the schema');
  return destination;
}

export function buildAgent(entry: Static<typeof AGENT>): Agent {
  return {
    id: entry.id,
    name: entry.name ?? entry.id,
    isActive: entry.isActive ?? true,
    destination: destinationOf(entry.destination),
    trunkId: entry.trunkId ?? null,
    skills: skillsOf(entry.skills),
    pause: pauseOf(entry.pause),
    ringTimeoutMs: entry.ringTimeoutMs ?? RING_TIMEOUT_MS,
  };
}

export function agentEntry({ destination, pause, ...agent }: Agent): object {
  return { ...agent, pause: pauseEntry(pause), destination: formatDestination(destination) };
}

type PlanEntry = NonNullable<Static<typeof AGENT_PLAN>>;

/** A campaign that names one skill asks it of every call, and asks nobody else. */
function needOf({ skill = null, skills = null }: PlanEntry): AgentPlan['need'] {
  if (skills !== null) return skillNeedOf(skill === null ? skills : { skill, ...skills });
  return skill === null ? null : { tags: [], skill, minimumLevel: 1, widenAfterMs: null };
}

export function agentPlanOf(entry: PlanEntry | null | undefined): AgentPlan | null {
  if (entry === undefined || entry === null) return null;
  const { agentIds, order = 'best-skilled', forwarding = 'manual', handover = 'cold' } = entry;
  const queue = entry.queue ? chainedQueueOf(entry.queue) : null;
  return { agentIds: [...new Set(agentIds)], need: needOf(entry), order, queue, forwarding, handover };
}

export function agentPlanEntry(plan: AgentPlan | null): object | null {
  if (plan === null) return null;
  const { need, queue, ...others } = plan;
  return { ...others, skills: need, queue: queue === null ? null : chainedQueueEntry(queue) };
}
