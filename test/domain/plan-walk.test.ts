// Who gets a call by a plan: each strategy, and what limits a group.
import t from 'tap';
import type { PlanGroup, Prediction } from '../../src/domain/plans/plan.js';
import { slotNumbers } from '../../src/domain/routing/name-numbers.js';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { idsOf, NOON, seeded, turnsOnly, type WalkedCall, walked } from '../support/walked-plan.js';
import { group, linkTo, planOf, tagIs, targetNode } from './plan-samples.js';

const TARGETS = [staticTarget('alpha', 30), staticTarget('beta', 20), staticTarget('gamma', 10)];

function orderOf(root: PlanGroup, call: Partial<WalkedCall> = {}): readonly string[] {
  return walked(planOf(root), { targets: TARGETS, ...call }).steps.map((step) => idsOf(step).join('+'));
}

const IDS = ['gamma', 'alpha', 'beta'];

t.test('one after another: as they stand, by priority, or by price', (t) => {
  t.same(orderOf(group('all', 'sequential', IDS)), ['gamma', 'alpha', 'beta']);
  t.same(orderOf(group('all', 'auction', IDS)), ['alpha', 'beta', 'gamma']);
  const members = ['gamma', targetNode('alpha', { priority: 2 }), targetNode('beta', { priority: 0 })];
  t.same(orderOf(group('all', 'priority', members)), ['beta', 'gamma', 'alpha']);
  t.end();
});

t.test('together: all at once, or one after another at an interval', (t) => {
  const { steps } = walked(planOf(group('all', 'simultaneous', IDS)), { targets: TARGETS });
  t.match(steps, [{ mode: 'simultaneous', intervalMs: 0, hedgeAfterMs: null }]);
  t.same(steps.flatMap(idsOf).toSorted(), ['alpha', 'beta', 'gamma']);
  const staggered = group('all', 'sequential', IDS, { strategy: { kind: 'staggered', intervalMs: 700 } });
  t.match(walked(planOf(staggered), { targets: TARGETS }).steps, [{ mode: 'staggered', intervalMs: 700 }]);
  t.end();
});

t.test('a silent target has the next best beside it where the group says so', (t) => {
  const { steps } = walked(planOf(group('all', 'auction', IDS, { hedgeAfterMs: 4_000 })), { targets: TARGETS });
  t.same(steps.map(idsOf), [['alpha', 'beta'], ['gamma']]);
  t.match(steps[0], { mode: 'one', hedgeAfterMs: 4_000 });
  t.end();
});

t.test('live bids compete with static prices in an auction, and are only the price elsewhere', (t) => {
  const targets = [...TARGETS, biddingTarget('live'), biddingTarget('mute')];
  const call = { targets, bids: { live: 25 } };
  t.same(orderOf(group('all', 'auction', [...IDS, 'live', 'mute']), call), ['alpha', 'live', 'beta', 'gamma']);
  t.same(orderOf(group('all', 'sequential', ['mute', 'live', ...IDS]), call), ['live', 'gamma', 'alpha', 'beta']);
  const { steps } = walked(planOf(group('all', 'sequential', ['live'])), call);
  t.equal(steps[0]?.offers[0]?.amountMicros, 25_000_000);
  t.end();
});

t.test('a group that the call may not enter is passed over, with its reason; a target rings once', (t) => {
  const texas = group('texas', 'auction', ['alpha'], { condition: tagIs('caller.state', 'TX') });
  const closed = group('closed', 'auction', ['beta'], { schedule: { timeZone: 'UTC', ranges: [] } });
  const full = group('full', 'auction', ['gamma'], { maxCalls: 2 });
  const root = group('all', 'sequential', [texas, closed, full, group('rest', 'sequential', IDS)]);
  const moment = { usedSlots: (slot: number) => (slot === slotNumbers.of('group:main/full') ? 2 : 0) };
  t.same(orderOf(root, { moment }), ['gamma', 'alpha', 'beta']);
  const inTexas = { ...moment, tags: new Map([['caller.state', 'TX']]) };
  t.same(orderOf(root, { moment: inTexas }), ['alpha', 'gamma', 'beta']);
  const { trace } = walked(planOf(root), { targets: TARGETS, moment });
  const told = trace.plan?.groups.map((each) => [
    each.group,
    each.reach,
    each.checks.find(({ passed }) => !passed)?.check,
  ]);
  t.same(told, [
    ['main/all', 'entered', undefined],
    ['main/texas', 'passed-over', 'condition'],
    ['main/closed', 'passed-over', 'open-now'],
    ['main/full', 'passed-over', 'concurrency'],
    ['main/rest', 'entered', undefined],
  ]);
  t.match(
    trace.candidates.find((each) => each.group === 'main/texas')?.checks.find(({ check }) => check === 'group'),
    { passed: false, values: /group main\/texas was passed over/, needed: /caller.state in TX/ },
  );
  t.end();
});

t.test('a plan that is linked is walked in its place, under its own name', (t) => {
  const other = planOf(
    group('root', 'auction', ['beta', 'gamma'], { condition: tagIs('caller.state', 'TX') }),
    'other',
  );
  const root = group('all', 'sequential', ['alpha', linkTo('other')]);
  t.same(orderOf(root, { others: [other] }), ['alpha']);
  const call = { targets: TARGETS, others: [other], moment: { tags: new Map([['caller.state', 'TX']]) } };
  const { steps, trace } = walked(planOf(root), call);
  t.same(steps.flatMap(idsOf), ['alpha', 'beta', 'gamma']);
  t.same(
    trace.plan?.groups.map((each) => each.group),
    ['main/all', 'other/root'],
  );
  t.end();
});

t.test(
  'longest idle: those who never talked first, then by the end of the last talk; who talks now comes last',
  (t) => {
    const ends: Readonly<Record<string, number>> = { alpha: NOON - 1_000, beta: NOON - 9_000 };
    const memory = turnsOnly({ lastTalkEndedAt: (id) => ends[id] ?? null });
    const root = group('all', 'longest-idle', ['alpha', 'beta', 'gamma']);
    t.same(orderOf(root, { memory }), ['gamma', 'beta', 'alpha']);
    const moment = { usedSlots: (slot: number) => (slot === slotNumbers.of('target:gamma') ? 1 : 0) };
    t.same(orderOf(root, { memory, moment }), ['beta', 'alpha', 'gamma']);
    t.end();
  },
);

t.test('shares: one member alone is drawn among those that are open, in proportion to the weights', (t) => {
  const random = seeded(11);
  const members = [targetNode('alpha', { weight: 7 }), targetNode('beta', { weight: 2 }), targetNode('gamma')];
  const counts = new Map<string, number>();
  for (let call = 0; call < 10_000; call += 1) {
    const order = orderOf(group('all', 'share', members), { random });
    t.equal(order.length, 1);
    counts.set(order[0] ?? '', (counts.get(order[0] ?? '') ?? 0) + 1);
  }
  for (const [id, expected] of [
    ['alpha', 7_000],
    ['beta', 2_000],
    ['gamma', 1_000],
  ] as const) {
    t.ok(Math.abs((counts.get(id) ?? 0) - expected) < 150, `${id}: ${counts.get(id)} of 10,000, ${expected} expected`);
  }
  const shut = group('shut', 'auction', ['beta'], { weight: 1_000, schedule: { timeZone: 'UTC', ranges: [] } });
  t.same(orderOf(group('all', 'share', ['alpha', shut])), ['alpha']);
  t.end();
});

t.test('inside one priority the calls are shared in proportion to the weights', (t) => {
  const random = seeded(5);
  const members = [
    targetNode('alpha', { weight: 3 }),
    targetNode('beta', { weight: 1 }),
    targetNode('gamma', { weight: 0 }),
  ];
  let first = 0;
  for (let call = 0; call < 8_000; call += 1) {
    const order = orderOf(group('all', 'priority', members), { random });
    t.equal(order[2], 'gamma');
    if (order[0] === 'alpha') first += 1;
  }
  t.ok(Math.abs(first - 6_000) < 150, `alpha came first in ${first} of 8,000, 6,000 expected`);
  t.end();
});

t.test('predictive: the highest estimate comes first, and its figures stand in the trace', (t) => {
  const known: Readonly<Record<string, readonly [number, number]>> = {
    alpha: [50, 500],
    beta: [60, 1_200],
    gamma: [2, 400],
  };
  const performanceOf = ({ targetId }: { readonly targetId: string }) => {
    const [calls = 0, units = 0] = known[targetId] ?? [];
    return { calls, revenueMicros: units * 1_000_000 };
  };
  const prediction: Prediction = {
    ...{ lastCalls: 100, counts: 'dials', within: null, per: 'target', minimumCalls: 10, desiredCalls: 50 },
    ...{ newTargetBonusPercent: 10, underAverageBonusPercent: 0 },
  };
  const root = group('all', 'auction', IDS, { strategy: { kind: 'predictive', ...prediction } });
  const { steps, trace } = walked(planOf(root), { targets: TARGETS, memory: turnsOnly({ performanceOf }) });
  t.same(steps.flatMap(idsOf), ['beta', 'gamma', 'alpha'], 'two dear calls do not make gamma the best');
  const figures = trace.candidates.map(({ checks }) => checks.find(({ check }) => check === 'order')?.values);
  t.match(figures, [
    /score 17\.00 USD: .*2 of the last 100 dials.*added as a new target/,
    /score 10\.00 USD: 10\.00 USD a call over 50/,
    /20\.00/,
  ]);
  t.end();
});
