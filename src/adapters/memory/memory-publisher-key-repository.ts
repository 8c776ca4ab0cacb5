/** Keys of publishers in memory, for tests. */
import type { PublisherKeyRepository } from '../../application/ports/publisher-key-repository.js';
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';

export class MemoryPublisherKeyRepository implements PublisherKeyRepository {
  readonly #keys = new Map<string, PublisherKey>();

  async add(key: PublisherKey): Promise<void> {
    const isTaken = [...this.#keys.values()].some(({ id, prefix }) => id === key.id || prefix === key.prefix);
    if (isTaken) throw new Error('a publisher key with this id or prefix stands already');
    this.#keys.set(key.id, key);
  }

  async findByPrefix(prefix: string): Promise<PublisherKey | null> {
    return [...this.#keys.values()].find((key) => key.prefix === prefix) ?? null;
  }

  async list(): Promise<readonly PublisherKey[]> {
    const oldestFirst = (left: PublisherKey, right: PublisherKey): number =>
      left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1);
    return [...this.#keys.values()].sort(oldestFirst);
  }

  async revoke(id: string, at: number): Promise<PublisherKey | null> {
    const key = this.#keys.get(id);
    if (key === undefined) return null;
    const revoked = { ...key, revokedAt: key.revokedAt ?? at };
    this.#keys.set(id, revoked);
    return revoked;
  }
}
