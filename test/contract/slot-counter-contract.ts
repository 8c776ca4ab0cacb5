/** What every slot counter does, whatever lies behind it. */
import t, { type Test } from 'tap';
import type { SlotCounter, SlotOutcome } from '../../src/application/ports/slot-counter.js';

/** A counter without a reservation, whose release is registered with the test. */
export type OpenSlots = (test: Test) => Promise<SlotCounter>;

type Reserved = Extract<SlotOutcome, { kind: 'reserved' }>;

const isReserved = (outcome: SlotOutcome): outcome is Reserved => outcome.kind === 'reserved';

async function checkLimits(t: Test, openSlots: OpenSlots): Promise<void> {
  await t.test('a hundred calls race for a cap of ten: exactly ten get a slot', async (t) => {
    const slots = await openSlots(t);
    const requests = [{ key: 'target:acme', limit: 10 }];
    const outcomes = await Promise.all(Array.from({ length: 100 }, (_, index) => slots.reserve(requests, `c${index}`)));
    const reserved = outcomes.filter(isReserved);
    t.equal(reserved.length, 10);
    t.equal(slots.used('target:acme'), 10);
    t.strictSame(
      outcomes.find((outcome) => !isReserved(outcome)),
      { kind: 'full', key: 'target:acme', used: 10, limit: 10 },
    );
    await Promise.all(reserved.map(({ release }) => release()));
    t.equal(slots.snapshot().size, 0, 'no key is left over');
  });

  await t.test('a key without a limit is counted all the same, a limit of none refuses', async (t) => {
    const slots = await openSlots(t);
    for (const owner of ['c1', 'c2', 'c3']) await slots.reserve([{ key: 'trunk:telnyx:in', limit: null }], owner);
    t.equal(slots.used('trunk:telnyx:in'), 3);
    t.same(slots.snapshot(), new Map([['trunk:telnyx:in', 3]]));
    t.equal((await slots.reserve([{ key: 'buyer:paused', limit: 0 }], 'c4')).kind, 'full');
  });
}

async function checkAtomicity(t: Test, openSlots: OpenSlots): Promise<void> {
  await t.test('all or none: the full key is named and the others are given back', async (t) => {
    const slots = await openSlots(t);
    await slots.reserve([{ key: 'buyer:acme', limit: 1 }], 'c1');
    const requests = [
      { key: 'target:east', limit: 5 },
      { key: 'buyer:acme', limit: 1 },
      { key: 'campaign:roofing', limit: 5 },
    ];
    const outcome = await slots.reserve(requests, 'c2');
    t.strictSame(outcome, { kind: 'full', key: 'buyer:acme', used: 1, limit: 1 });
    t.same(slots.snapshot(), new Map([['buyer:acme', 1]]));
  });

  await t.test('one key asked for twice takes two slots', async (t) => {
    const slots = await openSlots(t);
    const twice = [
      { key: 'target:east', limit: 1 },
      { key: 'target:east', limit: 1 },
    ];
    t.equal((await slots.reserve(twice, 'c1')).kind, 'full');
    t.equal(slots.used('target:east'), 0);
  });

  await t.test('releasing twice gives back one slot, and not that of another call', async (t) => {
    const slots = await openSlots(t);
    const requests = [{ key: 'target:east', limit: 2 }];
    const first = await slots.reserve(requests, 'c1');
    await slots.reserve(requests, 'c1');
    if (!isReserved(first)) throw new Error('the first slot is free');
    await Promise.all([first.release(), first.release(), first.release()]);
    t.equal(slots.used('target:east'), 1);
  });
}

export async function slotCounterContract(name: string, openSlots: OpenSlots): Promise<void> {
  await t.test(`slots in ${name}`, async (t) => {
    await checkLimits(t, openSlots);
    await checkAtomicity(t, openSlots);
  });
}
