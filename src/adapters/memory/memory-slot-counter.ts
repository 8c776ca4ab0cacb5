/**
 * Concurrency slots of a single node, in memory. Everything happens in one turn of the event loop, which is what makes a
 * reservation of several keys atomic; a crashed process gives back what it held because the counts die with it.
 */
import type { SlotCounter, SlotOutcome, SlotRequest } from '../../application/ports/slot-counter.js';
import { slotNumbers } from '../../domain/routing/name-numbers.js';

const FIRST_SIZE = 256;

export class MemorySlotCounter implements SlotCounter {
  /** Holders by key; a holder stands once for each slot that it has. A key without holders is not in the map. */
  readonly #holders = new Map<string, string[]>();
  /** How many holders a key has, by its number. */
  #counts = new Int32Array(FIRST_SIZE);

  async reserve(requests: readonly SlotRequest[], owner: string): Promise<SlotOutcome> {
    const taken: string[] = [];
    for (const { key, limit } of requests) {
      const used = this.used(key);
      if (limit !== null && used >= limit) {
        this.#giveBack(taken, owner);
        return { kind: 'full', key, used, limit };
      }
      this.#take(key, owner);
      taken.push(key);
    }
    let isHeld = true;
    const release = async (): Promise<void> => {
      if (!isHeld) return;
      isHeld = false;
      this.#giveBack(taken, owner);
    };
    return { kind: 'reserved', release };
  }

  used(key: string): number {
    return this.usedAt(slotNumbers.of(key));
  }

  usedAt(slot: number): number {
    return this.#counts[slot] ?? 0;
  }

  counts(): (slot: number) => number {
    const counts = this.#counts.slice();
    return (slot) => counts[slot] ?? 0;
  }

  snapshot(): ReadonlyMap<string, number> {
    return new Map([...this.#holders].map(([key, owners]) => [key, owners.length]));
  }

  /** Who holds the slots of a key, for the report of a leak. */
  holders(key: string): readonly string[] {
    return [...(this.#holders.get(key) ?? [])];
  }

  #take(key: string, owner: string): void {
    const owners = this.#holders.get(key);
    if (owners === undefined) this.#holders.set(key, [owner]);
    else owners.push(owner);
    this.#count(key, 1);
  }

  #count(key: string, by: number): void {
    const slot = slotNumbers.of(key);
    if (slot >= this.#counts.length) {
      const more = new Int32Array(slot * 2);
      more.set(this.#counts);
      this.#counts = more;
    }
    this.#counts[slot] = this.usedAt(slot) + by;
  }

  #giveBack(keys: readonly string[], owner: string): void {
    for (const key of keys) {
      const owners = this.#holders.get(key);
      const at = owners?.indexOf(owner) ?? -1;
      if (owners === undefined || at < 0) continue;
      owners.splice(at, 1);
      this.#count(key, -1);
      if (owners.length === 0) this.#holders.delete(key);
    }
  }
}
