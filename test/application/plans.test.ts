// Calls that walk a plan, on scripted ports and a virtual clock: who is asked and rung when, what is counted, what the record says.
import t from 'tap';
import type { PlanGroup } from '../../src/domain/plans/plan.js';
import type { Cap } from '../../src/domain/routing/cap.js';
import { countedCaps } from '../../src/domain/routing/cap.js';
import { group, planOf, tagIs, targetNode } from '../domain/plan-samples.js';
import { biddingTarget, type FixtureOptions, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { servedCall } from '../support/served-call.js';

const BUSY = { kind: 'fail', afterMs: 200, sipStatus: 486, cause: 'USER_BUSY' } as const;
const TARGETS = [staticTarget('alpha', 30), staticTarget('beta', 20), staticTarget('gamma', 10), biddingTarget('live')];

function planned(root: PlanGroup, options: FixtureOptions = {}): CallFixture {
  return new CallFixture({
    targets: TARGETS,
    ...options,
    campaign: { planId: 'main', ...options.campaign },
    document: { plans: [{ ...planOf(root), version: 4 }] },
  });
}

t.test('a call walks its plan, and is stamped with its version; the timeline names the groups', async (t) => {
  const texas = group('texas', 'auction', ['alpha'], { condition: tagIs('caller.state', 'TX') });
  const fixture = planned(group('all', 'sequential', [texas, 'gamma', group('rest', 'auction', ['beta', 'gamma'])]));
  fixture.telephony.scripts.set('gamma', BUSY);
  t.same(await servedCall(fixture), ['gamma', 'beta']);
  const { call, trace, timeline } = await fixture.stored();
  t.match(call, { planId: 'main', planVersion: 4, targetId: 'beta', outcome: 'sold' });
  t.match(trace, { winnerTargetId: 'beta', plan: { planId: 'main', version: 4 } });
  t.same(
    trace?.candidates.map(({ group: key, targetId, outcome }) => [key, targetId, outcome]),
    [
      ['main/all', 'gamma', 'failed'],
      ['main/texas', 'alpha', 'ineligible'],
      ['main/rest', 'beta', 'won'],
      ['main/rest', 'gamma', 'ineligible'],
    ],
  );
  t.same(
    timeline.filter(({ step }) => step === 'plan').map(({ text }) => text),
    [
      'the call comes to group all (sequential)',
      'group texas is passed over: caller.state is missing',
      'the call comes to group rest (auction)',
    ],
  );
  t.same(fixture.leftovers(), []);
});

t.test(
  'bidders are asked when the call comes to their group, and nobody is asked for a call that is sold before',
  async (t) => {
    const root = group('all', 'sequential', ['beta', group('market', 'auction', ['live', 'gamma'])]);
    const sold = planned(root);
    await servedCall(sold);
    t.equal((await sold.stored()).bids.length, 0);
    const asked = planned(root);
    asked.telephony.scripts.set('beta', BUSY);
    asked.pings.set('bidder-live', bidOf(50, 700));
    t.same(await servedCall(asked), ['beta', 'live']);
    const { bids, call, timeline } = await asked.stored();
    t.match(bids, [{ targetId: 'live', outcome: 'bid' }]);
    t.match(call, { targetId: 'live', priceMicros: 50_000_000 });
    const [failed, closed] = ['buyer-failed', 'auction-closed'].map((step) =>
      timeline.find((each) => each.step === step),
    );
    t.equal((closed?.atMs ?? 0) - (failed?.atMs ?? 0), 700, 'the ping went out when beta had failed');
  },
);

t.test(
  'a bidder in a group that is no auction is rung in its place at his bid; one who does not bid is left out',
  async (t) => {
    const fixture = planned(group('all', 'sequential', ['live', 'gamma']));
    fixture.pings.set('bidder-live', bidOf(7, 100));
    t.same(await servedCall(fixture), ['live']);
    t.match((await fixture.stored()).call, { targetId: 'live', priceMicros: 7_000_000 });
    const mute = planned(group('all', 'sequential', ['live', 'gamma']));
    t.same(await servedCall(mute), ['gamma']);
    const outcomes = (await mute.stored()).trace?.candidates.map(({ outcome }) => outcome);
    t.same(outcomes, ['no-bid', 'won']);
  },
);

t.test('targets of a simultaneous group ring together, and one gets the call', async (t) => {
  const fixture = planned(group('all', 'simultaneous', ['alpha', 'beta', 'gamma']));
  fixture.telephony.scripts.set('alpha', { kind: 'hang' });
  fixture.telephony.scripts.set('gamma', { kind: 'answer', afterMs: 3_000 });
  t.same((await servedCall(fixture)).toSorted(), ['alpha', 'beta', 'gamma']);
  t.match((await fixture.stored()).call, { targetId: 'beta' });
  t.same(fixture.leftovers(), []);
});

t.test('limits of a group hold for all that is inside it, and are given back', async (t) => {
  const cap: Cap = { dimension: 'connected', window: 'total', limit: 1, timeZone: 'UTC', kind: 'hard' };
  const team = group('team', 'sequential', [group('inner', 'auction', ['alpha'])], { maxCalls: 1, caps: [cap] });
  const fixture = planned(group('all', 'sequential', [team, 'gamma']));
  const first = fixture.invite();
  (await first.call.answeredLeg.promise).greet();
  await fixture.clock.advance(5_000);
  t.equal(fixture.slots.used('group:main/team'), 1);
  t.same(await servedCall(fixture), ['gamma'], 'the group has its one call');
  (await first.call.answeredLeg.promise).end();
  await fixture.clock.advance(1_000);
  await first.done;
  t.equal(fixture.slots.used('group:main/team'), 0);
  const [counted] = countedCaps('group', 'main/team', [cap]);
  t.equal(counted === undefined ? null : fixture.caps.used(counted), 1);
  t.same(await servedCall(fixture), ['gamma'], 'the group has had its one connected call');
  t.same(fixture.leftovers(), []);
});

t.test(
  'round robin: calls at once go to different targets, whoever is full keeps his turn, and a restart forgets nothing',
  async (t) => {
    const root = group('all', 'round-robin', ['alpha', 'beta', 'gamma']);
    const targets = [staticTarget('alpha', 30, { maxCalls: 0 }), staticTarget('beta', 20), staticTarget('gamma', 10)];
    const fixture = planned(root, { targets });
    const calls = [fixture.invite(), fixture.invite()];
    for (const { call } of calls) (await call.answeredLeg.promise).greet();
    await fixture.clock.advance(3_000);
    t.same(
      fixture.telephony.dialled.map(({ targetId }) => targetId),
      ['beta', 'gamma'],
    );
    for (const { call, done } of calls) {
      (await call.answeredLeg.promise).end();
      await fixture.clock.advance(1_000);
      await done;
    }
    t.same(await servedCall(fixture), ['beta']);
    t.same(
      (await fixture.plans.turns()).map(({ memberKey, turn }) => [memberKey, turn]),
      [
        ['target:beta', 3],
        ['target:gamma', 2],
      ],
    );
  },
);

t.test('longest idle: the ends of the calls decide, as they are stored for the next process', async (t) => {
  const fixture = planned(group('all', 'longest-idle', ['alpha', 'beta', 'gamma']));
  const order: (string | null)[] = [];
  for (let count = 0; count < 4; count += 1) order.push(...(await servedCall(fixture)));
  t.same(order, ['alpha', 'beta', 'gamma', 'alpha']);
  const dials = await fixture.calls.targetDials(1);
  t.same(
    dials.map(({ targetId, isConnected, revenueMicros }) => [targetId, isConnected, revenueMicros]),
    [
      ['beta', true, 20_000_000],
      ['gamma', true, 10_000_000],
      ['alpha', true, 30_000_000],
    ],
  );
});

t.test('nobody of the plan takes the call: the fallback of the campaign follows', async (t) => {
  const fixture = planned(group('all', 'priority', [targetNode('alpha', { priority: 2 }), 'beta']));
  for (const id of ['alpha', 'beta']) fixture.telephony.scripts.set(id, BUSY);
  t.same(await servedCall(fixture), ['beta', 'alpha']);
  t.match((await fixture.stored()).call, { outcome: 'failed', planVersion: 4 });
  t.same(fixture.leftovers(), []);
});

t.test(
  'ranked by margin, whoever did not answer comes behind a lower price; talk and billing are learnt',
  async (t) => {
    const margin = { lastCalls: 10, minimumCalls: 1, within: null, factors: {}, targets: {} };
    const strategy = { kind: 'auction', margin } as const;
    const fixture = planned(group('all', 'auction', ['alpha', 'beta'], { strategy }));
    fixture.telephony.scripts.set('alpha', BUSY);
    t.same(await servedCall(fixture), ['alpha', 'beta'], 'nothing is known: the price decides');
    const { call, trace } = await fixture.stored();
    t.match(
      trace?.candidates[0]?.checks.find(({ check }) => check === 'margin')?.values,
      /answers 100.0 % \(nothing is known\)/,
    );
    t.same(await servedCall(fixture), ['beta']);
    const second = (await fixture.stored()).trace?.candidates[0];
    t.match(second?.checks.find(({ check }) => check === 'margin')?.values, /answers 0.0 % \(0 of 1 dials\)/);
    const beta = { targetId: 'beta', buyerId: 'buyer-beta', campaignId: 'campaign', sourceId: 'source' };
    const learnt = fixture.planRecords.experienceOf(beta, { lastCalls: 1, within: null });
    t.match(learnt, { dials: 1, connected: 1, converted: 1 });
    t.ok(call.talkMs !== null && learnt.talkMs > 0);
    t.same(fixture.leftovers(), []);
  },
);
