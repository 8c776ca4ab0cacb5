/**
 * What a routing plan says is to be dialled next: one offer, or several and how they share the time. Made by the walk of a
 * plan, consumed by the sale; says nothing of legs, slots or clocks.
 */
import type { Offer } from '../bidding/offer.js';

/**
 * one: the first offer; each further one when the one before it has failed. simultaneous: all at once, the first who takes
 * the call gets it. staggered: as simultaneous, each one begun `intervalMs` after the one before it, or when that has failed.
 */
export type DialMode = 'one' | 'simultaneous' | 'staggered';

export interface DialStep {
  /** Best first; never empty, and no target is in it twice. */
  readonly offers: readonly Offer[];
  readonly mode: DialMode;
  /** Between two beginnings of a staggered step; 0 for the other modes. */
  readonly intervalMs: number;
  /**
   * In mode `one`: when the offer that was begun last has shown no ringing, progress or answer for so long, the next one is
   * begun beside it. Null for never; such a step has two offers at most.
   */
  readonly hedgeAfterMs: number | null;
}
