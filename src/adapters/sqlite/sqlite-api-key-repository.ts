/** Keys of the REST API in SQLite. */
import type { ApiKeyRepository } from '../../application/ports/api-key-repository.js';
import type { ApiKey } from '../../domain/campaigns/api-key.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteApiKeyRepository implements ApiKeyRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async add(key: ApiKey): Promise<void> {
    await this.#writer.request({ kind: 'api', write: { kind: 'add-key', key } });
  }

  async findByPrefix(prefix: string): Promise<ApiKey | null> {
    return (await this.#reader.request({ kind: 'api', read: { kind: 'find-key', prefix } })) as ApiKey | null;
  }

  async list(): Promise<readonly ApiKey[]> {
    return (await this.#reader.request({ kind: 'api', read: { kind: 'list-keys' } })) as readonly ApiKey[];
  }

  async revoke(id: string, at: number): Promise<ApiKey | null> {
    return (await this.#writer.request({ kind: 'api', write: { kind: 'revoke-key', id, at } })) as ApiKey | null;
  }

  async touch(id: string, at: number): Promise<void> {
    await this.#writer.request({ kind: 'api', write: { kind: 'touch-key', id, at } });
  }
}
