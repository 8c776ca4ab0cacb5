/** Opens the database file with the settings that durability rests on. Runs on the two database threads only. */
import { closeSync, openSync } from 'node:fs';
import BetterSqlite3, { type Database } from 'better-sqlite3';
import { storageErrorFrom } from './storage-error.js';

/** Another process (`ringpost apply`) writes for a few ms; whoever holds the lock longer is a fault to report. */
const BUSY_TIMEOUT_MS = 1_000;

/**
 * The only handle that writes. WAL lets readers go on while it commits; FULL syncs the log at each commit, so that what
 * was committed survives a power cut (https://sqlite.org/pragma.html#pragma_synchronous).
 */
export function openForWriting(file: string): Database {
  try {
    // Trunk credentials lie in it, so nobody else may read it; SQLite gives its log the same rights.
    closeSync(openSync(file, 'a', 0o600));
  } catch {
    // SQLite meets the same obstacle on the next line and names it.
  }
  let database: Database | null = null;
  try {
    database = new BetterSqlite3(file, { timeout: BUSY_TIMEOUT_MS });
    database.pragma('journal_mode = WAL');
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    return database;
  } catch (error) {
    database?.close();
    throw cannotOpen(error);
  }
}

export function openForReading(file: string): Database {
  try {
    return new BetterSqlite3(file, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
  } catch (error) {
    throw cannotOpen(error);
  }
}

/** better-sqlite3 reports a missing folder as a TypeError of its own, without a code. */
function cannotOpen(error: unknown): Error {
  if (error instanceof TypeError) return storageErrorFrom({ code: 'SQLITE_CANTOPEN', message: error.message });
  return storageErrorFrom(error);
}
