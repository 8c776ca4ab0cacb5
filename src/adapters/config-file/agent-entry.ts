/** Agents, and how a campaign's calls go through them, as a configuration file has them. */
import Type, { type Static } from 'typebox';
import type { Agent, AgentPlan } from '../../domain/agent.js';
import { type Destination, formatDestination, parseDestination } from '../../domain/destination.js';
import { DESTINATION, FLAG, ID_FIELD, milliseconds, NAME, oneOf, orNull, wholeNumber, words } from './field.js';

const RING_TIMEOUT_MS = 20_000;

const SKILL = Type.String({
  pattern: '^[a-z][a-z0-9_-]{0,39}$',
  description: 'a skill such as "spanish": small letters, digits, _ and -, at most 40',
});

export const AGENT = Type.Object({
  id: ID_FIELD,
  name: Type.Optional(NAME),
  isActive: Type.Optional(FLAG),
  destination: DESTINATION,
  trunkId: orNull(ID_FIELD),
  skills: Type.Optional(
    Type.Array(Type.Object({ skill: SKILL, level: Type.Optional(wholeNumber(1, 100)) }), {
      maxItems: 50,
      description: 'a list of skills such as {"skill": "spanish", "level": 80}',
    }),
  ),
  isAway: Type.Optional(FLAG),
  awayReason: orNull(words(120)),
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
    skills: (entry.skills ?? []).map(({ skill, level = 50 }) => ({ skill, level })),
    isAway: entry.isAway ?? false,
    awayReason: entry.awayReason ?? null,
    ringTimeoutMs: entry.ringTimeoutMs ?? RING_TIMEOUT_MS,
  };
}

export function agentEntry({ destination, ...agent }: Agent): object {
  return { ...agent, destination: formatDestination(destination) };
}

export function agentPlanOf(entry: Static<typeof AGENT_PLAN> | undefined): AgentPlan | null {
  if (entry === undefined || entry === null) return null;
  const { agentIds, skill = null, forwarding = 'manual', handover = 'cold' } = entry;
  return { agentIds: [...new Set(agentIds)], skill: skill ?? null, forwarding, handover };
}
