/** Records of faxes in SQLite. */
import type { FaxRepository } from '../../application/ports/fax-repository.js';
import type { Fax } from '../../domain/calls/fax.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteFaxRepository implements FaxRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async save(fax: Fax): Promise<void> {
    await this.#writer.request({ kind: 'fax', write: { kind: 'save-fax', fax } });
  }

  async find(id: string): Promise<Fax | null> {
    return (await this.#reader.request({ kind: 'fax', read: { kind: 'find-fax', id } })) as Fax | null;
  }

  async list(limit: number, before: string | null): Promise<readonly Fax[]> {
    const read = { kind: 'list-faxes', limit, before } as const;
    return (await this.#reader.request({ kind: 'fax', read })) as readonly Fax[];
  }

  async unfinished(): Promise<readonly Fax[]> {
    return (await this.#reader.request({ kind: 'fax', read: { kind: 'unfinished-faxes' } })) as readonly Fax[];
  }
}
