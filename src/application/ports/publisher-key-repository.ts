/** Keys of publishers in the store. Every promise settles when the write is durable; another process may write too. */
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';

export interface PublisherKeyRepository {
  /** Rejects when the id or the prefix stands already. */
  add(key: PublisherKey): Promise<void>;
  /** Reads the store each time, so that a key that another process revoked is refused at once. */
  findByPrefix(prefix: string): Promise<PublisherKey | null>;
  /** Oldest first, revoked ones included. */
  list(): Promise<readonly PublisherKey[]>;
  /** The key as it then is; null when there is none. A key that is revoked keeps the time at which it was. */
  revoke(id: string, at: number): Promise<PublisherKey | null>;
}
