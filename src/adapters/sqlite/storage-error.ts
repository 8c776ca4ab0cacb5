/**
 * What can be wrong with the database, as one class that says what kind of fault it is, whether trying again can help, and
 * which SIP answer stands for it. Made where SQLite's error is caught, carried between the threads as plain data.
 */
import type { HangupCause } from '../../domain/calls/hangup-cause.js';

export type StorageFault =
  | 'disk-full'
  | 'read-only'
  | 'corrupt'
  | 'busy'
  | 'input-output'
  | 'cannot-open'
  | 'newer-database'
  | 'changed-migration'
  | 'foreign-file'
  | 'constraint'
  | 'not-found'
  | 'overloaded'
  | 'lease-lost'
  | 'closed'
  | 'thread-lost'
  | 'unknown';

const RETRYABLE: ReadonlySet<StorageFault> = new Set<StorageFault>(['busy', 'overloaded', 'disk-full']);

/** Faults that are not the request's: the next one meets them too, until somebody mends the disk. */
const DISK_TROUBLES: ReadonlySet<StorageFault> = new Set<StorageFault>([
  ...(['disk-full', 'read-only', 'corrupt', 'busy', 'input-output', 'cannot-open', 'unknown'] as const),
]);

export function isDiskTrouble(fault: StorageFault): boolean {
  return DISK_TROUBLES.has(fault);
}

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly fault: StorageFault;
  /** Whether the same write may succeed later without anybody changing it. */
  readonly retryable: boolean;
  /** RFC 3261 section 21.5.4: it is we who cannot take the call now, and the carrier may try elsewhere. */
  readonly sipStatus = 503;
  readonly hangupCause: HangupCause = 'NORMAL_TEMPORARY_FAILURE';

  constructor(fault: StorageFault, sentence: string) {
    super(sentence);
    this.fault = fault;
    this.retryable = RETRYABLE.has(fault);
  }
}

/** Result codes of SQLite by their beginning, extended codes included (https://sqlite.org/rescode.html). */
const FAULTS_BY_CODE: readonly (readonly [string, StorageFault, string])[] = [
  [
    'SQLITE_FULL',
    'disk-full',
    'the disk of the database is full; free some space, calls are taken again by themselves',
  ],
  ['SQLITE_READONLY', 'read-only', 'the database cannot be written; check the rights of the file and of its folder'],
  ['SQLITE_CORRUPT', 'corrupt', 'the database file is damaged; stop, keep the file, and restore the last backup'],
  ['SQLITE_NOTADB', 'corrupt', 'the file is not an SQLite database, or its first page is damaged'],
  ['SQLITE_BUSY', 'busy', 'another process holds the database; end it, or try again'],
  ['SQLITE_LOCKED', 'busy', 'another connection holds the table; try again'],
  [
    'SQLITE_CANTOPEN',
    'cannot-open',
    'the database file cannot be opened; check that its folder exists and may be written',
  ],
  ['SQLITE_IOERR', 'input-output', 'the disk of the database reports an error; check the disk and the system log'],
  ['SQLITE_PERM', 'read-only', 'the database may not be opened with these rights'],
  ['SQLITE_CONSTRAINT', 'constraint', 'the row contradicts what is stored'],
];

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** A StorageError for whatever a statement threw. The sentence ends with SQLite's own words, which hold no caller data. */
export function storageErrorFrom(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  const code = codeOf(error);
  const words = error instanceof Error ? error.message : String(error);
  const row = FAULTS_BY_CODE.find(([prefix]) => code.startsWith(prefix));
  if (row === undefined) return new StorageError('unknown', `the database refused: ${words}`);
  return new StorageError(row[1], `${row[2]} (${code}: ${words})`);
}
