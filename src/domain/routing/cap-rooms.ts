/**
 * The hard caps of a plan's targets, or of its groups, as decisions ask for them: numbers side by side in one table, so that a target's caps lie
 * where one look finds them all. What of ten thousand targets is strewn over the memory takes longer to fetch than to judge.
 */
import type { CountedCap } from './cap.js';
import { meterNumbers } from './name-numbers.js';

const PAIR = 2;
const FIRST_SIZE = 64;

export class CapRooms {
  /** Of each row how many caps it has, then for each its meter and the most that may be used while there is room for one call more. */
  #cells = new Float64Array(FIRST_SIZE);
  #length = 0;

  /** Of the hard ones among `caps`: soft caps keep nobody out. Returns the number of the row; null when it would be empty. */
  add(caps: readonly CountedCap[], leastUse: (counted: CountedCap) => number): number | null {
    const hard = caps.filter(({ cap }) => cap.kind === 'hard');
    if (hard.length === 0) return null;
    const row = this.#length;
    this.#append(hard.length);
    for (const counted of hard) {
      this.#append(meterNumbers.of(counted.key));
      this.#append(counted.cap.limit - leastUse(counted));
    }
    return row;
  }

  /** What `fits` says of all caps of the row, for what a call uses at least. `usedCap` answers by the number of the meter. */
  hasRoom(row: number, usedCap: (meter: number) => number): boolean {
    const cells = this.#cells;
    const end = row + 1 + (cells[row] ?? 0) * PAIR;
    for (let at = row + 1; at < end; at += PAIR) {
      if (usedCap(cells[at] ?? 0) > (cells[at + 1] ?? 0)) return false;
    }
    return true;
  }

  #append(value: number): void {
    if (this.#length === this.#cells.length) {
      const longer = new Float64Array(this.#length * 2);
      longer.set(this.#cells);
      this.#cells = longer;
    }
    this.#cells[this.#length] = value;
    this.#length += 1;
  }
}
