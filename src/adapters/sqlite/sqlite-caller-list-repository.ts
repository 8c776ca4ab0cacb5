/** Lists of callers in SQLite: read whole at the start, written through the writer thread. */
import type { CallerListRepository } from '../../application/ports/caller-list-repository.js';
import type { CallerListEntry } from '../../domain/callers/caller-list.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteCallerListRepository implements CallerListRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async all(): Promise<readonly CallerListEntry[]> {
    return (await this.#reader.request({ kind: 'caller-list' })) as readonly CallerListEntry[];
  }

  async put(entries: readonly CallerListEntry[]): Promise<void> {
    await this.#writer.request({ kind: 'caller-list', write: { kind: 'put', entries } });
  }

  async remove(id: string): Promise<void> {
    await this.#writer.request({ kind: 'caller-list', write: { kind: 'remove', id } });
  }
}
