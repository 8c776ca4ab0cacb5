/** Entries of the lists of callers as statements, on the writer thread and on the reader. */
import type { Database } from 'better-sqlite3';
import { assertNever } from '../../domain/assert-never.js';
import type { CallerListEntry } from '../../domain/callers/caller-list.js';
import { mapRows } from './row-map.js';

export type CallerListWrite =
  | { readonly kind: 'put'; readonly entries: readonly CallerListEntry[] }
  | { readonly kind: 'remove'; readonly id: string };

const ENTRIES = mapRows<CallerListEntry>('caller_list_entries', {
  id: 'plain',
  kind: 'plain',
  level: 'plain',
  subjectId: 'plain',
  caller: 'plain',
  reason: 'plain',
  addedBy: 'plain',
  addedAt: 'ms',
  expiresAt: 'ms',
});

export function writeCallerList(database: Database, write: CallerListWrite): void {
  switch (write.kind) {
    case 'put': {
      const insert = database.prepare(ENTRIES.insertSql.replace('INSERT', 'INSERT OR REPLACE'));
      for (const entry of write.entries) insert.run(ENTRIES.encode(entry));
      return;
    }
    case 'remove':
      database.prepare('DELETE FROM caller_list_entries WHERE id = ?').run(write.id);
      return;
    default:
      assertNever(write);
  }
}

export function readCallerList(database: Database): readonly CallerListEntry[] {
  return database.prepare(`SELECT ${ENTRIES.selection} FROM caller_list_entries ORDER BY id`).all().map(ENTRIES.decode);
}
