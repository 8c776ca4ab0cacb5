/** What is still to be delivered, in one process, for application tests. */
import type { Deliveries } from '../../application/ports/deliveries.js';
import type { Delivery } from '../../domain/calls/delivery.js';

const keyOf = ({ itemId, way }: Delivery): string => `${itemId} ${way}`;

export class MemoryDeliveries implements Deliveries {
  readonly #rows = new Map<string, Delivery>();

  add(delivery: Delivery): void {
    if (!this.#rows.has(keyOf(delivery))) this.#rows.set(keyOf(delivery), delivery);
  }

  async due(at: number, limit: number): Promise<readonly Delivery[]> {
    const due = [...this.#rows.values()].filter(({ state, dueAt }) => state === 'waiting' && dueAt <= at);
    return due.sort((left, right) => left.dueAt - right.dueAt).slice(0, limit);
  }

  async settle(delivery: Delivery): Promise<void> {
    if (this.#rows.get(keyOf(delivery))?.state === 'waiting') this.#rows.set(keyOf(delivery), delivery);
  }
}
