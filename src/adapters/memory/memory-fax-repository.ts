/** Records of faxes in one process, for application tests. */
import type { FaxRepository } from '../../application/ports/fax-repository.js';
import type { Fax } from '../../domain/calls/fax.js';

export class MemoryFaxRepository implements FaxRepository {
  readonly #rows = new Map<string, Fax>();

  async save(fax: Fax): Promise<void> {
    this.#rows.set(fax.id, fax);
  }

  async find(id: string): Promise<Fax | null> {
    return this.#rows.get(id) ?? null;
  }

  async list(limit: number, before: string | null): Promise<readonly Fax[]> {
    const sorted = [...this.#rows.values()].sort((left, right) => (left.id < right.id ? 1 : -1));
    return sorted.filter(({ id }) => before === null || id < before).slice(0, limit);
  }

  async unfinished(): Promise<readonly Fax[]> {
    return [...this.#rows.values()].filter(({ state }) => state === 'receiving');
  }
}
