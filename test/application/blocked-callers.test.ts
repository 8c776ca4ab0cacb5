// Callers who are kept out, in whole calls on scripted ports: by lists, by hiding, by calling all the time.
import t from 'tap';
import { MemoryCallerListRepository } from '../../src/adapters/memory/memory-caller-list-repository.js';
import { CallerLists } from '../../src/application/callers/caller-lists.js';
import type { CallerListEntry } from '../../src/domain/callers/caller-list.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { CALLER, PingFixture } from '../support/ping-fixture.js';

function entry(changes: Partial<CallerListEntry> = {}): CallerListEntry {
  return {
    ...{ id: `${changes.kind}-${changes.level}`, kind: 'block', level: 'account', subjectId: '', caller: CALLER },
    ...{ reason: 'spam', addedBy: 'ops', addedAt: 0, expiresAt: null },
    ...changes,
  };
}

/** The status of a refused call, or the target that took it. */
async function whatBecomesOf(fixture: CallFixture, facts: object = { callerUser: CALLER }): Promise<number | string> {
  const { call, done } = fixture.invite(facts);
  await fixture.clock.advance(0);
  if (call.rejectedWith === null) {
    const caller = await call.answeredLeg.promise;
    caller.greet();
    await fixture.clock.advance(5_000);
    caller.end();
  }
  await done;
  return call.rejectedWith ?? fixture.telephony.dialled.at(-1)?.targetId ?? 'nobody';
}

t.test('a caller on the list of the account is declined, with the reason in the record', async (t) => {
  const fixture = new CallFixture();
  await fixture.callerLists.put([entry()]);
  t.equal(await whatBecomesOf(fixture), 603);
  t.match((await fixture.stored()).call.release?.detail, /blocked by the list of the account: spam \(ops/);
  await fixture.callerLists.put([entry({ kind: 'allow', level: 'campaign', subjectId: 'campaign' })]);
  t.equal(await whatBecomesOf(fixture), 'alpha', 'the campaign lets him in all the same');
  t.same(fixture.leftovers(), []);
});

t.test("a caller on a buyer's list goes to another buyer, and the trace says whose list it was", async (t) => {
  const targets = [staticTarget('dear', 40), staticTarget('cheap', 20)];
  const fixture = new CallFixture({ targets });
  await fixture.callerLists.put([entry({ level: 'buyer', subjectId: 'buyer-dear', caller: '+1512*' })]);
  t.equal(await whatBecomesOf(fixture), 'cheap');
  const dear = (await fixture.stored()).trace?.candidates.find(({ targetId }) => targetId === 'dear');
  t.match(
    dear?.checks.find((each) => each.check === 'buyer-list'),
    { passed: false, values: /the caller is blocked by the list of the buyer: spam/ },
  );
  t.equal(await whatBecomesOf(fixture, { callerUser: '+13105550123' }), 'dear');
});

t.test('who withholds his number is refused where the campaign wants it shown', async (t) => {
  const hidden = { callerUser: 'anonymous', isPrivate: true };
  t.equal(await whatBecomesOf(new CallFixture(), hidden), 'alpha');
  const fixture = new CallFixture({ campaign: { anonymousCallers: 'reject' } });
  t.equal(await whatBecomesOf(fixture, hidden), 433);
  t.match((await fixture.stored()).call.release?.detail, /takes no callers who withhold their number/);
  t.equal(await whatBecomesOf(fixture, { callerUser: CALLER }), 'alpha');
});

t.test('a caller who was just let in is refused for two seconds; one who was refused may come again', async (t) => {
  const fixture = new CallFixture({ campaign: { callerGapMs: 2_000, maxCalls: 1 } });
  const first = fixture.invite({ callerUser: CALLER });
  const caller = await first.call.answeredLeg.promise;
  t.equal(await whatBecomesOf(fixture), 603);
  t.match(
    (await fixture.stored()).call.release?.detail,
    /called campaign Plumbing \d+ ms ago; 2000 ms must lie between/,
  );
  t.equal(await whatBecomesOf(fixture, { callerUser: '+13105550123' }), 503, 'there is no room');
  caller.end();
  await first.done;
  t.equal(await whatBecomesOf(fixture, { callerUser: '+13105550123' }), 'alpha', 'he was not let in');
  await fixture.clock.advance(2_000);
  t.equal(await whatBecomesOf(fixture), 'alpha');
});

t.test('the call that makes too many puts the caller on the list, until it ends', async (t) => {
  const automaticBlock = { calls: 3, withinMinutes: 60, level: 'campaign', days: 1 } as const;
  const fixture = new CallFixture({ campaign: { automaticBlock } });
  t.equal(await whatBecomesOf(fixture), 'alpha');
  t.equal(await whatBecomesOf(fixture), 'alpha');
  t.equal(await whatBecomesOf(fixture), 603);
  const { call, timeline } = await fixture.stored();
  t.equal(call.outcome, 'refused');
  t.match(timeline.find(({ step }) => step === 'caller-blocked')?.text, /3 calls in 60 minutes/);
  t.match(fixture.callerLists.all(), [
    { caller: CALLER, level: 'campaign', subjectId: 'campaign', addedBy: 'rule of campaign campaign' },
  ]);
  t.equal(await whatBecomesOf(fixture, { callerUser: '+13105550123' }), 'alpha', 'another caller is free');
  await fixture.clock.advance(2 * 3_600_000);
  t.equal(await whatBecomesOf(fixture), 603, 'the calls are long ago, the entry stands');
  await fixture.clock.advance(86_400_000);
  t.equal(await whatBecomesOf(fixture), 'alpha');
  t.same(fixture.leftovers(), []);
});

t.test('who is allowed may call as often as he likes', async (t) => {
  const automaticBlock = { calls: 2, withinMinutes: 60, level: 'account', days: null } as const;
  const fixture = new CallFixture({ campaign: { automaticBlock } });
  await fixture.callerLists.put([entry({ kind: 'allow' })]);
  for (let calls = 0; calls < 4; calls += 1) t.equal(await whatBecomesOf(fixture), 'alpha');
});

t.test('a publisher is told that his caller is blocked before he sends him', async (t) => {
  const fixture = new PingFixture();
  await fixture.calls.callerLists.put([entry()]);
  t.match(await fixture.ping(), { kind: 'no-bid', reason: 'caller-blocked' });
});

t.test('what a process put on the lists is on those of the next one', async (t) => {
  const repository = new MemoryCallerListRepository();
  await new CallerLists(repository).putNow(entry());
  const next = new CallerLists(repository);
  t.same(next.matching(CALLER, 0), []);
  await next.load();
  t.same(next.matching(CALLER, 0), [entry()]);
});
