/** Keys of the REST API in the store. Every promise settles when the write is durable; another process may write too. */
import type { ApiKey } from '../../domain/campaigns/api-key.js';

export interface ApiKeyRepository {
  /** Rejects when the id or the prefix stands already. */
  add(key: ApiKey): Promise<void>;
  /** Reads the store each time, so that a key that another process revoked is refused at once. */
  findByPrefix(prefix: string): Promise<ApiKey | null>;
  /** Oldest first, revoked ones included. */
  list(): Promise<readonly ApiKey[]>;
  /** The key as it then is; null when there is none. A key that is revoked keeps the time at which it was. */
  revoke(id: string, at: number): Promise<ApiKey | null>;
  /** Notes a use. Does nothing when there is no such key. */
  touch(id: string, at: number): Promise<void>;
}
