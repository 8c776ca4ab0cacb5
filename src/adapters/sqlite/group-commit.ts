/**
 * One transaction for many writes: an fsync costs milliseconds and a statement microseconds, so whatever waited while the
 * last fsync ran goes into the next one. Of several each write stands in a savepoint of its own, so that one that fails takes
 * nothing with it. Results may be given out only when this has returned, since only then the group is durable.
 */
import type { Database, Statement } from 'better-sqlite3';

export type WriteResult =
  | { readonly isDone: true; readonly value: unknown }
  | { readonly isDone: false; readonly error: unknown };

const failed = (error: unknown): WriteResult => ({ isDone: false, error });

export class GroupCommit<Write> {
  readonly #database: Database;
  readonly #execute: (write: Write) => unknown;
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #savepoint: Statement;
  readonly #release: Statement;

  constructor(database: Database, execute: (write: Write) => unknown) {
    this.#database = database;
    this.#execute = execute;
    this.#begin = database.prepare('BEGIN IMMEDIATE');
    this.#commit = database.prepare('COMMIT');
    this.#savepoint = database.prepare('SAVEPOINT one');
    this.#release = database.prepare('RELEASE one');
  }

  /** One result per write, in order. Never throws: a transaction that cannot begin or commit fails all its writes. */
  run(writes: readonly Write[]): readonly WriteResult[] {
    try {
      this.#begin.run();
    } catch (error) {
      return writes.map(() => failed(error));
    }
    const results: WriteResult[] = [];
    try {
      const [only] = writes;
      // On its own it takes nothing with it: whatever fails it fails the transaction.
      if (writes.length === 1 && only !== undefined) results.push({ isDone: true, value: this.#execute(only) });
      else for (const write of writes) results.push(this.#runOne(write));
      this.#commit.run();
      return results;
    } catch (error) {
      // A full disk or a lost lock may have rolled everything back already (https://sqlite.org/lang_transaction.html).
      if (this.#database.inTransaction) this.#database.exec('ROLLBACK');
      return writes.map(() => failed(error));
    }
  }

  /** Throws only when the transaction as a whole is gone. */
  #runOne(write: Write): WriteResult {
    this.#savepoint.run();
    try {
      const value = this.#execute(write);
      this.#release.run();
      return { isDone: true, value };
    } catch (error) {
      if (!this.#database.inTransaction) throw error;
      this.#database.exec('ROLLBACK TO one');
      this.#database.exec('RELEASE one');
      return failed(error);
    }
  }
}
