/** What is still to be delivered; rows come with the closing of a call (`CallClosing.deliveries`). */
import type { Delivery } from '../../domain/calls/delivery.js';

export interface Deliveries {
  /** Those that wait and are due, the oldest first. */
  due(at: number, limit: number): Promise<readonly Delivery[]>;
  /** Writes what became of one. Rejects with LeaseLostError when another process delivers now. */
  settle(delivery: Delivery): Promise<void>;
}
