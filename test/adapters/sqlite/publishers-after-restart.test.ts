// What a publisher was promised outlives the process that promised it.
import { join } from 'node:path';
import t from 'tap';
import { openSqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';
import { MIGRATIONS_FOLDER, openStore, temporaryFolder } from './temporary-store.js';

t.test('a reservation stands after the store was closed and opened again, and is taken up once', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const before = await openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER });
  await before.reservations.add({
    ...{ reference: 'one', keyId: 'k', sourceId: 's', campaignId: 'c', didId: 'did', callerNumber: '+15125550123' },
    ...{ signature: 'signed', tags: { zip: '73301' }, bidMicros: 1, currency: 'USD', payoutAfterMs: 0 },
    ...{ madeAt: 0, expiresAt: 60_000, offers: [], bids: [], callId: null },
  });
  await before.close();
  const { reservations } = await openStore(t, file);
  t.match(await reservations.find('signed', 30_000), { reference: 'one', tags: { zip: '73301' } });
  const take = (callId: string) => reservations.take({ callId, didId: 'did', callerNumber: '+15125550123' }, 30_000);
  t.match(await take('call-1'), { kind: 'matched', reservation: { reference: 'one', callId: 'call-1' } });
  t.match(await take('call-2'), { kind: 'unmatched', reason: 'taken' });
});
