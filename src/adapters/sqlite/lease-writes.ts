/**
 * The right to write calls (migration 000008) as statements on the writer thread. The fence is compared inside the transaction
 * of each call write, so that a process that has lost it cannot write, whatever it believes.
 */
import type { Database, Statement } from 'better-sqlite3';
import type { LeaseHolder, LeaseState } from '../../application/ports/process-lease.js';
import { assertNever } from '../../domain/assert-never.js';
import { StorageError } from './storage-error.js';

export type LeaseWrite =
  /** Answers with the LeaseState. */
  | { readonly kind: 'look' }
  /** Answers whether it was taken. */
  | { readonly kind: 'take'; readonly holder: LeaseHolder; readonly seenFence: number; readonly at: number }
  /** Answers whether it is still held. */
  | { readonly kind: 'beat'; readonly at: number }
  | { readonly kind: 'release'; readonly at: number };

interface LeaseRow {
  readonly fence: number;
  readonly holder: string | null;
  readonly beatAt: number;
}

export class LeaseWrites {
  readonly #look: Statement;
  readonly #fence: Statement;
  readonly #take: Statement;
  readonly #beat: Statement;
  readonly #release: Statement;
  /** Null until the lease is taken: commands that take no calls write without one. */
  #held: number | null = null;

  constructor(database: Database) {
    this.#look = database.prepare('SELECT fence, holder, beat_at AS "beatAt" FROM process_lease');
    this.#fence = database.prepare('SELECT fence FROM process_lease').pluck();
    this.#take = database.prepare(
      'UPDATE process_lease SET fence = fence + 1, holder = @holder, beat_at = @at WHERE fence = @seenFence',
    );
    this.#beat = database.prepare('UPDATE process_lease SET beat_at = @at WHERE fence = @fence');
    this.#release = database.prepare(
      'UPDATE process_lease SET fence = fence + 1, holder = NULL, beat_at = @at WHERE fence = @fence',
    );
  }

  /** Throws when this process had the right to write calls and has it no more. */
  guard(): void {
    if (this.#held === null || this.#fence.get() === this.#held) return;
    throw new StorageError('lease-lost', 'another process serves the calls of this database');
  }

  run(write: LeaseWrite): unknown {
    switch (write.kind) {
      case 'look':
        return this.#state();
      case 'take': {
        const { holder, seenFence, at } = write;
        const isTaken = this.#take.run({ holder: JSON.stringify(holder), seenFence, at }).changes > 0;
        if (isTaken) this.#held = seenFence + 1;
        return isTaken;
      }
      case 'beat':
        return this.#beat.run({ at: write.at, fence: this.#held }).changes > 0;
      case 'release':
        return this.#release.run({ at: write.at, fence: this.#held }).changes > 0;
      default:
        return assertNever(write);
    }
  }

  #state(): LeaseState {
    const { fence, holder, beatAt } = this.#look.get() as LeaseRow;
    return { fence, holder: holder === null ? null : (JSON.parse(holder) as LeaseHolder), beatAt };
  }
}
