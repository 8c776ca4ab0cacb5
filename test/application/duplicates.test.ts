// Callers who call again, in whole calls on scripted ports: who gets them, what the record says, and who is paid.
import t from 'tap';
import { DAY_MS } from '../../src/domain/callers/caller-history.js';
import type { DuplicateRule } from '../../src/domain/callers/duplicate-rule.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture, type EarlierProcess } from '../support/call-fixture.js';
import type { ScriptedCall } from '../support/scripted-telephony.js';
import { servedCall } from '../support/served-call.js';

const CALLER = '+15125550123';
const ONCE: DuplicateRule = { restrict: 'target', after: 'connected', days: 30 };
const TARGETS = [staticTarget('dear', 40, { billAfterMs: 3_000 }), staticTarget('cheap', 20)];

type Facts = ConstructorParameters<typeof ScriptedCall>[1];

async function talk(fixture: CallFixture, facts: Facts = { callerUser: CALLER }, afterMs = 5_000): Promise<void> {
  await servedCall(fixture, { ...facts, afterMs });
}

const dialledBy = ({ telephony }: CallFixture): readonly (string | null)[] =>
  telephony.dialled.map(({ targetId }) => targetId);

t.test('a caller who comes again is not sold to the target that has had him, and the trace says when', async (t) => {
  const fixture = new CallFixture({ targets: TARGETS, campaign: { duplicates: ONCE } });
  await talk(fixture);
  await fixture.clock.advance(3 * DAY_MS);
  await talk(fixture);
  t.same(dialledBy(fixture), ['dear', 'cheap']);
  const { trace, call, timeline } = await fixture.stored();
  t.match(
    trace?.candidates.find(({ targetId }) => targetId === 'dear')?.checks.find((each) => each.check === 'duplicate'),
    {
      passed: false,
      values: 'the caller connected with target dear 3 days ago',
      needed: 'a caller who has not connected with target dear in the last 30 days',
    },
  );
  t.match(call, { isRepeat: true, isDuplicate: true });
  t.match(timeline.find(({ step }) => step === 'caller-known')?.text, /repeat call: .*3 days ago; a duplicate/);
  await fixture.clock.advance(31 * DAY_MS);
  await talk(fixture);
  t.equal(dialledBy(fixture).at(-1), 'dear', 'after the period he may come again');
  t.same(fixture.leftovers(), []);
});

t.test(
  'a repeat call is the same caller on the same number; a duplicate is one who has converted before',
  async (t) => {
    const fixture = new CallFixture({ targets: TARGETS });
    await talk(fixture, { callerUser: CALLER }, 2_000);
    t.match((await fixture.stored()).call, { isRepeat: false, isDuplicate: false });
    await fixture.clock.advance(60_000);
    await talk(fixture);
    t.match((await fixture.stored()).call, { isRepeat: true, isDuplicate: false }, 'nobody was billed for the first');
    await fixture.clock.advance(60_000);
    await talk(fixture);
    t.match((await fixture.stored()).call, { isRepeat: true, isDuplicate: true });
    await talk(fixture, { callerUser: '+15125550199' });
    t.match((await fixture.stored()).call, { isRepeat: false, isDuplicate: false }, 'another caller is new');
  },
);

t.test('the source is paid once for a caller in the period, the buyer owes each time', async (t) => {
  const fixture = new CallFixture({ targets: TARGETS, campaign: { payoutOnceDays: 30 } });
  await talk(fixture);
  t.match((await fixture.stored()).call, { outcome: 'sold', payoutMicros: 28_000_000 });
  await fixture.clock.advance(DAY_MS);
  await talk(fixture);
  const second = await fixture.stored();
  t.match(second.call, { outcome: 'sold', priceMicros: 40_000_000, payoutMicros: 0 });
  t.same(
    second.ledger.map(({ kind }) => kind),
    ['buyer-charge'],
  );
  t.match(second.timeline.find(({ step }) => step === 'caller-known')?.text, /paid once in 30 days/);
  await fixture.clock.advance(31 * DAY_MS);
  await talk(fixture);
  t.match((await fixture.stored()).call, { payoutMicros: 28_000_000 });
});

t.test('a caller who withholds his number has no history and makes none', async (t) => {
  const fixture = new CallFixture({ targets: TARGETS, campaign: { duplicates: ONCE } });
  const facts = { callerUser: CALLER, isPrivate: true };
  await talk(fixture, facts);
  await talk(fixture, facts);
  t.same(dialledBy(fixture), ['dear', 'dear']);
  t.match((await fixture.stored()).call, { isRepeat: false, isDuplicate: false });
  await talk(fixture);
  t.equal(dialledBy(fixture).at(-1), 'dear', 'nor is it known when he shows it');
});

t.test('a store that cannot say holds nothing against the caller; the trace and an alarm say it', async (t) => {
  const fixture = new CallFixture({ targets: TARGETS, campaign: { duplicates: ONCE } });
  await talk(fixture);
  const { open } = fixture.calls;
  fixture.calls.open = async (opened) => await open.call(fixture.calls, opened);
  const { call, done } = fixture.invite({ callerUser: CALLER });
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(5_000);
  caller.end();
  await done;
  t.same(dialledBy(fixture), ['dear', 'dear']);
  const { trace } = await fixture.stored();
  t.match(
    trace?.candidates[0]?.checks.find((each) => each.check === 'duplicate'),
    { passed: true, values: "the caller's earlier calls were not known in time" },
  );
  t.match(fixture.alarms, [/earlier calls of the caller are not known/]);
  t.same(fixture.leftovers(), []);
});

t.test('what an earlier process sold is known to the next one', async (t) => {
  const first = new CallFixture({ targets: TARGETS, campaign: { duplicates: ONCE } });
  await talk(first);
  const earlier: EarlierProcess = { calls: first.calls, wallMs: first.clock.wallMs() };
  const next = new CallFixture({ targets: TARGETS, campaign: { duplicates: ONCE } }, earlier);
  await talk(next);
  t.same(dialledBy(next), ['cheap']);
});

t.test(
  'a caller who comes back is rung through to the target that took him first, though others offer more',
  async (t) => {
    const sameBuyer = { mode: 'original', days: 30 } as const;
    const fixture = new CallFixture({ targets: TARGETS, campaign: { sameBuyer } });
    fixture.telephony.scripts.set('dear', { kind: 'fail', afterMs: 10, sipStatus: 486, cause: 'USER_BUSY' });
    await talk(fixture);
    t.same(dialledBy(fixture), ['dear', 'cheap']);
    await fixture.clock.advance(DAY_MS);
    await talk(fixture);
    t.same(dialledBy(fixture).slice(2), ['cheap']);
    fixture.telephony.scripts.set('cheap', { kind: 'fail', afterMs: 10, sipStatus: 486, cause: 'USER_BUSY' });
    fixture.telephony.scripts.delete('dear');
    await talk(fixture);
    t.same(dialledBy(fixture).slice(3), ['cheap', 'dear'], 'when it is busy the others follow');
  },
);
