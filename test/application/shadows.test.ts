// Plans that run beside the calls of the scripted engine.
import fc from 'fast-check';
import t from 'tap';
import { ShadowDesk } from '../../src/application/plans/shadow-desk.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import type { Plan, PlanGroup } from '../../src/domain/plans/plan.js';
import { countedCaps } from '../../src/domain/routing/cap.js';
import { group, planOf } from '../domain/plan-samples.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { seeded } from '../support/walked-plan.js';

const RUNS = Number(process.env.PLAN_RUNS ?? 40);
const BUSY = { kind: 'fail', afterMs: 100, sipStatus: 486, cause: 'USER_BUSY' } as const;
const IDS = ['t0', 't1', 't2', 'live0', 'live1'];

interface Market {
  readonly root: PlanGroup;
  readonly changes?: Readonly<Record<string, Partial<Target>>>;
  /** Bidders of these targets may be asked for a shadow alone. */
  readonly allowing?: readonly string[];
  readonly seed?: number;
  readonly campaign?: Partial<Campaign>;
}

function fixtureOf({ root, changes = {}, allowing = [], seed = 7, campaign = {} }: Market): CallFixture {
  const targets = IDS.map((id, index) =>
    id.startsWith('live') ? biddingTarget(id, changes[id]) : staticTarget(id, 10 + index, changes[id]),
  );
  const bidders = ['live0', 'live1'].map((id) => {
    return { ...ANY_BIDDER, id: `bidder-${id}`, allowsShadowPings: allowing.includes(id) };
  });
  const options = { targets, campaign: { planId: 'main', ...campaign }, document: { plans: [planOf(root)], bidders } };
  return new CallFixture(options, null, seeded(seed));
}

const order = (plan: Plan, callsWanted = 1_000) => ({ plan: { ...plan, version: 0 }, campaignId: null, callsWanted });

async function talk(fixture: CallFixture, number: number, ms = 100_000): Promise<void> {
  const { call: invited, done } = fixture.invite({ callerUser: `+1512555${1_000 + number}` });
  const caller = await invited.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(ms);
  caller.end();
  await fixture.clock.advance(1_000);
  await done;
  await fixture.live.whenFollowed();
}

const strategies = [
  'auction',
  'sequential',
  'priority',
  'share',
  'round-robin',
  'simultaneous',
  'longest-idle',
] as const;
const anyInner = fc
  .tuple(fc.constantFrom(...strategies), fc.subarray(IDS, { minLength: 1 }))
  .map(([strategy, members]) => group('inner', strategy, members));
const anyRoot = fc
  .tuple(
    fc.constantFrom('sequential', 'priority', 'round-robin', 'share'),
    fc.array(anyInner, { minLength: 1, maxLength: 3 }),
  )
  .map(([strategy, inner]) =>
    group(
      'root',
      strategy,
      inner.map((each, index) => ({ ...each, id: `g${index}` })),
    ),
  );
const anyScene = fc.record({
  // Equal prices too: then a draw decides.
  live0: fc.integer({ min: 9, max: 14 }),
  live1: fc.integer({ min: 9, max: 14 }),
  failing: fc.subarray(IDS),
  atOnce: fc.integer({ min: 1, max: 3 }),
});

t.test('a plan beside itself changes no call, whatever was drawn, whose turn it was and who failed', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      anyRoot,
      fc.array(anyScene, { minLength: 1, maxLength: 3 }),
      fc.nat(),
      async (root, scenes, seed) => {
        const caps = [{ dimension: 'connected', window: 'day', timeZone: 'UTC', kind: 'hard', limit: 2 }] as const;
        const fixture = fixtureOf({ root, changes: { t0: { maxCalls: 1 }, t1: { caps } }, seed });
        await fixture.shadows.start(order(planOf(root)), 'Ann');
        let calls = 0;
        for (const { live0, live1, failing, atOnce } of scenes) {
          fixture.pings.set('bidder-live0', bidOf(live0, 10));
          fixture.pings.set('bidder-live1', bidOf(live1, 20));
          fixture.telephony.scripts.clear();
          for (const id of failing) fixture.telephony.scripts.set(id, BUSY);
          const numbers = Array.from({ length: atOnce }, () => ++calls);
          await Promise.all(numbers.map((number) => talk(fixture, number)));
        }
        const [stored] = await fixture.shadows.runs('main');
        const found = await fixture.shadows.compare(stored?.run.id ?? '');
        t.equal(stored?.calls, calls);
        t.equal(found.replayed + found.skipped, calls);
        t.same(found.changes, []);
        t.same(found.after, found.before);
        t.same(fixture.alarms, []);
      },
    ),
    { numRuns: RUNS },
  );
});

t.test(
  'a draft without the winner: its choice stands with the call, and nobody was rung or asked for it',
  async (t) => {
    const fixture = fixtureOf({ root: group('root', 'auction', ['t0', 't2', 'live0']) });
    const draft = planOf(group('root', 'auction', ['t0', 't2']));
    await fixture.shadows.start(order(draft), 'Ann');
    fixture.pings.set('bidder-live0', bidOf(40, 10));
    await talk(fixture, 1);
    const { call, timeline } = await fixture.stored();
    t.equal(call.targetId, 'live0');
    t.same(
      fixture.telephony.dialled.map(({ targetId }) => targetId),
      ['live0'],
    );
    t.equal(fixture.pingsSent.length, 1);
    t.same(
      countedCaps('target', 't2', [{ ...DAILY, limit: 1 }]).map((counted) => fixture.caps.used(counted)),
      [0],
    );
    const [choice] = await fixture.shadows.choicesOf(call.callId);
    t.match(choice, { from: { targetId: 'live0' }, to: { targetId: 't2', buyerId: 'buyer-t2' }, asked: 0 });
    t.match(choice?.trace, { winnerTargetId: 't2', plan: { planId: 'main', version: 0 } });
    t.match(
      choice?.trace?.candidates.find(({ targetId }) => targetId === 't0'),
      { outcome: 'outbid', rank: 2 },
    );
    t.equal(
      timeline.find(({ step }) => step === 'shadow')?.text,
      'plan main, which runs beside, chooses t2, who did not ring for this call, not live0',
    );
    const [stored] = await fixture.shadows.runs('main');
    t.match(await fixture.shadows.compare(stored?.run.id ?? ''), {
      ...{ replayed: 1, changed: 1, before: { revenueMicros: 40_000_000 } },
      moves: [{ from: 'buyer-live0', to: 'buyer-t2', calls: 1 }],
      changes: [{ callId: call.callId, isEstimated: true }],
    });
    t.same(fixture.leftovers(), []);
  },
);

t.test('a bidder in two groups that refuses at first and bids when it is asked again is heard so again', async (t) => {
  const later = group('later', 'sequential', ['t0', 'live0']);
  const root = group('root', 'sequential', [group('first', 'auction', ['live0']), later]);
  const fixture = fixtureOf({ root });
  const refusal = { kind: 'no-bid', reason: 'refused', detail: 'not now', latencyMs: 10 } as const;
  fixture.pings.set('bidder-live0', { afterMs: 10, outcome: refusal });
  fixture.listeners.push({
    stepped: (_call, { step }) => {
      if (step === 'auction-closed') fixture.pings.set('bidder-live0', bidOf(40, 10));
    },
  });
  await fixture.shadows.start(order(planOf(root)), 'Ann');
  await talk(fixture, 1);
  const { call, bids } = await fixture.stored();
  t.same(
    bids.map(({ outcome }) => outcome),
    ['refused', 'bid'],
  );
  const [choice] = await fixture.shadows.choicesOf(call.callId);
  t.match(choice, { from: { targetId: 't0' }, to: { targetId: 't0' } });
  t.match(
    choice?.trace?.candidates.find(({ group: key }) => key === 'main/first'),
    { outcome: 'no-bid' },
  );
});

t.test(
  'a bidder that bid in one group, and could not be asked in the next as patience was over, is not chosen there',
  async (t) => {
    const first = group('first', 'share', ['t0', 'live0']);
    const root = group('root', 'sequential', [first, group('later', 'auction', ['live0'])]);
    const campaign = { fallback: [{ kind: 'message', promptId: 'apology' }] } as const;
    // The share goes to t0, who rings until nobody else can be asked.
    const fixture = fixtureOf({ root, changes: { t0: { ringTimeoutMs: 59_000 } }, seed: 2, campaign });
    fixture.pings.set('bidder-live0', bidOf(40, 10));
    fixture.telephony.scripts.set('t0', { kind: 'hang' });
    await fixture.shadows.start(order(planOf(root)), 'Ann');
    const { call: invited, done } = fixture.invite();
    (await invited.answeredLeg.promise).greet();
    await fixture.clock.advance(100_000);
    await done;
    await fixture.live.whenFollowed();
    const { call, trace } = await fixture.stored();
    t.same(
      fixture.telephony.dialled.map(({ targetId }) => targetId),
      ['t0'],
    );
    const unasked = trace?.candidates.find(({ group: key }) => key === 'main/later');
    t.match(unasked?.checks.at(-1), { check: 'hold-time', passed: false });
    t.equal(call.outcome, 'message');
    const [choice] = await fixture.shadows.choicesOf(call.callId);
    t.match(choice, { from: null, to: null, replay: { takers: [] } });
  },
);

const DAILY = { dimension: 'attempts', window: 'day', timeZone: 'UTC', kind: 'hard' } as const;

t.test('a bidder is asked for a shadow alone if it allows it and if the call itself never asks it', async (t) => {
  const root = group('root', 'sequential', ['t0', group('later', 'auction', ['live1'])]);
  const draft = planOf(group('root', 'auction', ['t0', 'live0', 'live1']));
  for (const allowing of [[], ['live0', 'live1']]) {
    const fixture = fixtureOf({ root, allowing });
    await fixture.shadows.start(order(draft), 'Ann');
    for (const id of ['live0', 'live1']) fixture.pings.set(`bidder-${id}`, bidOf(40, 10));
    await talk(fixture, 1);
    const { call, bids } = await fixture.stored();
    t.equal(call.targetId, 't0', 'the call goes where it went');
    t.same(
      fixture.pingsSent.map(({ bidder }) => bidder.id),
      allowing.length === 0 ? [] : ['bidder-live0'],
    );
    t.same(bids, [], 'what a shadow hears is no bid of the call');
    const [choice] = await fixture.shadows.choicesOf(call.callId);
    t.equal(choice?.to?.targetId, allowing.length === 0 ? 't0' : 'live0');
    t.equal(choice?.replay?.neverAsked, allowing.length === 0 ? 2 : 1);
    t.same(fixture.leftovers(), []);
  }
});

t.test('a fault in the shadow is an alarm; the call is sold, billed and closed as without it', async (t) => {
  const root = group('root', 'sequential', ['t0']);
  const fixture = fixtureOf({ root });
  const broken = { ...planOf(root), root: { ...root, members: null as never } };
  await fixture.shadows.start(order(broken), 'Ann');
  await talk(fixture, 1);
  t.match((await fixture.stored()).call, { outcome: 'sold', targetId: 't0', priceMicros: 10_000_000 });
  t.equal(fixture.alarms.length, 1);
  t.match(fixture.alarms[0], /^shadow: beside call id-/);
  t.same(fixture.leftovers(), []);
});

t.test('a run stops by itself after its calls; one of a plan at a time; it outlives its process', async (t) => {
  const root = group('root', 'sequential', ['t0']);
  const fixture = fixtureOf({ root });
  const saved = new Map<string, number>();
  t.ok(await fixture.shadows.start(order(planOf(root), 2), 'Ann'));
  t.equal(await fixture.shadows.start(order(planOf(root)), 'Bob'), null);
  for (const number of [1, 2, 3]) await talk(fixture, number);
  const [stored] = await fixture.shadows.runs('main');
  t.match(stored, { calls: 2, run: { stoppedBy: 'itself, after the calls that were wanted' } });
  t.equal(await fixture.shadows.stop('main', 'Bob'), null);
  const run = { ...(await fixture.shadows.start(order(planOf(root)), 'Ann'))?.run, id: 'left' };
  const next = await ShadowDesk.open({
    shadows: {
      runs: async () => [{ run: run as never, calls: 5 }],
      saveRun: async ({ stoppedAt }) => void saved.set('stopped', stoppedAt ?? 0),
      saveChoice: async () => undefined,
      compared: async () => ({ choices: [], next: null }),
      choicesOf: async () => [],
    },
    clock: fixture.clock,
    ids: fixture.deps.ids,
  });
  t.match(await next.stop('main', 'Bob'), { calls: 5, run: { id: 'left', stoppedBy: 'Bob' } });
  t.ok(saved.has('stopped'));
});
