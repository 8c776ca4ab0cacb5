/** What is still to be delivered, in SQLite; the rows come with the closing of their calls. */
import type { Deliveries } from '../../application/ports/deliveries.js';
import type { Delivery } from '../../domain/calls/delivery.js';
import type { ReadResults, StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteDeliveries implements Deliveries {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;

  constructor(writer: ThreadLink<StoreWrite>, reader: ThreadLink<StoreRead>) {
    this.#writer = writer;
    this.#reader = reader;
  }

  async due(at: number, limit: number): Promise<readonly Delivery[]> {
    return (await this.#reader.request({ kind: 'due-deliveries', at, limit })) as ReadResults['due-deliveries'];
  }

  async settle(delivery: Delivery): Promise<void> {
    await this.#writer.request({ kind: 'settle-delivery', delivery });
  }
}
