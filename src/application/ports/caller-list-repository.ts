/** The lists of callers in the store. Whoever looks a caller up does so in memory; the store is read at the start. */
import type { CallerListEntry } from '../../domain/callers/caller-list.js';

export interface CallerListRepository {
  /** By id. */
  all(): Promise<readonly CallerListEntry[]>;
  /** Durable when it settles. Each takes the place of the entry with the same kind, level, subject and caller. One transaction. */
  put(entries: readonly CallerListEntry[]): Promise<void>;
  remove(id: string): Promise<void>;
}
