// Calls of the scripted engine, then the log that they left replayed through a plan.
import fc from 'fast-check';
import t from 'tap';
import { BacktestBusyError, BacktestCancelledError, BacktestDesk } from '../../src/application/plans/backtest-plan.js';
import { ANY_CALL } from '../../src/application/ports/call-repository.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { Backtest } from '../../src/domain/plans/backtest-tally.js';
import type { Plan, PlanGroup } from '../../src/domain/plans/plan.js';
import { group, planOf } from '../domain/plan-samples.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { seeded } from '../support/walked-plan.js';

const RUNS = Number(process.env.PLAN_RUNS ?? 40);
const BUSY = { kind: 'fail', afterMs: 100, sipStatus: 486, cause: 'USER_BUSY' } as const;
const IDS = ['t0', 't1', 't2', 'live0', 'live1'];

interface Scene {
  /** In units, by target. */
  readonly bids?: Readonly<Record<string, number>>;
  readonly failing?: readonly string[];
  readonly ms?: Readonly<Record<string, number>>;
}

function fixtureOf(root: PlanGroup, changes: Readonly<Record<string, Partial<Target>>> = {}): CallFixture {
  const targets = IDS.map((id, index) =>
    id.startsWith('live') ? biddingTarget(id) : staticTarget(id, 10 + index, changes[id]),
  );
  const options = { targets, campaign: { planId: 'main' }, document: { plans: [planOf(root)] } };
  return new CallFixture(options, null, seeded(7));
}

async function call(fixture: CallFixture, number: number, { bids = {}, failing = [], ms = {} }: Scene): Promise<void> {
  fixture.pings.clear();
  for (const [id, units] of Object.entries(bids)) fixture.pings.set(`bidder-${id}`, bidOf(units, ms[id] ?? 10));
  fixture.telephony.scripts.clear();
  for (const id of failing) fixture.telephony.scripts.set(id, BUSY);
  const { call: invited, done } = fixture.invite({ callerUser: `+1512555${1_000 + number}` });
  const caller = await invited.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(100_000);
  caller.end();
  await fixture.clock.advance(1_000);
  await done;
}

async function backtest({ deps }: CallFixture, plan: Plan | null, last = 1_000): Promise<Backtest> {
  const configuration = deps.configuration.current();
  const campaign = configuration.campaigns.get('campaign');
  const walked = plan ?? configuration.plans.get('main');
  if (campaign === undefined || walked === undefined) throw new Error('the fixture has both');
  return await new BacktestDesk(deps).run({ configuration, campaign, plan: walked, from: null, before: null, last });
}

const anyScene = fc.record({
  // Prices of their own for each, so that no draw decides.
  bids: fc.record(
    {
      live0: fc.integer({ min: 7, max: 15 }).map((n) => 2 * n + 0.5),
      live1: fc.integer({ min: 7, max: 15 }).map((n) => n + 0.25),
    },
    { requiredKeys: [] },
  ),
  failing: fc.subarray(IDS),
  ms: fc.record({ live0: fc.integer({ min: 1, max: 50 }), live1: fc.integer({ min: 51, max: 90 }) }),
});
const anyGroup = fc
  .tuple(fc.constantFrom('auction', 'sequential', 'simultaneous'), fc.subarray(IDS, { minLength: 1 }))
  .map(([strategy, members]) => group('inner', strategy, members));
const anyRoot = fc.array(anyGroup, { minLength: 1, maxLength: 3 }).map((inner) =>
  group(
    'root',
    'sequential',
    inner.map((each, index) => ({ ...each, id: `g${index}` })),
  ),
);

t.test('the published plan on its own log: no call changes buyer, and it earns what it earned', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyRoot, fc.array(anyScene, { minLength: 1, maxLength: 4 }), async (root, scenes) => {
      const fixture = fixtureOf(root);
      for (const [index, scene] of scenes.entries()) await call(fixture, index, scene);
      const found = await backtest(fixture, null);
      t.same(found.changes, []);
      t.equal(found.replayed + found.skipped, scenes.length);
      t.same(found.after, found.before);
      t.equal(found.unknown.neverRung, 0);
    }),
    { numRuns: RUNS },
  );
});

t.test('a draft without the winner moves his calls to the next best recorded bid', async (t) => {
  const fixture = fixtureOf(group('root', 'auction', IDS));
  // The second call rings live1, who is busy in the third: he answers two of three.
  await call(fixture, 1, { bids: { live0: 40, live1: 30 }, ms: { live0: 20, live1: 10 } });
  await call(fixture, 2, { bids: { live1: 30 } });
  await call(fixture, 3, { bids: { live1: 30 }, failing: ['live1'] });
  const found = await backtest(fixture, planOf(group('root', 'auction', ['live1', 't2'])));
  t.equal(found.replayed, 3);
  t.same(
    found.changes.map(({ from, to, isEstimated }) => [from?.targetId, to?.targetId, isEstimated]),
    [['live0', 'live1', true]],
  );
  t.same(found.moves, [{ from: 'buyer-live0', to: 'buyer-live1', calls: 1 }]);
  t.same(found.unknown, { neverRung: 1, neverAsked: 0, notTaken: 0, drawn: 0 });
  t.equal(found.before.revenueMicros, 40_000_000 + 30_000_000 + 12_000_000);
  // He was dialled twice and answered once; when he does not, the 12.00 of t2 follow, who always answers.
  t.equal(found.after.revenueMicros, 15_000_000 + 6_000_000 + 30_000_000 + 12_000_000);
  t.equal(found.after.answerRate, 1);
});

t.test(
  'who was never asked, and a bid that was not waited for, are counted as unknown and taken for none',
  async (t) => {
    const fixture = fixtureOf(group('root', 'sequential', ['t0', group('rest', 'auction', ['live0', 'live1'])]));
    await call(fixture, 1, { bids: { live0: 40, live1: 30 } });
    const draft = planOf(group('root', 'auction', ['t0', 'live0', 'live1']));
    const found = await backtest(fixture, draft);
    t.match(found, { replayed: 1, changed: 0, unknown: { neverAsked: 2, notTaken: 0 } });
    const none = await backtest(fixture, planOf(group('root', 'auction', ['live0', 'live1'])));
    t.match(none, { changed: 1, after: { answered: 0, revenueMicros: 0 }, moves: [{ from: 'buyer-t0', to: null }] });
  },
);

t.test('a target that was full when the call came is full in the replay, also of another plan', async (t) => {
  const cap = { dimension: 'connected', window: 'day', timeZone: 'UTC', kind: 'hard', limit: 1 } as const;
  const fixture = fixtureOf(group('root', 'sequential', ['t0', 't1', 't2']), { t0: { caps: [cap] } });
  await call(fixture, 1, {});
  await call(fixture, 2, {});
  t.equal((await fixture.stored()).call.targetId, 't1');
  t.match(await backtest(fixture, null), { replayed: 2, changed: 0, before: { answered: 2 } });
  const draft = planOf(group('root', 'sequential', ['t0', 't2']));
  t.match(await backtest(fixture, draft), { changed: 1, moves: [{ from: 'buyer-t1', to: 'buyer-t2', calls: 1 }] });
});

t.test('the newest calls, so many as asked for; one back-test at a time', async (t) => {
  const fixture = fixtureOf(group('root', 'sequential', ['t0']));
  for (const number of [1, 2, 3]) await call(fixture, number, {});
  t.equal((await backtest(fixture, null, 2)).replayed, 2);
  const { deps } = fixture;
  const configuration = deps.configuration.current();
  const [campaign, plan] = [configuration.campaigns.get('campaign'), configuration.plans.get('main')];
  if (campaign === undefined || plan === undefined) throw new Error('the fixture has both');
  const desk = new BacktestDesk(deps);
  const question = { configuration, campaign, plan, from: null, before: null, last: 10 };
  const first = desk.run(question);
  await t.rejects(desk.run(question), BacktestBusyError);
  t.equal((await first).replayed, 3);
  t.equal((await desk.run({ ...question, before: 0 })).replayed, 0, 'the first is over, and nothing is as old');
});

t.test('a bid that was not waited for counts exactly where it could have come first', async (t) => {
  const bidders = [
    { ...ANY_BIDDER, id: 'bidder-live0' },
    { ...ANY_BIDDER, id: 'bidder-live1', maximumBidMicros: 30_000_000 },
  ];
  const targets = [staticTarget('low', 12), staticTarget('high', 35), biddingTarget('live0'), biddingTarget('live1')];
  const plan = planOf(group('root', 'auction', ['low', 'live0', 'live1']));
  const fixture = new CallFixture({ targets, campaign: { planId: 'main' }, document: { plans: [plan], bidders } });
  await call(fixture, 1, { bids: { live0: 40, live1: 25 }, ms: { live0: 10, live1: 500 } });
  const { bids } = await fixture.stored();
  t.same(
    bids.map(({ targetId, outcome }) => [targetId, outcome]),
    [
      ['live0', 'bid'],
      ['live1', 'cancelled'],
    ],
    'the auction was decided before he answered',
  );
  const rows = [
    [['low', 'live1'], 1, 'he may bid up to 30.00, over the 12.00'],
    [['high', 'live1'], 0, 'he cannot come before 35.00'],
    [['low', 'live0', 'live1'], 0, 'as it was'],
    [['low'], 0, 'he is not asked'],
  ] as const;
  for (const [members, notTaken, why] of rows) {
    const found = await backtest(fixture, planOf(group('root', 'auction', members)));
    t.same(found.unknown.notTaken, notTaken, why);
  }
  const inOrder = await backtest(fixture, planOf(group('root', 'sequential', ['live1', 'low'])));
  t.match(inOrder, { unknown: { notTaken: 1 } }, 'in his turn he would have been waited for');
});

/** A log of so many pages, each with the same call; `onPage` runs before a page is handed out. */
function deskOver(fixture: CallFixture, pages: number, onPage: (page: number) => void): BacktestDesk {
  let page = 0;
  const logged = async () => {
    page += 1;
    onPage(page);
    const { calls } = await fixture.calls.logged(ANY_CALL, { limit: 1, after: null });
    return { calls, next: page === pages ? null : { startedAt: 0, callId: '' } };
  };
  return new BacktestDesk({ ...fixture.deps, calls: { ...fixture.deps.calls, logged } as never });
}

t.test('one in the background says how far it is, and ends when it is cancelled', async (t) => {
  const fixture = fixtureOf(group('root', 'sequential', ['t0']));
  await call(fixture, 1, {});
  const configuration = fixture.deps.configuration.current();
  const [campaign, plan] = [configuration.campaigns.get('campaign'), configuration.plans.get('main')];
  if (campaign === undefined || plan === undefined) throw new Error('the fixture has both');
  const question = { configuration, campaign, plan, from: null, before: null, last: 50 };
  const seen: number[] = [];
  const whole = deskOver(fixture, 3, () => seen.push(whole.latest('main')?.read ?? -1));
  t.match(whole.begin(question), { state: 'running', read: 0 });
  t.throws(() => whole.begin(question), BacktestBusyError);
  await fixture.clock.advance(1);
  t.match(whole.latest('main'), { state: 'done', read: 3, found: { replayed: 3 }, failure: null });
  t.same(seen, [0, 1, 2]);
  t.equal(whole.cancel('main'), false, 'it is over');
  const cut = deskOver(fixture, 1_000, (page) => page === 3 && cut.cancel('main'));
  await t.rejects(cut.run(question), BacktestCancelledError);
  const failing = deskOver(fixture, 2, () => {
    throw new Error('the disk is gone');
  });
  failing.begin(question);
  await fixture.clock.advance(1);
  t.match(failing.latest('main'), { state: 'failed', failure: 'the disk is gone', found: null });
  t.equal(failing.latest('other'), null);
});
