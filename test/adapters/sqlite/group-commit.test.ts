// Durability and grouping: a promise settles when its transaction is on the disk, and fails alone.
import { join } from 'node:path';
import BetterSqlite3, { type Database } from 'better-sqlite3';
import t, { type Test } from 'tap';
import { GroupCommit, type WriteResult } from '../../../src/adapters/sqlite/group-commit.js';
import { openForWriting } from '../../../src/adapters/sqlite/open-database.js';
import { storageErrorFrom } from '../../../src/adapters/sqlite/storage-error.js';
import { temporaryFolder } from './temporary-store.js';

interface Fixture {
  readonly file: string;
  readonly database: Database;
  readonly groups: GroupCommit<string>;
  stored(): readonly unknown[];
}

function openFixture(t: Test): Fixture {
  const file = join(temporaryFolder(t), 'test.sqlite');
  const database = openForWriting(file);
  t.teardown(() => database.close());
  database.exec('CREATE TABLE words (word TEXT UNIQUE CHECK (length(word) > 0))');
  const insert = database.prepare('INSERT INTO words VALUES (?)');
  const groups = new GroupCommit<string>(database, (word) => insert.run(word).changes);
  const stored = (): readonly unknown[] => database.prepare('SELECT substr(word, 1, 8) FROM words').pluck().all();
  return { file, database, groups, stored };
}

const faults = (results: readonly WriteResult[]): readonly (string | null)[] =>
  results.map((result) => (result.isDone ? null : storageErrorFrom(result.error).fault));

await t.test('the database is set so that a commit survives a power cut', async (t) => {
  const { database } = openFixture(t);
  t.equal(database.pragma('journal_mode', { simple: true }), 'wal');
  t.equal(database.pragma('synchronous', { simple: true }), 2, 'FULL');
  t.equal(database.pragma('foreign_keys', { simple: true }), 1);
});

await t.test('a write that fails takes nothing of its group with it, and only its own promise fails', async (t) => {
  const { groups, stored, database } = openFixture(t);
  const results = groups.run(['one', 'two', 'one', '', 'three']);
  t.same(faults(results), [null, null, 'constraint', 'constraint', null]);
  t.same(stored(), ['one', 'two', 'three']);
  t.notOk(database.inTransaction);
});

await t.test('a full disk fails what does not fit and says so; with room again writes go on', async (t) => {
  const { database, groups, stored } = openFixture(t);
  groups.run(['before']);
  database.pragma(`max_page_count = ${database.pragma('page_count', { simple: true })}`);
  const tooLarge = 'x'.repeat(100_000);
  t.same(new Set(faults(groups.run([tooLarge, `${tooLarge}y`]))), new Set(['disk-full']));
  t.same(stored(), ['before']);
  t.notOk(database.inTransaction);
  database.pragma('max_page_count = 1000000');
  t.same(faults(groups.run([tooLarge])), [null]);
});

await t.test(
  'another process that holds the database fails the whole group as busy, and nothing is stored',
  async (t) => {
    const { file, database, groups, stored } = openFixture(t);
    database.pragma('busy_timeout = 0');
    const other = new BetterSqlite3(file);
    t.teardown(() => other.close());
    other.exec('BEGIN IMMEDIATE');
    t.same(faults(groups.run(['one', 'two'])), ['busy', 'busy']);
    other.exec('ROLLBACK');
    t.same(faults(groups.run(['one'])), [null]);
    t.same(stored(), ['one']);
  },
);

await t.test('a database that may only be read fails every write as read-only', async (t) => {
  const { database, groups } = openFixture(t);
  database.pragma('query_only = ON');
  t.same(faults(groups.run(['one'])), ['read-only']);
});
