// A simulated call against the call itself: on scripted ports, with the same plan, load and chance.
import fc from 'fast-check';
import t from 'tap';
import { simulatePlan } from '../../src/application/plans/simulate-plan.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { PlanGroup, PlanNode, Prediction, Strategy } from '../../src/domain/plans/plan.js';
import { type Cap, countedCaps } from '../../src/domain/routing/cap.js';
import type { CandidateTrace, DecisionTrace } from '../../src/domain/routing/decision-trace.js';
import { group, planOf, tagIs, targetNode } from '../domain/plan-samples.js';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { seeded } from '../support/walked-plan.js';

const RUNS = Number(process.env.PLAN_RUNS ?? 60);
const BUSY = { kind: 'fail', afterMs: 100, sipStatus: 486, cause: 'USER_BUSY' } as const;
const AUSTIN = '+15125550123';
const IDS = ['t0', 't1', 't2', 'live0', 'live1'];

function cap(limit: number): Cap {
  return { dimension: 'connected', window: 'day', limit, timeZone: 'UTC', kind: 'hard' };
}

interface Ground {
  readonly root: PlanGroup;
  /** By target. */
  readonly changes?: Readonly<Record<string, Partial<Target>>>;
  /** Targets that another call has already. */
  readonly taken?: readonly string[];
  readonly bids: Readonly<Record<string, number>>;
  readonly failing: readonly string[];
  readonly seed: number;
}

function fixtureOf({ root, changes = {}, taken = [], bids, failing, seed }: Ground): CallFixture {
  const targets = IDS.map((id, index) =>
    id.startsWith('live') ? biddingTarget(id, changes[id]) : staticTarget(id, 10 + index, changes[id]),
  );
  const options = { targets, campaign: { planId: 'main' }, document: { plans: [planOf(root)] } };
  const fixture = new CallFixture(options, null, seeded(seed));
  for (const [id, units] of Object.entries(bids)) fixture.pings.set(`bidder-${id}`, bidOf(units, 10));
  for (const id of failing) fixture.telephony.scripts.set(id, BUSY);
  for (const id of taken) {
    void fixture.slots.reserve([{ key: `target:${id}`, limit: null }], 'another call');
    const counted = countedCaps('target', id, changes[id]?.caps ?? []);
    fixture.caps.reserve(counted.map((each) => ({ counted: each, amount: 1 })));
  }
  return fixture;
}

async function simulated(ground: Ground) {
  const { deps } = fixtureOf(ground);
  const configuration = deps.configuration.current();
  const campaign = configuration.campaigns.get('campaign');
  const source = configuration.sources.get('source');
  if (campaign === undefined || source === undefined) throw new Error('the fixture has both');
  const bids = Object.fromEntries(Object.entries(ground.bids).map(([id, units]) => [id, units * 1_000_000]));
  const call = { callerNumber: AUSTIN, calledNumber: '+12025550100', trunkId: null, at: deps.clock.wallMs(), tags: {} };
  const failing = new Set(ground.failing);
  return await simulatePlan(deps, { configuration, campaign, source, plan: null, ...call, bids, failing });
}

async function called(ground: Ground) {
  const fixture = fixtureOf(ground);
  const { call, done } = fixture.invite({ callerUser: AUSTIN });
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(50_000);
  caller.end();
  await fixture.clock.advance(1_000);
  await done;
  const { call: record, trace } = await fixture.stored();
  return { record, trace, rung: fixture.telephony.dialled.map(({ targetId }) => targetId) };
}

/** What both say of a candidate; how a dial went, and when, only the call knows: so too whether who rang beside the winner had failed by then. */
function verdictOf(
  { group: key, targetId, outcome: said, rank, amountMicros, checks }: CandidateTrace,
  beside: string[],
) {
  const isBeside = beside.includes(targetId) && (said === 'failed' || said === 'not-reached');
  const outcome = isBeside ? 'rung beside' : said;
  const decided = checks
    .filter(({ check }) => !['dial', 'slot', 'ping', 'bid-expiry', 'patience', 'hold-time'].includes(check))
    .filter(({ check }) => !isBeside || check !== 'turn');
  return {
    key,
    targetId,
    outcome,
    rank,
    amountMicros,
    checks: decided.map(({ check, passed }) => `${check} ${passed}`),
  };
}

const verdictsOf = (trace: DecisionTrace | null, beside: string[]) =>
  trace?.candidates.map((each) => verdictOf(each, beside));

const PREDICTION: Prediction = {
  ...{ lastCalls: 100, counts: 'dials', within: null, per: 'target', minimumCalls: 1, desiredCalls: 5 },
  ...{ newTargetBonusPercent: 10, underAverageBonusPercent: 0 },
};
const MARGIN = { lastCalls: 100, minimumCalls: 1, within: null, factors: { answerPercent: 50 }, targets: {} } as const;
const SKILL = { tags: [], skill: 'roof', minimumLevel: 50, widenAfterMs: null } as const;
const INNER: readonly Strategy[] = [
  ...(['auction', 'priority', 'sequential', 'round-robin', 'share', 'longest-idle'] as const).map((kind) => ({ kind })),
  { kind: 'auction', margin: { ...MARGIN, targets: { t0: { answerPercent: 95 }, live0: { payoutMicros: 0 } } } },
  { kind: 'predictive', ...PREDICTION },
  { kind: 'best-skilled', ...SKILL },
  { kind: 'simultaneous' },
  { kind: 'staggered', intervalMs: 200 },
];
const NEVER = { timeZone: 'UTC', ranges: [] };
const anyChanges = fc.record({
  isActive: fc.constantFrom(true, true, false),
  schedule: fc.constantFrom(null, null, NEVER),
  maxCalls: fc.constantFrom(null, 1, 2),
  caps: fc.constantFrom([], [cap(1)], [cap(2)], [cap(0)]),
  skills: fc.constantFrom([], [{ skill: 'roof', level: 40 }], [{ skill: 'roof', level: 90 }]),
  priority: fc.integer({ min: 1, max: 2 }),
});
const anyField = fc.record(Object.fromEntries(IDS.map((id) => [id, anyChanges])));

const anyCondition = fc.constantFrom(null, tagIs('caller.state', 'TX'), tagIs('caller.state', 'CA'));
const anyMember = fc
  .tuple(fc.constantFrom(...IDS), fc.integer({ min: 1, max: 3 }), anyCondition)
  .map(([id, weight, condition]): PlanNode => targetNode(id, { weight, condition }));
const anyInner = fc
  .tuple(
    fc.constantFrom(...INNER),
    fc.uniqueArray(anyMember, { minLength: 1, maxLength: 4, selector: (node) => JSON.stringify(node).slice(0, 35) }),
    anyCondition,
  )
  .map(([strategy, members, condition]) => group('inner', 'sequential', members, { condition, strategy }));
const anyRoot = fc
  .tuple(
    fc.constantFrom('sequential', 'priority', 'share', 'round-robin'),
    fc.array(anyInner, { minLength: 1, maxLength: 3 }),
  )
  .map(([strategy, inner]) =>
    group(
      'root',
      strategy,
      inner.map((each, index) => ({ ...each, id: `g${index}` })),
    ),
  );

/** Two of one price behind the two best: their order is drawn, of the same chance in the same way. */
const TIED_BEHIND_THE_BEST: [PlanGroup, Record<string, number>, string[], number, object, string[]] = [
  group('root', 'sequential', [group('g0', 'auction', ['live1', 'live0', 't1', 't2'])]),
  { live0: 11, live1: 13 },
  [],
  133_742_199,
  {},
  [],
];

t.test(
  'what the simulation says is what the call then does: who rings in which order, who takes it, and why',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        anyRoot,
        fc.dictionary(fc.constantFrom('live0', 'live1'), fc.integer({ min: 1, max: 30 })),
        fc.subarray(IDS),
        fc.nat(),
        anyField,
        fc.subarray(IDS),
        async (root, bids, failing, seed, changes, taken) => {
          const ground = { root, bids, failing, seed, changes, taken };
          const simulation = await simulated(ground);
          const call = await called(ground);
          t.same(
            simulation.steps.flatMap(({ offers }) => offers.map(({ targetId }) => targetId)),
            call.rung,
          );
          t.equal(simulation.targetId, call.record.targetId);
          t.same([simulation.planId, simulation.planVersion], [call.record.planId, call.record.planVersion]);
          const last = simulation.steps.at(-1)?.offers ?? [];
          const beside = last.map(({ targetId }) => targetId).filter((id) => id !== simulation.targetId);
          t.same(verdictsOf(simulation.trace, beside), verdictsOf(call.trace, beside));
          const mute = call.trace?.candidates.filter(
            ({ outcome, checks }) => outcome !== 'won' && checks.every(({ needed }) => needed === null),
          );
          t.same(mute, [], 'each who does not have the call hears what would have had to differ');
          t.same(
            simulation.trace.plan?.groups.map(({ group: key, reach }) => [key, reach]),
            call.trace?.plan?.groups.map(({ group: key, reach }) => [key, reach]),
          );
        },
      ),
      { numRuns: RUNS, examples: [TIED_BEHIND_THE_BEST] },
    );
  },
);

t.test('a simulation uses no turn, holds nothing and leaves no call', async (t) => {
  const fixture = fixtureOf({ root: group('root', 'round-robin', ['t0', 't1']), bids: {}, failing: [], seed: 1 });
  const configuration = fixture.deps.configuration.current();
  const [campaign, source] = [configuration.campaigns.get('campaign'), configuration.sources.get('source')];
  if (campaign === undefined || source === undefined) throw new Error('the fixture has both');
  const call = { callerNumber: AUSTIN, calledNumber: '', trunkId: null, at: 0, tags: { 'ivr.zip': '78701' }, bids: {} };
  const draft = {
    ...planOf(group('root', 'round-robin', ['t1', 't0'], { condition: tagIs('ivr.zip', '78701') })),
    version: 0,
  };
  for (let count = 0; count < 2; count += 1) {
    const common = { configuration, campaign, source, ...call, failing: new Set<string>() };
    t.match(await simulatePlan(fixture.deps, { ...common, plan: null }), { targetId: 't0', planVersion: 1 });
    t.match(await simulatePlan(fixture.deps, { ...common, plan: draft }), { targetId: 't1', planVersion: 0 });
  }
  t.same(await fixture.plans.turns(), []);
  t.same(await fixture.calls.list({ limit: 1, before: null }), []);
  t.same(fixture.leftovers(), []);
});
