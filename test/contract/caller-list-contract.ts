/** What every store of the lists of callers does. Run by the test of each store. */
import t, { type Test } from 'tap';
import type { CallerListRepository } from '../../src/application/ports/caller-list-repository.js';
import type { CallerListEntry } from '../../src/domain/callers/caller-list.js';

function entry(id: string, changes: Partial<CallerListEntry> = {}): CallerListEntry {
  return {
    ...{ id, kind: 'block', level: 'account', subjectId: '', caller: '+12125550199', reason: `it's "spam"; DROP` },
    ...{ addedBy: 'ops', addedAt: 1_795_000_000_000, expiresAt: null },
    ...changes,
  };
}

export async function callerListContract(
  name: string,
  open: (t: Test) => Promise<CallerListRepository>,
): Promise<void> {
  await t.test(`lists of callers, ${name}`, async (t) => {
    const lists = await open(t);
    const campaign = entry('b', {
      level: 'campaign',
      subjectId: 'roofing',
      caller: '+1900*',
      expiresAt: 1_800_000_000_000,
    });
    await lists.put([campaign, entry('a')]);
    t.strictSame(await lists.all(), [entry('a'), campaign], 'field by field, by id');
    await lists.put([entry('c', { reason: 'again' }), entry('d', { kind: 'allow' })]);
    t.strictSame(
      (await lists.all()).map(({ id }) => id),
      ['b', 'c', 'd'],
      'the same caller on the same list again replaces the entry; to allow is another list',
    );
    await lists.remove('c');
    await lists.remove('nobody');
    t.strictSame(
      (await lists.all()).map(({ id }) => id),
      ['b', 'd'],
    );
  });
}
