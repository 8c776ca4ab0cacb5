/**
 * A priority queue whose first is at hand: whatever is put in, the first by the given order comes out first. Used by the
 * auction, whose bids arrive by the thousand and of which often only the best is looked at. So an arrival is compared with
 * the present first alone and touches nothing that came before; the others are put in order when a second is asked for.
 */
export class PriorityQueue<Item> {
  #first: Item | undefined;
  /** Another of the others compares as equal with the first. */
  #isTied = false;
  /** All but the first: a binary heap up to `#ordered`, and what arrived since. */
  readonly #others: Item[] = [];
  #ordered = 0;
  readonly #compare: (left: Item, right: Item) => number;

  /** `compare` is negative when `left` comes first. Items that compare as equal come out in any order. */
  constructor(compare: (left: Item, right: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#others.length + (this.#first === undefined ? 0 : 1);
  }

  first(): Item | undefined {
    if (this.#first === undefined && this.#others.length > 0) this.#promote();
    return this.#first;
  }

  /** Whether the first comes before every other, and not only before most. */
  isFirstAlone(): boolean {
    return this.first() !== undefined && !this.#isTied;
  }

  /** A constant cost, whatever is in it. */
  add(item: Item): void {
    const first = this.#first;
    if (first === undefined) {
      if (this.#others.length === 0) this.#first = item;
      else this.#others.push(item);
      return;
    }
    const order = this.#compare(item, first);
    if (order < 0) {
      this.#others.push(first);
      this.#first = item;
      this.#isTied = false;
      return;
    }
    this.#others.push(item);
    if (order === 0) this.#isTied = true;
  }

  take(): Item | undefined {
    const first = this.first();
    this.#first = undefined;
    this.#isTied = false;
    return first;
  }

  /** The best of the others becomes the first. Costs as much as has arrived since it was asked for last. */
  #promote(): void {
    this.#order();
    const others = this.#others;
    const first = others[0];
    const last = others.pop();
    this.#ordered = others.length;
    if (last !== undefined && others.length > 0) this.#sink(last, 0);
    const next = others[0];
    this.#first = first;
    this.#isTied = first !== undefined && next !== undefined && this.#compare(next, first) === 0;
  }

  /** Floyd's way from below when most is new, since it costs the number of items only; else each new one by itself. */
  #order(): void {
    const others = this.#others;
    if (others.length > 2 * this.#ordered) {
      for (let at = (others.length >> 1) - 1; at >= 0; at -= 1) {
        const item = others[at];
        if (item !== undefined) this.#sink(item, at);
      }
    } else {
      for (let at = this.#ordered; at < others.length; at += 1) this.#rise(at);
    }
    this.#ordered = others.length;
  }

  #rise(from: number): void {
    const others = this.#others;
    const item = others[from];
    let at = from;
    while (item !== undefined && at > 0) {
      const above = (at - 1) >> 1;
      const parent = others[above];
      if (parent === undefined || this.#compare(item, parent) >= 0) break;
      others[at] = parent;
      at = above;
    }
    if (item !== undefined) others[at] = item;
  }

  #sink(item: Item, from: number): void {
    const others = this.#others;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      let child = others[below];
      if (child === undefined) break;
      const other = others[below + 1];
      if (other !== undefined && this.#compare(other, child) < 0) {
        below += 1;
        child = other;
      }
      if (this.#compare(item, child) <= 0) break;
      others[at] = child;
      at = below;
    }
    others[at] = item;
  }
}
