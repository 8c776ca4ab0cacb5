/** Which agents are rung for a call, and in which order. */
import fc from 'fast-check';
import t from 'tap';
import { type Agent, type AgentPlan, rankAgents } from '../../src/domain/agent.js';

const agentOf = (id: string, changes: Partial<Agent>): Agent => ({
  ...{ id, name: id, isActive: true, destination: { kind: 'sip', uri: `sip:${id}@127.0.0.1` }, trunkId: null },
  ...{ skills: [], isAway: false, awayReason: null, ringTimeoutMs: 10_000, ...changes },
});

const AGENTS = fc
  .array(
    fc.record({
      isActive: fc.boolean(),
      isAway: fc.boolean(),
      skills: fc.constantFrom([], [{ skill: 'roof', level: 10 }], [{ skill: 'roof', level: 90 }]),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map((changes, index) => agentOf(`a${index}`, changes)));

t.test(
  'each agent of the plan is rung or skipped with a reason, the best skilled first, and nobody who may not be',
  async () => {
    const busy = fc.array(fc.constantFrom('a0', 'a1', 'a2'), { maxLength: 3 });
    fc.assert(
      fc.property(AGENTS, fc.constantFrom('roof', null), busy, (agents, skill, taken) => {
        const plan: AgentPlan = {
          agentIds: [...agents.map(({ id }) => id), 'nobody'],
          ...{ skill, forwarding: 'manual', handover: 'cold' },
        };
        const byId = new Map(agents.map((agent) => [agent.id, agent]));
        const ranked = rankAgents(plan, byId, (id) => taken.some((each) => each === id));
        const levels = ranked.agents.map((agent) => (skill === null ? 0 : (agent.skills[0]?.level ?? 0)));
        return (
          ranked.agents.length + ranked.skipped.length === plan.agentIds.length &&
          ranked.agents.every(
            ({ isActive, isAway, id }) => isActive && !isAway && !taken.some((each) => each === id),
          ) &&
          (skill === null || ranked.agents.every(({ skills }) => skills.length > 0)) &&
          levels.every((level, index) => index === 0 || level <= (levels[index - 1] ?? 0))
        );
      }),
      { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
    );
  },
);

t.test('equals are rung in the order of the campaign, and each who is not says why', async (t) => {
  const agents = [
    agentOf('ann', { isAway: true, awayReason: 'lunch' }),
    agentOf('bob', { isActive: false }),
    agentOf('cid', {}),
    agentOf('dee', {}),
  ];
  const plan: AgentPlan = {
    agentIds: ['dee', 'ann', 'bob', 'cid', 'eve'],
    ...{ skill: null, forwarding: 'manual', handover: 'cold' },
  };
  const { agents: rung, skipped } = rankAgents(plan, new Map(agents.map((agent) => [agent.id, agent])), () => false);
  t.same(
    rung.map(({ id }) => id),
    ['dee', 'cid'],
  );
  t.same(skipped, ['ann is away: lunch', 'bob is paused', 'eve is not in the configuration']);
});
