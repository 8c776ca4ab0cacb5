/**
 * Brings a database file to the schema of this program: numbered files, forward only, each in a transaction of its own and
 * recorded with its checksum. Runs on the writer thread before anything else is done with the file, and changes nothing
 * when the file is newer than the program, belongs to another program, or was made by a migration that has changed since.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { StorageError } from './storage-error.js';

export interface Migration {
  readonly number: number;
  readonly name: string;
  readonly sql: string;
  readonly checksum: string;
}

interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
}

const FILE_NAME = /^(\d{6})-([a-z0-9-]+)\.sql$/;

const CREATE_SQL = `CREATE TABLE IF NOT EXISTS migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  checksum TEXT NOT NULL,
  applied_at INTEGER NOT NULL
) STRICT`;

/** The migrations of a folder in their order. Throws when a number is missing or stands twice. */
export function readMigrations(folder: string): readonly Migration[] {
  const migrations = readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => {
      const match = FILE_NAME.exec(file);
      if (match === null)
        throw new StorageError('changed-migration', `${file} is not named like 000001-what-it-does.sql`);
      // A checkout may turn the ends of lines; that does not change what the file does.
      const sql = readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n');
      const checksum = createHash('sha256').update(sql).digest('hex');
      return { number: Number(match[1]), name: match[2] ?? '', sql, checksum };
    });
  migrations.forEach((migration, index) => {
    if (migration.number === index + 1) return;
    throw new StorageError('changed-migration', `migration ${index + 1} is missing or stands twice in ${folder}`);
  });
  return migrations;
}

function refuseForeignFile(database: Database): void {
  const names = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  if (names.length === 0 || names.includes('migrations')) return;
  throw new StorageError(
    'foreign-file',
    `the database ${database.name} holds tables of another program; name another file`,
  );
}

function refuseStranger(applied: AppliedMigration, known: readonly Migration[]): void {
  const ours = known[applied.number - 1];
  if (ours === undefined) {
    throw new StorageError(
      'newer-database',
      `the database has migration ${applied.number} (${applied.name}) and this program knows ${known.length}: ` +
        'start the newer program, or restore the backup that was made before it',
    );
  }
  if (ours.checksum !== applied.checksum) {
    throw new StorageError(
      'changed-migration',
      `migration ${applied.number} (${applied.name}) was changed after this database had been made with it; ` +
        'put the old text back and write a new migration',
    );
  }
}

/** How many migrations were applied now. Two processes that start at once apply each migration once. */
export function migrate(database: Database, migrations: readonly Migration[], wallMs: () => number = Date.now): number {
  refuseForeignFile(database);
  let count = 0;
  database
    .transaction(() => {
      database.exec(CREATE_SQL);
      const applied = database.prepare('SELECT number, name, checksum FROM migrations ORDER BY number').all();
      for (const row of applied as AppliedMigration[]) refuseStranger(row, migrations);
    })
    .immediate();
  const isApplied = database.prepare('SELECT 1 FROM migrations WHERE number = ?');
  const record = database.prepare('INSERT INTO migrations (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)');
  for (const { number, name, sql, checksum } of migrations) {
    const apply = database.transaction(() => {
      if (isApplied.get(number) !== undefined) return;
      database.exec(sql);
      record.run(number, name, checksum, wallMs());
      count += 1;
    });
    apply.immediate();
  }
  return count;
}
