/**
 * Concurrency slots on trunks, campaigns, sources, buyers and targets. Reserved atomically and all together, as leases, so
 * that parallel calls cannot overshoot and a crashed process gives back what it held.
 */
export interface SlotRequest {
  /** For example `target:t1` or `trunk:telnyx:in`. */
  readonly key: string;
  /** Null for no limit; it is counted all the same. */
  readonly limit: number | null;
}

export type SlotOutcome =
  | { readonly kind: 'reserved'; readonly release: () => Promise<void> }
  | { readonly kind: 'full'; readonly key: string; readonly used: number; readonly limit: number };

export interface SlotCounter {
  /** All or none. `owner` names the holder, normally a callId with a purpose. */
  reserve(requests: readonly SlotRequest[], owner: string): Promise<SlotOutcome>;
  used(key: string): number;
  /** The same by the number that the key has in `slotNumbers`. */
  usedAt(slot: number): number;
  /** Answers later what `usedAt` answers now: what a call's decision is judged by. */
  counts(): (slot: number) => number;
  /** A copy of the keys that are in use now, for the leak check. */
  snapshot(): ReadonlyMap<string, number>;
}
