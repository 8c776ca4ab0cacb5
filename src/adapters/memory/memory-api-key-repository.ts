/** Keys of the REST API of one process, for tests. */
import type { ApiKeyRepository } from '../../application/ports/api-key-repository.js';
import type { ApiKey } from '../../domain/campaigns/api-key.js';

export class MemoryApiKeyRepository implements ApiKeyRepository {
  readonly #keys = new Map<string, ApiKey>();

  async add(key: ApiKey): Promise<void> {
    const others = [...this.#keys.values()];
    if (others.some(({ id, prefix }) => id === key.id || prefix === key.prefix))
      throw new Error('the key stands already');
    this.#keys.set(key.id, structuredClone(key));
  }

  async findByPrefix(prefix: string): Promise<ApiKey | null> {
    return [...this.#keys.values()].find((key) => key.prefix === prefix) ?? null;
  }

  async list(): Promise<readonly ApiKey[]> {
    return [...this.#keys.values()].sort(
      (left, right) => left.createdAt - right.createdAt || (left.id < right.id ? -1 : 1),
    );
  }

  async revoke(id: string, at: number): Promise<ApiKey | null> {
    const key = this.#keys.get(id);
    if (key === undefined) return null;
    const revoked = { ...key, revokedAt: key.revokedAt ?? at };
    this.#keys.set(id, revoked);
    return revoked;
  }

  async touch(id: string, at: number): Promise<void> {
    const key = this.#keys.get(id);
    if (key !== undefined) this.#keys.set(id, { ...key, lastUsedAt: at });
  }
}
