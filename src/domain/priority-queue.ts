/**
 * A binary heap: whatever is put in, the first by the given order comes out first, at a cost that grows with the logarithm
 * of what is in it. Used by the auction, whose bids arrive in any order and of which only the best are ever looked at.
 */
export class PriorityQueue<Item> {
  readonly #items: Item[] = [];
  /** The first was taken and nothing has been put in its place yet: often nobody asks for another. */
  #isFirstTaken = false;
  readonly #compare: (left: Item, right: Item) => number;

  /** `compare` is negative when `left` comes first. Items that compare as equal come out in any order. */
  constructor(compare: (left: Item, right: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length - (this.#isFirstTaken ? 1 : 0);
  }

  first(): Item | undefined {
    this.#close();
    return this.#items[0];
  }

  /** Whether the first comes before every other, and not only before most. */
  isFirstAlone(): boolean {
    const first = this.first();
    const [, left, right] = this.#items;
    return first !== undefined && [left, right].every((each) => each === undefined || this.#compare(first, each) < 0);
  }

  add(item: Item): void {
    this.#close();
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above];
      if (parent === undefined || this.#compare(item, parent) >= 0) break;
      items[at] = parent;
      at = above;
    }
    items[at] = item;
  }

  take(): Item | undefined {
    const first = this.first();
    this.#isFirstTaken = first !== undefined;
    return first;
  }

  #close(): void {
    if (!this.#isFirstTaken) return;
    this.#isFirstTaken = false;
    const last = this.#items.pop();
    if (this.#items.length > 0 && last !== undefined) this.#sink(last);
  }

  #sink(item: Item): void {
    const items = this.#items;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      let child = items[below];
      if (child === undefined) break;
      const other = items[below + 1];
      if (other !== undefined && this.#compare(other, child) < 0) {
        below += 1;
        child = other;
      }
      if (this.#compare(item, child) <= 0) break;
      items[at] = child;
      at = below;
    }
    items[at] = item;
  }
}
