/**
 * A priority queue whose best few are at hand: whatever is put in, the first by the given order comes out first. Used by
 * the auction, whose bids arrive by the thousand, and of which the best and its followers are mostly all that is looked
 * at. So an arrival is compared with the last of the best few and touches nothing else that came before; the rest is put
 * in order when it is asked for.
 */

/** The winner, the runner-up whom the timeline names, and two more to fall back on. */
const FRONT_SIZE = 4;

export class PriorityQueue<Item> {
  /** The best few, in order: nothing of the rest comes before any of them. Empty with a rest only until somebody asks. */
  readonly #front: Item[] = [];
  /** A binary heap up to `#heapSize`, and after it what arrived since, as it came. */
  readonly #rest: Item[] = [];
  #heapSize = 0;
  readonly #compare: (left: Item, right: Item) => number;

  /** `compare` is negative when `left` comes first. Items that compare as equal come out in any order. */
  constructor(compare: (left: Item, right: Item) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#front.length + this.#rest.length;
  }

  first(): Item | undefined {
    if (this.#front.length === 0 && this.#rest.length > 0) this.#refill();
    return this.#front[0];
  }

  /** A constant cost, whatever is in it. */
  add(item: Item): void {
    const front = this.#front;
    const last = front[front.length - 1];
    const isBehind = last === undefined || this.#compare(item, last) >= 0;
    if (isBehind && (front.length === FRONT_SIZE || this.#rest.length > 0)) {
      this.#rest.push(item);
      return;
    }
    if (front.length === FRONT_SIZE && last !== undefined) {
      this.#rest.push(last);
      front.pop();
    }
    let at = front.length;
    front.push(item);
    for (let before = front[at - 1]; before !== undefined; before = front[at - 1]) {
      if (this.#compare(item, before) >= 0) break;
      front[at] = before;
      at -= 1;
    }
    front[at] = item;
  }

  take(): Item | undefined {
    const first = this.first();
    this.#front.shift();
    return first;
  }

  #refill(): void {
    this.#growHeap();
    const heap = this.#rest;
    while (this.#front.length < FRONT_SIZE) {
      const best = heap[0];
      const last = heap.pop();
      if (best === undefined || last === undefined) break;
      this.#front.push(best);
      this.#heapSize = heap.length;
      if (heap.length > 0) this.#sink(last, 0);
    }
  }

  /** What is new joins the heap: all at once from below (Floyd), in proportion to the whole, or one by one when few came. */
  #growHeap(): void {
    const heap = this.#rest;
    if (heap.length > 2 * this.#heapSize) {
      for (let at = (heap.length >> 1) - 1; at >= 0; at -= 1) {
        const item = heap[at];
        if (item !== undefined) this.#sink(item, at);
      }
    } else {
      for (let at = this.#heapSize; at < heap.length; at += 1) this.#rise(at);
    }
    this.#heapSize = heap.length;
  }

  #rise(from: number): void {
    const heap = this.#rest;
    const item = heap[from];
    if (item === undefined) return;
    let at = from;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = heap[above];
      if (parent === undefined || this.#compare(item, parent) >= 0) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = item;
  }

  #sink(item: Item, from: number): void {
    const heap = this.#rest;
    let at = from;
    for (;;) {
      let below = 2 * at + 1;
      let child = heap[below];
      if (child === undefined) break;
      const other = heap[below + 1];
      if (other !== undefined && this.#compare(other, child) < 0) {
        below += 1;
        child = other;
      }
      if (this.#compare(item, child) <= 0) break;
      heap[at] = child;
      at = below;
    }
    heap[at] = item;
  }
}
