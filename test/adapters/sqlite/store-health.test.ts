// What the store says of itself to /readyz.
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import t from 'tap';
import { receivedCall } from '../../contract/call-samples.js';
import { openStore, temporaryFolder } from './temporary-store.js';

t.test('a store is well, says so of a write that failed, and is well again when a write is taken', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const store = await openStore(t, file);
  t.equal(await store.health.probe(), null);
  const other = new BetterSqlite3(file);
  t.teardown(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  await t.rejects(store.calls.open(receivedCall('c1')), { message: /another process/ });
  t.match(await store.health.probe(), /another process holds the database/);
  other.exec('ROLLBACK');
  t.equal(await store.health.probe(), null);
  await store.calls.open(receivedCall('c2'));
});

t.test('a store that is closed is not well', async (t) => {
  const store = await openStore(t, join(temporaryFolder(t), 'ringpost.sqlite'));
  await store.close();
  t.match(await store.health.probe(), /closed/);
});
