/** Which trunk an address belongs to: carriers send no digest, so the source address is the only gate. */
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Trunk } from '../../domain/trunks/trunk.js';

export interface TrunkFinder {
  /** Null for an address in no active trunk's networks. The narrowest network wins. */
  find(configuration: Configuration, address: string): Trunk | null;
}
