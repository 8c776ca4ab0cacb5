/** Alarms when a limit is nearly, or all, used up: once for each window and threshold. */
import fc from 'fast-check';
import t from 'tap';
import { MemorySlotCounter } from '../../src/adapters/memory/memory-slot-counter.js';
import { capAlarms } from '../../src/application/sale/cap-alarms.js';
import { CapCounter } from '../../src/application/sale/cap-counter.js';
import { WatchedSlots } from '../../src/application/sale/watched-slots.js';
import { type Cap, type CapUse, type CountedCap, countedCaps } from '../../src/domain/routing/cap.js';
import { thresholdCrossed } from '../../src/domain/routing/cap-alert.js';
import { VirtualClock } from '../support/virtual-clock.js';

const HOUR_MS = 3_600_000;

function counted(changes: Partial<Cap> = {}): CountedCap {
  const cap: Cap = { dimension: 'connected', window: 'hour', limit: 10, timeZone: 'UTC', kind: 'hard', ...changes };
  const [found] = countedCaps('buyer', 'acme', [cap]);
  if (found === undefined) throw new Error('one cap');
  return found;
}

function rig(stored: readonly CapUse[] = []) {
  const clock = new VirtualClock();
  const alarms: string[] = [];
  const events = { alarm: (kind: string, sentence: string): void => void alarms.push(`${kind}: ${sentence}`) };
  return { clock, alarms, events, caps: new CapCounter(clock, stored, capAlarms(events)) };
}

function use(caps: CapCounter, cap: CountedCap, amount: number, kept = amount): readonly CapUse[] {
  const outcome = caps.reserve([{ counted: cap, amount }]);
  return outcome.kind === 'full' ? [] : outcome.reservation.settle(() => kept);
}

t.test(
  'the eighth and the tenth of ten calls of an hour tell the operator, and the next hour tells anew',
  async (t) => {
    const { caps, alarms, clock } = rig();
    const cap = counted();
    const told = [80, 100].map(
      (percent) =>
        `periodic-call-cap-alert: buyer acme has come to ${percent} % of a cap: ${percent / 10} of 10 connected this hour in UTC`,
    );
    for (let call = 1; call <= 12; call += 1) {
      use(caps, cap, 1);
      t.same(alarms, told.slice(0, call < 8 ? 0 : call < 10 ? 1 : 2), `after ${call} calls`);
    }
    await clock.advance(HOUR_MS);
    for (let call = 1; call <= 8; call += 1) use(caps, cap, 1);
    t.equal(alarms.length, 3);
  },
);

t.test(
  'what is reserved and given back tells nobody; money has an alert of its own, a call that passes both tells once',
  (t) => {
    const { caps, alarms } = rig();
    for (let call = 0; call < 20; call += 1) use(caps, counted(), 1, 0);
    t.same(alarms, []);
    use(caps, counted({ dimension: 'revenue', window: 'total', limit: 50_000_000 }), 50_000_000);
    t.same(alarms, ['budget-cap-alert: buyer acme has come to 100 % of a cap: 50.00 of 50.00 revenue in total']);
    t.end();
  },
);

t.test('a restart does not tell again what was told', (t) => {
  const cap = counted({ window: 'total' });
  const { alarms, caps } = rig([{ key: cap.key, window: 0, amount: 8 }]);
  use(caps, cap, 1);
  t.same(alarms, []);
  use(caps, cap, 1);
  t.equal(alarms.length, 1);
  t.end();
});

t.test('however use grows, each threshold of a limit is crossed once', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1_000 }), fc.array(fc.nat(50), { maxLength: 100 }), (limit, uses) => {
      let used = 0;
      const crossed = uses.flatMap((amount) => {
        const before = used;
        used += amount;
        return thresholdCrossed(limit, before, used) ?? [];
      });
      const ends = used >= limit ? 100 : used * 100 >= limit * 80 ? 80 : null;
      return new Set(crossed).size === crossed.length && (crossed.at(-1) ?? null) === ends;
    }),
    { numRuns: 200 },
  );
  t.equal(thresholdCrossed(0, 0, 5), null, 'a limit of nothing has no threshold');
  t.end();
});

t.test('calls at once tell once an hour for each threshold, and small limits tell nothing', async (t) => {
  const { clock, alarms, events } = rig();
  const slots = new WatchedSlots(new MemorySlotCounter(), clock, events);
  const take = (limit: number, key = 'trunk:telnyx:in') => slots.reserve([{ key, limit }], 'call');
  for (let call = 0; call < 4; call += 1) await take(4, 'target:small');
  t.same(alarms, []);
  const held = [];
  for (let call = 0; call < 5; call += 1) held.push(await take(5));
  t.equal((await take(5)).kind, 'full');
  const told = [4, 5].map(
    (used) =>
      `concurrent-call-cap-alert: trunk telnyx, inbound has come to ${used * 20} % of its calls at once: ${used} of 5`,
  );
  t.same(alarms, told);
  for (const outcome of held.slice(0, 2)) if (outcome.kind === 'reserved') await outcome.release();
  await take(5);
  t.same(alarms, told, 'told already');
  await clock.advance(HOUR_MS);
  await take(5);
  t.same(alarms, [...told, told[1]]);
  t.equal(slots.used('trunk:telnyx:in'), 5);
  t.equal(slots.snapshot().get('trunk:telnyx:in'), 5);
});
