// Plans in a configuration file: what is left out, and what is refused with its place.
import t from 'tap';
import { planEntry } from '../../../src/adapters/config-file/plan-entry.js';
import { readConfigurationValue } from '../../../src/adapters/config-file/read-configuration-file.js';
import type { PlanGroup } from '../../../src/domain/plans/plan.js';
import { exampleWith, OPTIONS, readChanged, sentences } from './documented-example.js';

const MEMBERS = ['acme-live', 'best-roofs'];

function rootOf(root: Readonly<Record<string, unknown>>): PlanGroup {
  const result = readConfigurationValue(exampleWith({ 'plans.0.root': root }), OPTIONS);
  if (!result.ok) throw new Error(sentences(result).join('\n'));
  const [plan] = result.document.plans;
  if (plan === undefined) throw new Error('the example has a plan');
  return plan.root;
}

await t.test('what a group leaves out limits nothing, and a bare text is a target', async (t) => {
  t.strictSame(rootOf({ id: 'all', strategy: 'simultaneous', members: ['acme-live'] }), {
    ...{ kind: 'group', id: 'all', name: 'all', isActive: true, strategy: { kind: 'simultaneous' } },
    ...{ priority: null, weight: null, condition: null, schedule: null, maxCalls: null, caps: [], hedgeAfterMs: null },
    members: [{ kind: 'target', targetId: 'acme-live', priority: null, weight: null, condition: null }],
  });
  t.match(rootOf({ id: 'all', strategy: 'staggered', members: MEMBERS }).strategy, { intervalMs: 5_000 });
  const { strategy } = rootOf({ id: 'all', strategy: 'predictive', prediction: { lastCalls: 20 }, members: MEMBERS });
  t.match(strategy, { kind: 'predictive', lastCalls: 20, counts: 'dials', minimumCalls: 10, desiredCalls: 50 });
});

await t.test('a cap of a group ends its windows by the clocks of the group', async (t) => {
  const schedule = { timeZone: 'America/Denver', hours: { mon: ['09:00-17:00'] } };
  const caps = [{ dimension: 'revenue', window: 'day', limit: 100.5 }];
  const group = rootOf({ id: 'all', strategy: 'auction', schedule, caps, members: MEMBERS });
  t.match(group.caps, [{ limit: 100_500_000, timeZone: 'America/Denver', kind: 'hard' }]);
});

await t.test('an auction ranks by margin when it says so; what is set comes back as it was written', async (t) => {
  const margin = {
    convertPercent: 60,
    payout: 1.5,
    targets: { 'best-roofs': { talkSeconds: 90, costPerMinute: 0.0145 } },
  };
  const { strategy } = rootOf({ id: 'all', strategy: 'auction', margin, members: MEMBERS });
  const rule = {
    ...{ lastCalls: 100, minimumCalls: 10, within: 'campaign' },
    factors: { convertPercent: 60, payoutMicros: 1_500_000 },
    targets: { 'best-roofs': { talkSeconds: 90, costPerMinuteMicros: 14_500 } },
  };
  t.strictSame(strategy, { kind: 'auction', margin: rule });
  t.strictSame(rootOf({ id: 'all', strategy: 'auction', members: MEMBERS }).strategy, { kind: 'auction' });
  const faulty = readChanged({
    'plans.0.root.strategy': 'auction',
    'plans.0.root.members': MEMBERS,
    'plans.0.root.margin': { answerPercent: 101 },
  });
  t.match(sentences(faulty), ['plans[0].root.margin.answerPercent: found 101, expected a percentage from 0 to 100']);
  const unseated = readChanged({
    'plans.0.root.strategy': 'auction',
    'plans.0.root.members': MEMBERS,
    'plans.0.root.margin': { targets: { nobody: {} } },
  });
  t.match(sentences(unseated), ['plans[0].root.margin.targets: found "nobody", expected targets of this group']);
  const wrong = readChanged({ 'plans.0.root.strategy': 'sequential', 'plans.0.root.margin': {} });
  t.match(
    sentences(wrong)[0],
    /^plans\[0\]\.root\.margin: found .*, expected nothing, since the strategy is not "auction"/,
  );
});

await t.test('each fault of a plan is named at its place', async (t) => {
  const inner = { kind: 'group', id: 'texas', strategy: 'auction', members: [], intervalMs: 5_000 };
  const result = readChanged({
    'campaigns.0.planId': 'nowhere',
    'plans.0.root.members': [inner, 'nobody', { kind: 'plan', planId: 'roofs' }],
  });
  t.strictSame(sentences(result).toSorted(), [
    'campaigns[0].planId: found "nowhere", expected the id of a plan: "roofs"',
    'plans[0].root.members[0].intervalMs: found 5000, expected nothing, since the strategy is not "staggered"',
    'plans[0].root.members[0].members: found an empty list, expected at least one target, plan or group',
    'plans[0].root.members[1].targetId: found "nobody", expected the id of a target that exists',
    'plans[0].root.members[2].planId: found "roofs", expected a plan that does not lead back here: roofs to roofs',
  ]);
});

await t.test('a member of no kind, a strategy of no name and a group too deep are named at their places', async (t) => {
  t.match(sentences(readChanged({ 'plans.0.root.members.1': { kind: 'queue' } })), [
    /^plans\[0\]\.root\.members\[1\]\.kind: found "queue", expected the id of a target, or a member with its kind/,
  ]);
  t.match(sentences(readChanged({ 'plans.0.root.strategy': 'random' })), [
    /^plans\[0\]\.root\.strategy: found "random"/,
  ]);
  let member: unknown = 'acme-live';
  for (let depth = 0; depth < 5; depth += 1) {
    member = { kind: 'group', id: `g${depth}`, strategy: 'sequential', members: [member] };
  }
  const deep = sentences(readChanged({ 'plans.0.root.members': [member] }));
  t.match(deep, [/members\[0\]\.members\[0\].*groups stand 5 deep at most/]);
});

await t.test('a plan that is linked follows an edit that would lead it back', async (t) => {
  const link = (id: string, planId: string): object => {
    return { id, root: { id: 'root', strategy: 'sequential', members: ['acme-live', { kind: 'plan', planId }] } };
  };
  const result = readConfigurationValue(
    exampleWith({ plans: [link('a', 'b'), link('b', 'c'), link('c', 'a')] }),
    OPTIONS,
  );
  t.match(sentences(result), [/a to b to c to a/, /b to c to a to b/, /c to a to b to c/]);
});

await t.test('the targets of a plan are priced in one currency, and a campaign needs targets or a plan', async (t) => {
  const [campaign] = exampleWith({}).campaigns as readonly object[];
  const euros = { ...campaign, id: 'europe', currency: 'EUR', planId: 'roofs', targetIds: [] };
  t.match(sentences(readChanged({ 'campaigns.1': euros })), [/^campaigns\[1\]\.planId: .*priced in EUR/]);
  t.match(sentences(readChanged({ 'campaigns.0.targetIds': undefined })), [
    /^campaigns\[0\]\.targetIds: found nothing/,
  ]);
  t.same(sentences(readChanged({ 'campaigns.0.targetIds': undefined, 'campaigns.0.planId': 'roofs' })), []);
});

await t.test('a group that asks for a skill has its tags and its time, and no other group has', async (t) => {
  const plain = rootOf({ id: 'all', strategy: 'best-skilled', members: MEMBERS }).strategy;
  t.strictSame(plain, {
    ...{ kind: 'best-skilled', tags: ['ivr.skill', 'did.skill', 'source.skill'], skill: null },
    ...{ minimumLevel: 1, widenAfterMs: 30_000 },
  });
  const skills = { tags: ['ivr.language'], minimumLevel: 40, widenAfterMs: null };
  const group = { id: 'all', strategy: 'best-skilled', skills, members: MEMBERS };
  const { strategy } = rootOf(group);
  t.match(strategy, { kind: 'best-skilled', ...skills });
  const entry = planEntry({ id: 'p', name: 'p', version: 1, root: rootOf(group) }, () => null) as { root: object };
  t.match(rootOf(entry.root as Record<string, unknown>).strategy, strategy, 'as it is written it is read');
  const wrong = { 'plans.0.root.skills': skills };
  t.match(sentences(readChanged(wrong)), [/plans\[0\]\.root\.skills: found .*, expected nothing, since the strategy/]);
});

await t.test('a fallback walks no plan that the call has walked by then, nor one that links it', async (t) => {
  const link = (id: string, ...planIds: string[]): object => {
    const members = ['acme-live', ...planIds.map((planId) => ({ kind: 'plan', planId }))];
    return { id, root: { id: 'root', strategy: 'sequential', members } };
  };
  const plans = [link('a', 'b'), link('b'), link('c', 'a'), link('d')];
  const step = (planId: string): object => ({ kind: 'plan', planId });
  const chains: readonly (readonly [string, readonly object[], string | null])[] = [
    ['fallback', [step('d')], null],
    ['fallback', [step('a')], 'campaigns[0].fallback[0].planId'],
    ['fallback', [step('b')], 'campaigns[0].fallback[0].planId'],
    ['fallback', [step('c')], 'campaigns[0].fallback[0].planId'],
    ['fallback', [step('d'), step('d')], 'campaigns[0].fallback[1].planId'],
    ['fallback', [step('e')], 'campaigns[0].fallback[0].planId'],
    ['whenClosed', [step('a')], null],
    ['whenClosed', [step('b'), step('a')], 'campaigns[0].whenClosed[1].planId'],
  ];
  for (const [chain, steps, place] of chains) {
    const result = readConfigurationValue(
      exampleWith({ plans, 'campaigns.0.planId': 'a', 'campaigns.0.fallback': [], [`campaigns.0.${chain}`]: steps }),
      OPTIONS,
    );
    const places = result.ok ? [] : result.faults.map(({ path }) => path);
    t.same(places, place === null ? [] : [place], JSON.stringify(steps));
    if (result.ok) t.match(result.document.campaigns[0]?.[chain as 'fallback'], [{ maxHoldMs: 60_000 }]);
  }
});
