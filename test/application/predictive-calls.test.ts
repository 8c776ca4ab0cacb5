// Calls of a predictive group, on scripted ports: what they bring changes who is rung first, also after the process was started anew.
import t from 'tap';
import type { Prediction } from '../../src/domain/plans/plan.js';
import { group, PREDICTION, planOf } from '../domain/plan-samples.js';
import { type FixtureOptions, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess, startedAgain } from '../support/next-process.js';
import { servedCall } from '../support/served-call.js';

const BUSY = { kind: 'fail', afterMs: 200, sipStatus: 486, cause: 'USER_BUSY' } as const;
/** Where nothing is known alpha comes first. */
const TARGETS = [
  staticTarget('alpha', 30, { billAfterMs: 60_000, maxCalls: 1 }),
  staticTarget('beta', 20, { priority: 2 }),
];

function ranking(changes: Partial<Prediction>): FixtureOptions {
  const strategy = { ...PREDICTION, ...changes, kind: 'predictive' } as const;
  const plan = planOf(group('all', 'auction', ['alpha', 'beta'], { strategy }));
  return { targets: TARGETS, campaign: { planId: 'main' }, document: { plans: [plan] } };
}

/** Of the last call: what the trace says of each one's place. */
async function figuresOf(fixture: CallFixture): Promise<readonly (readonly [string, string | undefined])[]> {
  const { trace } = await fixture.stored();
  return (trace?.candidates ?? []).map(({ targetId, checks }) => [
    targetId,
    checks.find(({ check }) => check === 'order')?.values,
  ]);
}

t.test('dials: whoever is busy sinks below whoever pays, a restart forgets nothing, and the window does', async (t) => {
  const options = ranking({ lastCalls: 2, minimumCalls: 2, desiredCalls: 2 });
  const first = new CallFixture(options);
  first.telephony.scripts.set('alpha', BUSY);
  t.same(await servedCall(first), ['alpha', 'beta'], 'nothing is known');
  t.same(await servedCall(first), ['alpha', 'beta'], 'one call is less than the minimum');
  t.same(await servedCall(first), ['beta']);
  const learnt = await figuresOf(first);
  t.match(learnt, [
    ['alpha', /^score 0\.00 USD: 0\.00 USD a call over 2 of the last 2 dials, estimated at 0\.00 USD .* of 10\.00 USD/],
    [
      'beta',
      /^score 20\.00 USD: 20\.00 USD a call over 2 of the last 2 dials, estimated at 20\.00 USD .* of 10\.00 USD/,
    ],
  ]);
  const forgetful = new CallFixture(options);
  t.same(await servedCall(forgetful), ['alpha'], 'a process without that past would ring alpha');
  const next = await startedAgain(first, options);
  next.telephony.scripts.set('beta', BUSY);
  t.same(await servedCall(next, { afterMs: 70_000 }), ['beta', 'alpha']);
  t.same(await figuresOf(next), learnt, 'to the last figure');
  t.same(await servedCall(next, { afterMs: 70_000 }), ['alpha'], 'beta has 20 and 0, alpha 0 and 30');
  t.match(await figuresOf(next), [
    ['alpha', /^score 15.00 USD: 15.00 USD a call/],
    ['beta', /^score 10.00 USD: 10.00 USD a call/],
  ]);
  for (const fixture of [first, next]) t.same(fixture.leftovers(), []);
});

t.test('connected: whose calls are too short to be billed comes behind whose calls are', async (t) => {
  const fixture = new CallFixture(ranking({ counts: 'connected' }));
  t.same(await servedCall(fixture), ['alpha']);
  const talking = fixture.invite();
  (await talking.call.answeredLeg.promise).greet();
  await fixture.clock.advance(3_000);
  t.same(await servedCall(fixture), ['beta'], 'alpha has its one call');
  (await talking.call.answeredLeg.promise).end();
  await fixture.clock.advance(1_000);
  await talking.done;
  fixture.telephony.scripts.set('beta', BUSY);
  t.same(await servedCall(fixture), ['beta', 'alpha']);
  t.match(await figuresOf(fixture), [
    ['alpha', /^score 0.00 USD: 0.00 USD a call over 2 of the last 100 connected, .* average of 6\.666667 USD/],
    ['beta', /^score 20.00 USD: 20.00 USD a call over 1 of the last 100 connected/],
  ]);
  t.same(await servedCall(fixture), ['beta', 'alpha'], 'that he was busy does not count among connected calls');
  t.same(fixture.leftovers(), []);
});

t.test('a call that is up when its process is killed counts when it ends', async (t) => {
  const options = ranking({});
  const first = new CallFixture(options);
  first.telephony.scripts.set('alpha', BUSY);
  const { call } = first.invite();
  (await call.answeredLeg.promise).greet();
  await first.clock.advance(6_000);
  const { caller, buyer, recordPath } = await killed(first);
  const next = nextProcess(first, 1_000, options);
  next.telephony.survivors.carry(caller, { bridgedTo: buyer.channelId, recordingPaths: [recordPath] });
  next.telephony.survivors.carry(buyer, { bridgedTo: caller.channelId });
  t.match(await adopt(first, next), { counts: { adopted: 1 } });
  next.telephony.survivors.adopted[0]?.caller.end();
  await next.clock.advance(1_000);
  t.same(await servedCall(next), ['beta'], 'alpha was busy, and beta has paid');
  t.same(next.leftovers(), []);
});
