/** Keys of publishers in SQLite. */
import type { PublisherKeyRepository } from '../../application/ports/publisher-key-repository.js';
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqlitePublisherKeyRepository implements PublisherKeyRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async add(key: PublisherKey): Promise<void> {
    await this.#writer.request({ kind: 'publisher', write: { kind: 'add-key', key } });
  }

  async findByPrefix(prefix: string): Promise<PublisherKey | null> {
    const found = await this.#reader.request({ kind: 'publisher', read: { kind: 'find-key', prefix } });
    return found as PublisherKey | null;
  }

  async list(): Promise<readonly PublisherKey[]> {
    return (await this.#reader.request({ kind: 'publisher', read: { kind: 'list-keys' } })) as readonly PublisherKey[];
  }

  async revoke(id: string, at: number): Promise<PublisherKey | null> {
    const revoked = await this.#writer.request({ kind: 'publisher', write: { kind: 'revoke-key', id, at } });
    return revoked as PublisherKey | null;
  }
}
