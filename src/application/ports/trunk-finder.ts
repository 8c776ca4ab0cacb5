/** Which trunk an address belongs to: carriers send no digest, so the source address is the only gate. */
import type { Configuration } from '../../domain/configuration.js';
import type { Trunk } from '../../domain/trunk.js';

export interface TrunkFinder {
  /** Null for an address in no active trunk's networks. The narrowest network wins. */
  find(configuration: Configuration, address: string): Trunk | null;
}
