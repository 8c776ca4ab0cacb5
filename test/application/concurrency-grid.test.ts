/** The limit of the hour is reserved under, so that calls that race for it do not overshoot: on target, buyer and group. */
import t from 'tap';
import { group, planOf } from '../domain/plan-samples.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';

const EVERY_DAY = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => {
  return { weekday, fromMinute: 0, toMinute: 1_440, maxCalls: 2 };
});
const GRID = { timeZone: 'UTC', ranges: EVERY_DAY };

for (const [where, onTarget, onGroup] of [
  ['a target', true, false],
  ['a group', false, true],
] as const) {
  t.test(`five calls at once for ${where} that takes two at this hour: two are sold`, async (t) => {
    const targets = [staticTarget('alpha', 20, onTarget ? { concurrency: GRID } : {})];
    const root = group('all', 'sequential', ['alpha'], onGroup ? { concurrency: GRID } : {});
    const fixture = new CallFixture({
      targets,
      campaign: { planId: 'main', fallback: [{ kind: 'message', promptId: 'apology' }] },
      document: { plans: [planOf(root)] },
    });
    const calls = [1, 2, 3, 4, 5].map((number) => {
      return fixture.invite({ sipCallId: `call-${number}`, callerUser: `+1310555010${number}` });
    });
    for (const { call } of calls) (await call.answeredLeg.promise).greet();
    await fixture.clock.advance(3_000);
    t.equal(fixture.live.list().filter(({ state }) => state === 'bridged').length, 2);
    for (const { call } of calls) (await call.answeredLeg.promise).end();
    await Promise.all(calls.map(({ done }) => done));
    const outcomes = (await fixture.calls.list({ limit: 9, before: null })).map(({ outcome }) => outcome);
    t.same(outcomes.toSorted(), ['message', 'message', 'message', 'sold', 'sold']);
    t.same(fixture.leftovers(), []);
  });
}
