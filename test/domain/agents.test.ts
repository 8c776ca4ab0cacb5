/** Which agents are rung for a call, and in which order. */
import fc from 'fast-check';
import t from 'tap';
import {
  AGENT_ORDERS,
  type Agent,
  type AgentMoment,
  type AgentPlan,
  rankAgents,
} from '../../src/domain/campaigns/agent.js';
import type { SkillNeed } from '../../src/domain/routing/skill.js';

const agentOf = (id: string, changes: Partial<Agent> = {}): Agent => ({
  ...{ id, name: id, isActive: true, destination: { kind: 'sip', uri: `sip:${id}@127.0.0.1` }, trunkId: null },
  ...{ skills: [], pause: null, ringTimeoutMs: 10_000, ...changes },
});

const planFor = (agentIds: readonly string[], changes: Partial<AgentPlan> = {}): AgentPlan => ({
  ...{ agentIds, need: null, order: 'best-skilled', queue: null, forwarding: 'manual', handover: 'cold', ...changes },
});

const needOf = (changes: Partial<SkillNeed> = {}): SkillNeed => ({
  ...{ tags: ['ivr.language', 'did.language'], skill: null, minimumLevel: 1, widenAfterMs: 20_000, ...changes },
});

const MOMENT: AgentMoment = {
  ...{ wallMs: 1_000_000, tags: new Map(), waitedMs: 0, isBusy: () => false, lastTalkEndedAt: () => null },
};

const AWAY = { reason: 'lunch', by: 'ann', at: null, until: null };

const byId = (agents: readonly Agent[]) => new Map(agents.map((agent) => [agent.id, agent]));

const idsOf = (plan: AgentPlan, agents: readonly Agent[], moment: Partial<AgentMoment>) =>
  rankAgents(plan, byId(agents), { ...MOMENT, ...moment }).agents.map(({ id }) => id);

const AGENTS = fc
  .array(
    fc.record({
      isActive: fc.boolean(),
      pause: fc.constantFrom(null, AWAY),
      skills: fc.constantFrom([], [{ skill: 'roof', level: 10 }], [{ skill: 'roof', level: 90 }]),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map((changes, index) => agentOf(`a${index}`, changes)));

t.test('each agent of the plan is rung or skipped with a reason, the skilled first, and nobody who may not be', (t) => {
  const busy = fc.array(fc.constantFrom('a0', 'a1', 'a2'), { maxLength: 3 });
  const waits = fc.constantFrom(null, 0, 30_000);
  const needs = fc.constantFrom(null, needOf({ skill: 'roof' }), needOf({ skill: 'roof', minimumLevel: 50 }));
  fc.assert(
    fc.property(
      AGENTS,
      needs,
      busy,
      waits,
      fc.constantFrom(...AGENT_ORDERS),
      (agents, need, taken, waitedMs, order) => {
        const plan = planFor([...agents.map(({ id }) => id), 'nobody'], { need, order });
        const isBusy = (id: string) => taken.some((each) => each === id);
        const ranked = rankAgents(plan, byId(agents), { ...MOMENT, waitedMs, isBusy });
        const level = ({ skills }: Agent) => skills[0]?.level ?? 0;
        const skilled = ranked.agents.map((agent) => need === null || level(agent) >= need.minimumLevel);
        return (
          ranked.agents.length + ranked.skipped.length === plan.agentIds.length &&
          ranked.agents.every(({ isActive, pause, id }) => isActive && pause === null && !isBusy(id)) &&
          (waitedMs !== 0 || skilled.every(Boolean)) &&
          skilled.every((is, index) => index === 0 || !is || skilled[index - 1] === true)
        );
      },
    ),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  );
  t.pass('no counterexample');
  t.end();
});

t.test('equals are rung in the order of the campaign, and each who is not says why', (t) => {
  const agents = [
    agentOf('ann', { pause: { ...AWAY, until: 1_000_001 } }),
    agentOf('bob', { isActive: false }),
    agentOf('cid'),
    agentOf('dee', { pause: { ...AWAY, until: 1_000_000 } }),
  ];
  const plan = planFor(['dee', 'ann', 'bob', 'cid', 'eve']);
  const { agents: rung, skipped } = rankAgents(plan, byId(agents), MOMENT);
  t.same(
    rung.map(({ id }) => id),
    ['dee', 'cid'],
    'whose end has come is back',
  );
  t.same(skipped, [
    'ann is away, paused by ann until 1970-01-01 00:16 UTC: lunch',
    'bob is switched off',
    'eve is not in the configuration',
  ]);
  t.end();
});

t.test(
  'a call that needs a language goes to who speaks it best; after a time anybody will do, and each says so',
  (t) => {
    const agents = [
      agentOf('ann'),
      agentOf('bob', { skills: [{ skill: 'spanish', level: 30 }] }),
      agentOf('cid', { skills: [{ skill: 'spanish', level: 90 }] }),
    ];
    const plan = planFor(['ann', 'bob', 'cid'], { need: needOf({ minimumLevel: 50 }) });
    const tags = new Map([
      ['ivr.language', ' Spanish '],
      ['did.language', 'french'],
    ]);
    t.same(idsOf(plan, agents, { tags }), ['cid']);
    t.same(rankAgents(plan, byId(agents), { ...MOMENT, tags, waitedMs: 4_000 }).skipped, [
      'ann lacks the skill spanish; the caller has waited 4 s of 20 s',
      'bob spanish at level 30, at least 50 is asked for; the caller has waited 4 s of 20 s',
    ]);
    t.same(idsOf(plan, agents, { tags, waitedMs: 20_000 }), ['cid', 'bob', 'ann']);
    t.same(idsOf(plan, agents, { tags, waitedMs: null }), ['cid', 'bob', 'ann'], 'who waits in no queue');
    t.same(idsOf(plan, agents, { tags: new Map([['did.language', 'french']]) }), [], 'nobody speaks it');
    t.same(idsOf(plan, agents, {}), ['ann', 'bob', 'cid'], 'a call that needs nothing');
    const forEver = planFor(['ann'], { need: needOf({ widenAfterMs: null }) });
    t.same(idsOf(forEver, agents, { tags, waitedMs: 1e9 }), []);
    t.end();
  },
);

t.test('whoever has been idle longest is rung first, but the skilled before him', (t) => {
  const agents = ['ann', 'bob', 'cid'].map((id) => agentOf(id));
  const ends = new Map([
    ['ann', 3_000],
    ['bob', 1_000],
  ]);
  const lastTalkEndedAt = (id: string) => ends.get(id) ?? null;
  const plan = planFor(['ann', 'bob', 'cid'], { order: 'longest-idle' });
  t.same(idsOf(plan, agents, { lastTalkEndedAt }), ['cid', 'bob', 'ann']);
  const skilled = [agentOf('ann', { skills: [{ skill: 'roof', level: 1 }] }), agentOf('bob'), agentOf('cid')];
  const roofs = { ...plan, need: needOf({ skill: 'roof' }) };
  t.same(idsOf(roofs, skilled, { lastTalkEndedAt, waitedMs: 20_000 }), ['ann', 'cid', 'bob']);
  t.end();
});
