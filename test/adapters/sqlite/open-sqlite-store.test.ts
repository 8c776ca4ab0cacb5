// Opening and closing the store: queues are written, bounds are kept, two processes share one file.
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3 from 'better-sqlite3';
import t from 'tap';
import { openSqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';
import { StorageError } from '../../../src/adapters/sqlite/storage-error.js';
import { answeredCall, closingOf, endedCall, receivedCall } from '../../contract/call-samples.js';
import { sampleBuyer } from '../../contract/configuration-samples.js';
import { MIGRATIONS_FOLDER, openStore, openTemporaryStore, temporaryFolder } from './temporary-store.js';

await t.test('what is queued when the store closes is written, what comes later is refused', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const store = await openStore(t, file);
  const queued = Array.from({ length: 50 }, (_, index) => store.calls.open(receivedCall(`c${index}`)));
  const closing = store.close();
  await t.rejects(store.calls.open(receivedCall('late')), { name: 'StorageError', fault: 'closed' });
  await Promise.all([...queued, closing, store.close()]);
  t.equal(store.pending(), 0);
  const again = await openStore(t, file);
  t.equal((await again.calls.unfinished()).length, 50);
});

await t.test('a disk that does not keep up refuses writes at a bound instead of filling the memory', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const store = await openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER, maxPending: 10 });
  t.teardown(() => store.close());
  const results = await Promise.allSettled(
    Array.from({ length: 100 }, (_, index) => store.calls.open(receivedCall(`c${index}`))),
  );
  const refusals = results.filter((result) => result.status === 'rejected').map(({ reason }) => reason);
  t.equal(refusals.length, 90);
  const [first] = refusals;
  t.ok(first instanceof StorageError && first.fault === 'overloaded' && first.retryable && first.sipStatus === 503);
  await t.resolves(store.calls.open(receivedCall('later')), 'with the queue empty again writes are taken');
});

await t.test('two processes on one file: a change of the one is seen by the refresh of the other', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const [app, tool] = [await openStore(t, file), await openStore(t, file)];
  const empty = await tool.configuration.export();
  await tool.configuration.apply({
    ...empty,
    buyers: [sampleBuyer('acme')],
  });
  t.equal(app.configuration.current().version, 0);
  t.equal((await app.configuration.refresh()).buyers.get('acme')?.name, 'Buyer acme');
  t.equal(app.configuration.current().version, 1);
});

await t.test('the file holds trunk passwords: nobody but its owner reads it', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  await openStore(t, file);
  for (const suffix of ['', '-wal', '-shm']) t.equal(statSync(`${file}${suffix}`).mode & 0o077, 0);
});

await t.test('a file that cannot be a database is refused with a sentence', async (t) => {
  const folder = temporaryFolder(t);
  const garbage = join(folder, 'garbage.sqlite');
  writeFileSync(garbage, 'this is no database, but it is long enough to be taken for one'.repeat(100));
  mkdirSync(join(folder, 'folder.sqlite'));
  const open = (file: string) => openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER });
  await t.rejects(open(garbage), { name: 'StorageError', fault: 'corrupt', message: /not an SQLite database/ });
  await t.rejects(open(join(folder, 'folder.sqlite')), { name: 'StorageError', fault: 'cannot-open' });
  await t.rejects(open(join(folder, 'missing', 'x.sqlite')), {
    name: 'StorageError',
    fault: 'cannot-open',
    message: /folder exists/,
  });
});

await t.test('a ledger entry is never changed and never deleted, whoever tries', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const { calls } = await openStore(t, file);
  await calls.close(closingOf(endedCall(answeredCall(receivedCall('c1')))));
  const database = new BetterSqlite3(file);
  t.teardown(() => database.close());
  t.throws(() => database.exec('UPDATE ledger_entries SET amount_micros = 1'), /never changed/);
  t.throws(() => database.exec('DELETE FROM ledger_entries'), /never deleted/);
  t.throws(
    () =>
      database.exec(
        "INSERT INTO ledger_entries SELECT NULL, key, call_id, kind, account_id, 1, 'USD', at FROM ledger_entries",
      ),
    /UNIQUE/,
  );
});

await t.test('durations of a monotonic clock have fractions and are stored as whole milliseconds', async (t) => {
  const { calls } = await openTemporaryStore(t);
  const closing = closingOf({ ...endedCall(answeredCall(receivedCall('c1'))), talkMs: 88_000.4 });
  const timeline = [{ atMs: 12.6, step: 'ping', text: 'a ping', data: {} }] as const;
  await calls.close({ ...closing, timeline });
  const details = await calls.find('c1');
  t.equal(details?.call.talkMs, 88_000);
  t.equal(details?.timeline[0]?.atMs, 13);
});

await t.test('the search for unfinished calls uses its own small index', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  await openStore(t, file);
  const database = new BetterSqlite3(file, { readonly: true });
  t.teardown(() => database.close());
  const plan = database
    .prepare(
      "EXPLAIN QUERY PLAN SELECT * FROM calls WHERE state NOT IN ('refused', 'ended') ORDER BY started_at, call_id",
    )
    .all();
  t.match(plan, [{ detail: /USING INDEX calls_unfinished/ }]);
});
