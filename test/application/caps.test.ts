// Caps over whole calls, on scripted ports: what counts, what is given back, what racing calls can and cannot do.
import fc from 'fast-check';
import t from 'tap';
import { CapCounter } from '../../src/application/sale/cap-counter.js';
import { type Cap, type CapUse, countedCaps } from '../../src/domain/routing/cap.js';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { servedCall } from '../support/served-call.js';
import { VirtualClock } from '../support/virtual-clock.js';

function cap(dimension: Cap['dimension'], limit: number, changes: Partial<Cap> = {}): Cap {
  return { dimension, window: 'day', limit, timeZone: 'UTC', kind: 'hard', ...changes };
}

t.test('a target at its cap is left out, and the trace has the figures and the window', async (t) => {
  const targets = [staticTarget('dear', 40, { caps: [cap('connected', 1)] }), staticTarget('cheap', 20)];
  const fixture = new CallFixture({ targets });
  await servedCall(fixture);
  await servedCall(fixture);
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    ['dear', 'cheap'],
  );
  const { trace } = await fixture.stored();
  const checks = trace?.candidates.find(({ targetId }) => targetId === 'dear')?.checks ?? [];
  t.match(
    checks.find((each) => each.check === 'cap'),
    { passed: false, values: 'target dear has 1 of 1 connected this day in UTC' },
  );
  t.same(await fixture.calls.capUses(), [{ key: 'target:dear:connected:day:UTC', window: 20_261_120, amount: 1 }]);
});

t.test('a dial that nobody answers uses an attempt and gives back the rest', async (t) => {
  const caps = [cap('attempts', 5), cap('connected', 1), cap('revenue', 40_000_000)];
  const fixture = new CallFixture({ targets: [staticTarget('busy', 40, { caps }), staticTarget('next', 20)] });
  fixture.telephony.scripts.set('busy', { kind: 'fail', afterMs: 10, sipStatus: 486, cause: 'USER_BUSY' });
  await servedCall(fixture);
  const used = countedCaps('target', 'busy', caps).map((counted) => fixture.caps.used(counted));
  t.same(used, [1, 0, 0]);
});

t.test('a budget takes the price that fits, counts what was billed, and refuses what would pass it', async (t) => {
  const caps = [cap('revenue', 50_000_000)];
  const fixture = new CallFixture({ targets: [biddingTarget('rich', { caps }), staticTarget('next', 20)] });
  fixture.pings.set('bidder-rich', bidOf(45, 10));
  await servedCall(fixture);
  await servedCall(fixture);
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    ['rich', 'next'],
    '45 of 50 are used, so that another 45 do not fit',
  );
  const [counted] = countedCaps('target', 'rich', caps);
  t.equal(counted === undefined ? null : fixture.caps.used(counted), 45_000_000);
});

t.test('over a soft cap the buyer rings on and owes nothing, with the reason', async (t) => {
  const caps = [cap('converted', 1, { kind: 'soft' })];
  const fixture = new CallFixture({ targets: [staticTarget('only', 30, { caps })] });
  await servedCall(fixture);
  await servedCall(fixture);
  const { call, ledger, timeline } = await fixture.stored();
  t.match(call, { outcome: 'connected-unbilled', priceMicros: 0 });
  t.same(ledger, []);
  t.match(
    timeline.find(({ step }) => step === 'billed')?.text,
    /not billed: target only has 2 of 1 converted .*soft cap/,
  );
});

t.test('a campaign at its cap refuses the caller with 480, which lets the trunk try elsewhere', async (t) => {
  const fixture = new CallFixture({ campaign: { caps: [cap('attempts', 1)] } });
  await servedCall(fixture);
  const { call, done } = fixture.invite();
  await done;
  t.equal(call.rejectedWith, 480);
  const stored = await fixture.stored();
  t.match(stored.call.release?.detail, /campaign campaign has 1 of 1 attempts this day/);
});

t.test('a thousand racing calls never pass a cap, whatever becomes of each', async (t) => {
  const clock = new VirtualClock();
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 60 }),
      fc.infiniteStream(fc.constantFrom('sold', 'unsold', 'unbilled')),
      async (limit, fates) => {
        const caps = new CapCounter(clock);
        const counted = countedCaps('buyer', 'b', [cap('connected', limit), cap('converted', limit)]);
        let connected = 0;
        let stored: readonly CapUse[] = [];
        const oneCall = async (fate: string): Promise<void> => {
          const outcome = caps.reserve(counted.map((each) => ({ counted: each, amount: 1 })));
          if (outcome.kind === 'full') return;
          await Promise.resolve();
          const kept = outcome.reservation.settle(({ cap: { dimension } }) =>
            fate === 'sold' || (fate === 'unbilled' && dimension === 'connected') ? 1 : 0,
          );
          if (fate !== 'unsold') connected += 1;
          stored = [...stored, ...kept];
          t.same(
            outcome.reservation.settle(() => 1),
            [],
            'settled once',
          );
        };
        await Promise.all(Array.from({ length: 1_000 }, () => oneCall(fates.next().value)));
        t.ok(connected <= limit, `${connected} of ${limit}`);
        const sums = counted.map(({ key }) =>
          stored.filter((use) => use.key === key).reduce((sum, { amount }) => sum + amount, 0),
        );
        t.same(
          counted.map((each) => caps.used(each)),
          sums,
          'what is used is what was kept',
        );
      },
    ),
    { numRuns: 10 },
  );
});

t.test('a cap counts on from what an earlier run has stored, and begins anew with its window', async (t) => {
  const clock = new VirtualClock();
  const [counted] = countedCaps('target', 't', [cap('connected', 2, { window: 'hour' })]);
  if (counted === undefined) throw new Error('one cap');
  const first = new CapCounter(clock);
  const outcome = first.reserve([{ counted, amount: 1 }]);
  if (outcome.kind === 'full') throw new Error('there is room');
  const second = new CapCounter(
    clock,
    outcome.reservation.settle(() => 1),
  );
  t.equal(second.used(counted), 1);
  await clock.advance(3_600_000);
  t.equal(second.used(counted), 0);
});
