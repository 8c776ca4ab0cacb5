// Plans that are refused at save, each with the place that is named.
import fc from 'fast-check';
import t from 'tap';
import { type Plan, type PlanGroup, type PlanNode, STRATEGY_KINDS } from '../../src/domain/plans/plan.js';
import { faultsOfPlan } from '../../src/domain/plans/plan-faults.js';
import type { Calendar } from '../../src/domain/routing/calendar.js';
import type { OpeningRange } from '../../src/domain/routing/schedule.js';
import { group, linkTo, PREDICTION, planOf, tagIs, targetNode } from './plan-samples.js';

const TARGETS = new Map([
  ['alpha', 1],
  ['beta', 1],
  ['gamma', 3],
  ['spare', 0],
  ['reserve', 0],
]);

const CALENDARS: readonly Calendar[] = [
  { id: 'us', name: 'us', days: [{ date: '12-25', name: '', ranges: [] }] },
  { id: 'sales', name: 'sales', days: [{ date: '11-27', name: '', ranges: [{ fromMinute: 480, toMinute: 720 }] }] },
];

function placesOf(root: PlanGroup, others: readonly Plan[] = []): readonly string[] {
  const around = {
    weightOf: (targetId: string) => TARGETS.get(targetId),
    planOf: (planId: string) => others.find(({ id }) => id === planId),
    calendarOf: (id: string) => CALENDARS.find((each) => each.id === id),
  };
  return faultsOfPlan(planOf(root), around).map(({ place }) => place);
}

function hours(timeZone: string, ...ranges: OpeningRange[]): PlanGroup['schedule'] {
  return { timeZone, ranges };
}

const MONDAY_MORNING: OpeningRange = { weekday: 1, fromMinute: 540, toMinute: 720 };
const MONDAY_EVENING: OpeningRange = { weekday: 1, fromMinute: 1080, toMinute: 1200 };
const SUNDAY_NIGHT: OpeningRange = { weekday: 7, fromMinute: 1320, toMinute: 600 };

t.test('a plan that a call can walk to its end has no fault', (t) => {
  const evening = group('evening', 'round-robin', ['alpha', 'gamma'], { schedule: hours('UTC', MONDAY_EVENING) });
  const root = group('all', 'sequential', [
    group('texas', 'auction', ['alpha', 'beta'], { condition: tagIs('caller.state', 'TX', 'OK') }),
    group('split', 'share', [linkTo('other', { weight: 9 }), group('new', 'simultaneous', ['gamma'], { weight: 1 })]),
    evening,
    'spare',
  ]);
  t.strictSame(placesOf(root, [planOf(group('root', 'auction', ['beta']), 'other')]), []);
  t.end();
});

t.test('an unknown target, an unknown plan and an empty group are refused where they stand', (t) => {
  const inner = group('inner', 'sequential', ['alpha', 'nobody', linkTo('nowhere')]);
  t.strictSame(placesOf(group('all', 'sequential', [inner, group('empty', 'auction', [])])), [
    'root.members[0].members[1].targetId',
    'root.members[0].members[2].planId',
    'root.members[1].members',
  ]);
  t.end();
});

t.test('a plan that leads back to itself is refused with the whole circle', (t) => {
  const second = planOf(group('root', 'sequential', [linkTo('third')]), 'second');
  const third = planOf(group('root', 'sequential', ['alpha', linkTo('main')]), 'third');
  const root = group('all', 'sequential', ['beta', linkTo('second')]);
  const around = {
    weightOf: () => 1,
    calendarOf: () => undefined,
    planOf: (id: string) => [second, third].find((each) => each.id === id),
  };
  const [fault] = faultsOfPlan(planOf(root), around);
  t.equal(fault?.place, 'root.members[1].planId');
  t.match(fault?.expected, /main to second to third to main/);
  t.strictSame(placesOf(group('all', 'sequential', [linkTo('main')])), ['root.members[0].planId']);
  t.end();
});

t.test('what stands twice is refused: a group, a target in one group, a link', (t) => {
  const ringers = group('ringers', 'simultaneous', ['alpha', 'beta', 'alpha']);
  const other = planOf(group('root', 'auction', ['beta']), 'other');
  t.strictSame(placesOf(group('all', 'sequential', [ringers, linkTo('other'), linkTo('other')]), [other]), [
    'root.members[2].planId',
    'root.members[0].members[2].targetId',
  ]);
  const twins = group('all', 'sequential', [group('team', 'auction', ['alpha']), group('team', 'auction', ['alpha'])]);
  t.strictSame(placesOf(twins), ['root.members[1].id']);
  t.end();
});

t.test('weights that sum to nothing are refused, and so is a share that no call comes to', (t) => {
  const zero = { weight: 0 };
  t.strictSame(placesOf(group('all', 'share', [targetNode('alpha', zero), targetNode('beta', zero)])), [
    'root.members',
  ]);
  t.strictSame(placesOf(group('all', 'share', ['alpha', targetNode('beta', zero)])), ['root.members[1].weight']);
  t.strictSame(placesOf(group('all', 'auction', ['spare', 'reserve'])), ['root.members']);
  t.strictSame(placesOf(group('all', 'priority', ['spare', 'alpha'])), []);
  t.end();
});

t.test('a schedule that is never open, or never while those around it are, is refused', (t) => {
  t.strictSame(placesOf(group('all', 'auction', ['alpha'], { schedule: hours('UTC') })), ['root.schedule']);
  const dated = (...calendarIds: string[]): PlanGroup['schedule'] => ({ timeZone: 'UTC', ranges: [], calendarIds });
  t.strictSame(placesOf(group('all', 'auction', ['alpha'], { schedule: dated('us') })), ['root.schedule'], 'holidays');
  t.strictSame(placesOf(group('all', 'auction', ['alpha'], { schedule: dated('us', 'sales') })), [], 'some hours');
  const inner = (schedule: PlanGroup['schedule']): PlanNode => group('inner', 'auction', ['alpha'], { schedule });
  const root = (schedule: PlanGroup['schedule']): PlanGroup =>
    group('all', 'sequential', [inner(schedule)], { schedule: hours('UTC', MONDAY_MORNING) });
  t.strictSame(placesOf(root(hours('UTC', MONDAY_EVENING))), ['root.members[0].schedule']);
  t.strictSame(placesOf(root(hours('UTC', SUNDAY_NIGHT))), [], 'runs past midnight into Monday');
  t.strictSame(placesOf(root(hours('Asia/Tokyo', MONDAY_EVENING))), [], 'other clocks may meet');
  t.end();
});

t.test('a node that no call can reach, since its condition excludes that of a group around it, is refused', (t) => {
  const coast = group('coast', 'auction', ['alpha'], { condition: tagIs('caller.state', 'CA', 'OR') });
  const inner = targetNode('beta', { condition: tagIs('caller.state', 'TX') });
  const root = group('west', 'sequential', [coast, inner], { condition: tagIs('caller.state', 'CA', 'WA') });
  t.strictSame(placesOf(root), ['root.members[1].condition']);
  t.end();
});

t.test('groups that compare targets, or ring them together, hold targets alone and not too many', (t) => {
  t.strictSame(placesOf(group('all', 'longest-idle', [group('team', 'auction', ['alpha'])])), ['root.members[0].kind']);
  const crowd = Array.from({ length: 11 }, (_each, index) => `t${index}`);
  const around = { weightOf: () => 1, planOf: () => undefined, calendarOf: () => undefined };
  const [fault] = faultsOfPlan(planOf(group('all', 'simultaneous', crowd)), around);
  t.equal(fault?.place, 'root.members');
  t.end();
});

t.test('a prediction that asks for more calls than it looks at is refused: it would never know anybody', (t) => {
  const looking = (lastCalls: number): PlanGroup => {
    const strategy = { ...PREDICTION, kind: 'predictive', minimumCalls: 10, lastCalls } as const;
    return group('all', 'sequential', [group('best', 'auction', ['alpha', 'beta'], { strategy })]);
  };
  t.strictSame(placesOf(looking(9)), ['root.members[0].prediction.minimumCalls']);
  t.strictSame(placesOf(looking(10)), []);
  t.end();
});

t.test('plans that link each other over and over are refused before they fill the memory', (t) => {
  const plans = Array.from({ length: 20 }, (_each, index) => {
    const links = index === 0 ? ['alpha'] : [linkTo(`p${index - 1}`)];
    return planOf(
      group('root', 'sequential', [group('a', 'sequential', links), group('b', 'sequential', links)]),
      `p${index}`,
    );
  });
  t.strictSame(placesOf(group('all', 'sequential', [linkTo('p19')]), plans), ['root']);
  t.end();
});

const anyNode = fc.letrec<{ node: PlanNode; group: PlanGroup }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    fc.constantFrom('alpha', 'beta', 'nobody').map((id) => targetNode(id)),
    fc.constantFrom('main', 'other', 'nowhere').map((id) => linkTo(id)),
    tie('group'),
  ),
  group: fc
    .record({
      kind: fc.constant('group' as const),
      id: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      members: fc.array(tie('node'), { maxLength: 4 }),
      strategy: fc.constantFrom(
        ...STRATEGY_KINDS.filter((kind) => kind !== 'staggered' && kind !== 'predictive' && kind !== 'best-skilled'),
      ),
    })
    .map(({ id, members, strategy }) => group(id, strategy, members)),
})).group;

t.test('whatever tree comes, each fault names a place that is in it', (t) => {
  const other = planOf(group('root', 'auction', ['beta']), 'other');
  fc.assert(
    fc.property(anyNode, (root) => {
      for (const place of placesOf(root, [other])) {
        const holder = place.replace(/\.(\w+)$/, (all, field) => (field === 'root' ? all : ''));
        let found: unknown = { root };
        for (const [, name, index] of holder.matchAll(/(\w+)(?:\[(\d+)\])?/g)) {
          found = (found as Record<string, unknown>)[name ?? ''];
          if (index !== undefined) found = (found as unknown[])[Number(index)];
        }
        if (found === undefined || found === null) throw new Error(`${place} is nowhere`);
      }
    }),
    { numRuns: Number(process.env.PLAN_RUNS ?? 300) },
  );
  t.pass('every place was found');
  t.end();
});

t.test('a calendar that does not exist is refused; one that does may open what the week would never', (t) => {
  const dated = (...calendarIds: string[]): PlanGroup['schedule'] => {
    return { timeZone: 'UTC', ranges: [MONDAY_EVENING], calendarIds };
  };
  const inside = (schedule: PlanGroup['schedule']): PlanGroup =>
    group('all', 'sequential', [group('inner', 'sequential', ['alpha'], { schedule })], {
      schedule: hours('UTC', MONDAY_MORNING),
    });
  t.same(placesOf(inside(dated('us', 'nowhere'))), ['root.members[0].schedule.calendars[1]']);
  t.same(placesOf(inside(dated('us'))), []);
  t.same(placesOf(inside(hours('UTC', MONDAY_EVENING))), ['root.members[0].schedule']);
  t.end();
});
