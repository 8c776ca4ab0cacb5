/** SQLite stores in folders that go with their test. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Test } from 'tap';
import { openSqliteStore, type SqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';

function findMigrations(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'migrations', '000001-configuration.sql'))) {
    if (dirname(folder) === folder) throw new Error('there is no migrations folder above this test');
    folder = dirname(folder);
  }
  return join(folder, 'migrations');
}

export const MIGRATIONS_FOLDER = findMigrations();

export function temporaryFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-sqlite-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export async function openStore(t: Test, file: string): Promise<SqliteStore> {
  const store = await openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER });
  t.teardown(() => store.close());
  return store;
}

export async function openTemporaryStore(t: Test): Promise<SqliteStore> {
  return openStore(t, join(temporaryFolder(t), 'ringpost.sqlite'));
}
