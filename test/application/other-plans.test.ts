/** A step `plan` of a fallback chain: another plan is walked, and nobody is asked or rung a second time. */
import t from 'tap';
import type { FallbackStep } from '../../src/domain/campaigns/campaign.js';
import { courseBehind, courseOf } from '../../src/domain/plans/plan-course.js';
import { group, planOf } from '../domain/plan-samples.js';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { greeted } from '../support/flow-walk.js';

const BUSY = { kind: 'fail', afterMs: 100, sipStatus: 486, cause: 'USER_BUSY' } as const;
const MESSAGE: FallbackStep = { kind: 'message', promptId: 'ending' };

const again = biddingTarget('again', { pricing: { kind: 'bid', bidderId: 'bidder-live', minimumMicros: 0 } });
const targets = [
  biddingTarget('live'),
  staticTarget('house', 20),
  again,
  biddingTarget('fresh'),
  staticTarget('last', 5),
];
const main = planOf(group('root', 'auction', ['live', 'house']));
const other = planOf(group('root', 'auction', ['again', 'house', 'fresh', 'last']), 'other');

function fixtureOf(fallback: readonly FallbackStep[]): CallFixture {
  const plans = [main, other];
  const fixture = new CallFixture({ targets, campaign: { planId: 'main', fallback }, document: { plans } });
  for (const id of ['live', 'house']) fixture.telephony.scripts.set(id, BUSY);
  fixture.pings.set('bidder-live', bidOf(40, 50));
  fixture.pings.set('bidder-fresh', bidOf(30, 50));
  return fixture;
}

const dialled = (fixture: CallFixture): readonly (string | null)[] =>
  fixture.telephony.dialled.map(({ targetId }) => targetId);

const asked = (fixture: CallFixture): readonly string[] => fixture.pingsSent.map(({ bidder }) => bidder.id);

t.test(
  'nobody of the plan takes the call: the other plan sells it, without a bidder or a target of before',
  async (t) => {
    const fixture = fixtureOf([{ kind: 'plan', planId: 'other', maxHoldMs: 30_000 }, MESSAGE]);
    const { caller, done } = await greeted(fixture);
    await fixture.clock.advance(3_000);
    caller.end();
    await done;
    t.same(dialled(fixture), ['live', 'house', 'fresh']);
    t.same(asked(fixture), ['bidder-live', 'bidder-fresh']);
    const { call, trace, timeline } = await fixture.stored();
    t.match(call, { outcome: 'sold', targetId: 'fresh', planId: 'other', priceMicros: 30_000_000 });
    t.ok(timeline.some(({ step, text }) => step === 'fallback' && text === 'fallback: plan'));
    const whyNot = (targetId: string): unknown =>
      trace?.candidates.find((each) => each.targetId === targetId)?.checks.find(({ passed }) => !passed);
    t.match(whyNot('again'), { check: 'asked-before', values: 'bidder bidder-live was asked for this call already' });
    t.match(whyNot('house'), { check: 'rung-before', values: 'it rang for this call already' });
    t.equal(trace?.winnerTargetId, 'fresh');
    t.same(fixture.leftovers(), []);
  },
);

t.test(
  'the other plan comes to nothing either: the next step follows, and the record is that of the first plan',
  async (t) => {
    const fixture = fixtureOf([{ kind: 'plan', planId: 'other', maxHoldMs: 30_000 }, MESSAGE]);
    for (const id of ['fresh', 'last']) fixture.telephony.scripts.set(id, BUSY);
    const { done } = await greeted(fixture);
    await fixture.clock.advance(5_000);
    await done;
    t.same(dialled(fixture), ['live', 'house', 'fresh', 'last']);
    const { call, trace, timeline } = await fixture.stored();
    t.match(call, { outcome: 'message', planId: 'main' });
    t.equal(trace?.plan?.planId, 'main');
    const steps = timeline.filter(({ step }) => step === 'fallback').map(({ text }) => text);
    t.same(steps, ['fallback: plan', 'plan other: none of 2 offers took the call', 'fallback: message']);
    t.same(fixture.leftovers(), []);
  },
);

t.test('the patience of the step ends it, and a caller who leaves meanwhile ends all', async (t) => {
  for (const leaves of [false, true]) {
    const fixture = fixtureOf([{ kind: 'plan', planId: 'other', maxHoldMs: 4_000 }, MESSAGE]);
    for (const id of ['fresh', 'last']) fixture.telephony.scripts.set(id, { kind: 'hang' });
    const { caller, done } = await greeted(fixture);
    await fixture.clock.advance(2_000);
    t.match(dialled(fixture), ['live', 'house', 'fresh']);
    if (leaves) caller.end();
    await fixture.clock.advance(6_000);
    await done;
    t.match((await fixture.stored()).call, { outcome: leaves ? 'abandoned' : 'message' });
    t.same(fixture.leftovers(), []);
  }
});

t.test('callers who find it closed may be sold by a plan of their own', async (t) => {
  const plans = [main, other];
  const campaign = {
    planId: 'main',
    schedule: { timeZone: 'UTC', ranges: [] },
    whenClosed: [{ kind: 'plan', planId: 'other', maxHoldMs: 30_000 } as const],
  };
  const fixture = new CallFixture({ targets: [staticTarget('last', 5)], campaign, document: { plans } });
  const { caller, done } = await greeted(fixture);
  await fixture.clock.advance(3_000);
  caller.end();
  await done;
  t.same(dialled(fixture), ['last']);
  t.match((await fixture.stored()).call, { outcome: 'sold', planId: 'other' });
  t.same(fixture.leftovers(), []);
});

t.test(
  'what of the other plan is the same for every call is made once, and is not taken for the plan of the campaign',
  (t) => {
    const configuration = fixtureOf([]).deps.configuration.current();
    const [campaign] = configuration.campaigns.values();
    const [mainPlan, otherPlan] = [configuration.plans.get('main'), configuration.plans.get('other')];
    if (campaign === undefined || mainPlan === undefined || otherPlan === undefined) throw new Error('no such rows');
    const made = courseBehind(configuration, campaign, otherPlan);
    t.equal(courseBehind(configuration, campaign, otherPlan), made);
    t.not(courseBehind(configuration, campaign, mainPlan), courseOf(configuration, campaign));
    t.not(courseBehind(fixtureOf([]).deps.configuration.current(), campaign, otherPlan), made, 'of another version');
    t.end();
  },
);
