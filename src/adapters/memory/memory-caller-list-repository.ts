/** Lists of callers in memory, for tests. */
import type { CallerListRepository } from '../../application/ports/caller-list-repository.js';
import { type CallerListEntry, entryKey } from '../../domain/callers/caller-list.js';

export class MemoryCallerListRepository implements CallerListRepository {
  readonly #entries = new Map<string, CallerListEntry>();

  async all(): Promise<readonly CallerListEntry[]> {
    return [...this.#entries.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
  }

  async put(entries: readonly CallerListEntry[]): Promise<void> {
    for (const entry of entries) this.#entries.set(entryKey(entry), entry);
  }

  async remove(id: string): Promise<void> {
    for (const [key, entry] of this.#entries) if (entry.id === id) this.#entries.delete(key);
  }
}
