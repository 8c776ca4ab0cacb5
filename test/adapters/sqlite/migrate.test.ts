// Forward-only migrations: run twice, interrupted, raced, and refused when the file is not ours or newer.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import BetterSqlite3, { type Database } from 'better-sqlite3';
import t, { type Test } from 'tap';
import { migrate, readMigrations } from '../../../src/adapters/sqlite/migrate.js';
import { openForWriting } from '../../../src/adapters/sqlite/open-database.js';
import { openSqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';
import { MIGRATIONS_FOLDER, temporaryFolder } from './temporary-store.js';

function openEmpty(t: Test, folder = temporaryFolder(t)): Database {
  const database = openForWriting(join(folder, 'test.sqlite'));
  t.teardown(() => database.close());
  return database;
}

/** A folder with migrations of our own making. */
function folderOf(t: Test, files: Readonly<Record<string, string>>): string {
  const folder = join(temporaryFolder(t), 'migrations');
  mkdirSync(folder);
  for (const [name, sql] of Object.entries(files)) writeFileSync(join(folder, name), sql);
  return folder;
}

const schemaOf = (database: Database): unknown => database.prepare('SELECT type, name, sql FROM sqlite_schema').all();

await t.test('a new file gets every migration, and a second start does no harm', async (t) => {
  const database = openEmpty(t);
  const migrations = readMigrations(MIGRATIONS_FOLDER);
  t.equal(migrate(database, migrations), migrations.length);
  database.prepare("INSERT INTO buyers (id, name, is_active, max_calls) VALUES ('acme', 'Acme', 1, NULL)").run();
  const schema = schemaOf(database);
  t.equal(migrate(database, migrations), 0);
  t.same(schemaOf(database), schema);
  t.equal(database.prepare('SELECT count(*) FROM buyers').pluck().get(), 1);
  const recorded = database.prepare('SELECT number, checksum FROM migrations').all();
  t.same(
    recorded,
    migrations.map(({ number, checksum }) => ({ number, checksum })),
  );
});

await t.test('a migration that fails leaves nothing of itself, those before it stay', async (t) => {
  const database = openEmpty(t);
  const folder = folderOf(t, {
    '000001-first.sql': 'CREATE TABLE first (id TEXT) STRICT;',
    '000002-second.sql': 'CREATE TABLE second (id TEXT) STRICT; INSERT INTO nowhere VALUES (1);',
  });
  t.throws(() => migrate(database, readMigrations(folder)), /no such table: nowhere/);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").pluck().all();
  t.same(tables, ['first', 'migrations']);
  t.notOk(database.inTransaction);
});

await t.test('a database of a newer program is refused with a sentence and left as it is', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'test.sqlite');
  const database = openEmpty(t, folder);
  const migrations = readMigrations(MIGRATIONS_FOLDER);
  migrate(database, migrations);
  const newer = migrations.length + 1;
  database.prepare("INSERT INTO migrations VALUES (?, 'hovercraft', 'abc', 0)").run(newer);
  const schema = schemaOf(database);
  await t.rejects(openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER }), {
    name: 'StorageError',
    fault: 'newer-database',
    message: new RegExp(`migration ${newer} \\(hovercraft\\).*start the newer program`),
  });
  t.same(schemaOf(database), schema);
});

await t.test('a migration that was changed after its use is refused, another line ending is no change', async (t) => {
  const database = openEmpty(t);
  const name = '000001-first.sql';
  migrate(database, readMigrations(folderOf(t, { [name]: 'CREATE TABLE first (id TEXT);\n' })));
  const sameText = readMigrations(folderOf(t, { [name]: 'CREATE TABLE first (id TEXT);\r\n' }));
  t.equal(migrate(database, sameText), 0);
  const changed = readMigrations(folderOf(t, { [name]: 'CREATE TABLE first (id TEXT, name TEXT);\n' }));
  t.throws(() => migrate(database, changed), { name: 'StorageError', fault: 'changed-migration' });
});

await t.test('a gap, a number that stands twice and a file without a number are refused', async (t) => {
  for (const files of [
    { '000002-second.sql': '' },
    { '000001-first.sql': '', '000003-third.sql': '' },
    { '000001-first.sql': '', '000001-other.sql': '' },
    { 'first.sql': '' },
  ]) {
    t.throws(() => readMigrations(folderOf(t, files)), { name: 'StorageError', fault: 'changed-migration' });
  }
});

await t.test('the database of another program is not touched', async (t) => {
  const file = join(temporaryFolder(t), 'other.sqlite');
  const other = new BetterSqlite3(file);
  t.teardown(() => other.close());
  other.exec('CREATE TABLE contacts (name TEXT)');
  await t.rejects(openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER }), {
    name: 'StorageError',
    fault: 'foreign-file',
  });
  t.equal(other.prepare('SELECT count(*) FROM sqlite_schema').pluck().get(), 1);
});

await t.test('two programs that start at once on a new file both come up', async (t) => {
  const folder = temporaryFolder(t);
  const migrationsFolder = join(folder, 'migrations');
  cpSync(MIGRATIONS_FOLDER, migrationsFolder, { recursive: true });
  const open = () => openSqliteStore({ file: join(folder, 'test.sqlite'), migrationsFolder });
  const stores = await Promise.all([open(), open(), open()]);
  for (const store of stores) t.equal(store.configuration.current().version, 0);
  await Promise.all(stores.map((store) => store.close()));
});
