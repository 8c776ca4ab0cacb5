/** A group of a plan whose calls need a skill: the best free match first, then, after a time, anybody; and the trace says why. */
import fc from 'fast-check';
import t from 'tap';
import { indexConfiguration } from '../../src/domain/campaigns/configuration.js';
import { flowFeedsBidding } from '../../src/domain/flows/flow-feed.js';
import type { Moment } from '../../src/domain/routing/eligibility.js';
import type { SkillNeed } from '../../src/domain/routing/skill.js';
import { CAMPAIGN, documentOf, staticTarget } from '../support/call-configuration.js';
import { flowOf } from '../support/flow-samples.js';
import { idsOf, NOON, turnsOnly, walked } from '../support/walked-plan.js';
import { group, planOf } from './plan-samples.js';

const NEED: SkillNeed = { tags: ['ivr.language'], skill: null, minimumLevel: 50, widenAfterMs: 20_000 };
const SPANISH = new Map([['ivr.language', 'spanish']]);

const speaker = (id: string, level: number) =>
  staticTarget(id, 10, level === 0 ? {} : { skills: [{ skill: 'spanish', level }] });
const DESKS = [speaker('ann', 0), speaker('bob', 30), speaker('cid', 90), speaker('dee', 60)];

const team = (need: Partial<SkillNeed> = {}, ids = DESKS.map(({ id }) => id)) =>
  planOf(group('team', 'sequential', ids, { strategy: { kind: 'best-skilled', ...NEED, ...need } }));

function rung(moment: Partial<Moment>, need: Partial<SkillNeed> = {}) {
  return walked(team(need), { targets: DESKS, moment }).steps.flatMap(idsOf);
}

t.test('the best free match is rung first, and only the skilled while the caller may still wait', (t) => {
  t.same(rung({ tags: SPANISH, waitedMs: 0 }), ['cid', 'dee']);
  t.same(rung({ tags: SPANISH, waitedMs: 20_000 }), ['cid', 'dee', 'bob', 'ann']);
  t.same(rung({ tags: SPANISH }), ['cid', 'dee', 'bob', 'ann'], 'who waits in no queue has no time to wait');
  t.same(rung({ tags: SPANISH }, { widenAfterMs: null }), ['cid', 'dee']);
  t.same(rung({ tags: new Map([['ivr.language', 'french']]), waitedMs: 5 }), []);
  t.end();
});

t.test('among equals, and for a call that needs nothing, whoever has been idle longest comes first', (t) => {
  const ends: Readonly<Record<string, number>> = { ann: NOON - 1_000, bob: NOON - 9_000, cid: NOON - 5_000 };
  const memory = turnsOnly({ lastTalkEndedAt: (id) => ends[id] ?? null });
  const steps = walked(team(), { targets: DESKS, memory, moment: {} }).steps;
  t.same(steps.flatMap(idsOf), ['dee', 'bob', 'cid', 'ann']);
  t.end();
});

t.test('the trace says of each what he can, what was asked, and how long the caller had waited', (t) => {
  const { trace } = walked(team(), { targets: DESKS, moment: { tags: SPANISH, waitedMs: 4_000 } });
  const told = trace.candidates.map(({ targetId, checks }) => {
    const skill = checks.find(({ check }) => check === 'skill');
    return [targetId, skill?.passed, skill?.values];
  });
  t.same(told, [
    ['ann', false, 'lacks the skill spanish; the caller has waited 4 s of 20 s'],
    ['bob', false, 'spanish at level 30, at least 50 is asked for; the caller has waited 4 s of 20 s'],
    ['cid', true, 'spanish at level 90'],
    ['dee', true, 'spanish at level 60'],
  ]);
  t.match(
    trace.candidates[2]?.checks.filter(({ check }) => check === 'order'),
    [{ values: 'spanish at level 90' }],
  );
  const late = walked(team(), { targets: DESKS, moment: { tags: SPANISH, waitedMs: 21_000 } }).trace;
  t.match(
    late.candidates[0]?.checks.find(({ check }) => check === 'skill'),
    {
      passed: true,
      values: 'lacks the skill spanish; anybody will do now: the caller has waited 21 s',
    },
  );
  t.end();
});

t.test('any team and any wait: levels never rise, nobody unskilled is rung early, and the trace agrees', (t) => {
  const waits = fc.constantFrom(null, 0, 19_999, 20_000);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 100 }), { maxLength: 7 }), waits, (levels, waitedMs) => {
      const targets = levels.map((level, index) => speaker(`t${index}`, level));
      const ids = targets.map(({ id }) => id);
      const { steps, trace } = walked(team({}, ids), { targets, moment: { tags: SPANISH, waitedMs } });
      const order = steps.flatMap(idsOf).map((id) => levels[ids.indexOf(id)] ?? -1);
      const isWide = waitedMs === null || waitedMs >= 20_000;
      const expected = levels.filter((level) => isWide || level >= 50).length;
      const passed = trace.candidates.filter(({ checks }) => checks.every((each) => each.passed)).length;
      return (
        order.length === expected &&
        passed === expected &&
        order.every((level, index) => index === 0 || level <= (order[index - 1] ?? 0))
      );
    }),
    { numRuns: Number(process.env.PROPERTY_RUNS ?? 300) },
  );
  t.pass('no counterexample');
  t.end();
});

t.test('a flow that asks for the skill is over before the plan is walked', (t) => {
  const flow = flowOf({
    ask: { kind: 'set-tag', tag: 'language', value: 'spanish', next: 'sell' },
    sell: { kind: 'plan' },
  });
  const fed = (need: Partial<SkillNeed>) => {
    const plan = team(need);
    const document = documentOf({ targets: DESKS, campaign: { planId: plan.id }, document: { plans: [plan] } });
    return flowFeedsBidding(indexConfiguration(1, document), document.campaigns[0] ?? CAMPAIGN, flow);
  };
  t.equal(fed({}), true);
  t.equal(fed({ tags: ['did.language'] }), false);
  t.end();
});
