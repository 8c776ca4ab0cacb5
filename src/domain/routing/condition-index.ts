/**
 * Who may compete for a call by what its tags say, looked up in place of asked one by one: of ten thousand targets most want
 * callers of other states. It leaves out only whom his condition certainly keeps out; whoever it names is still judged in full.
 */
import type { CallTags } from '../calls/call-tags.js';
import type { Condition } from './condition.js';
import { type ConditionBook, type EqualityTest, equalityTestsOf, MISSING } from './condition-book.js';

/** Made of its items when the first call asks for it. */
class LazyShelf<Item, Shelf> {
  readonly #items: readonly Item[];
  readonly #shelve: (items: readonly Item[]) => Shelf;
  #shelf: Shelf | null = null;

  constructor(items: readonly Item[], shelve: (items: readonly Item[]) => Shelf) {
    this.#items = items;
    this.#shelve = shelve;
  }

  get(): Shelf {
    this.#shelf ??= this.#shelve(this.#items);
    return this.#shelf;
  }
}

interface TagShelves<Item, Shelf> {
  /** As the book numbers it, as the values. */
  readonly tag: number;
  readonly byValue: ReadonlyMap<number, LazyShelf<Item, Shelf>>;
  /** For calls without the tag. */
  readonly missing: LazyShelf<Item, Shelf> | null;
}

class TagItems<Item> {
  readonly byValue = new Map<string, Item[]>();
  readonly missing: Item[] = [];

  put(item: Item, { values, passesIfMissing }: EqualityTest): void {
    for (const value of values) {
      const items = this.byValue.get(value);
      if (items === undefined) this.byValue.set(value, [item]);
      else items.push(item);
    }
    if (passesIfMissing) this.missing.push(item);
  }
}

/** How many values each tag tells apart: the more, the fewer items are left on one shelf. */
function valueCounts(tests: readonly EqualityTest[]): ReadonlyMap<string, number> {
  const values = new Map<string, Set<string>>();
  for (const test of tests) {
    const known = values.get(test.tag) ?? new Set();
    for (const value of test.values) known.add(value);
    values.set(test.tag, known);
  }
  return new Map([...values].map(([tag, known]) => [tag, known.size]));
}

export class ConditionIndex<Item, Shelf> {
  /** Knows which value the call has: conditions ask for the same. */
  readonly #book: ConditionBook;
  /** Of items that no tag tells apart; null when there are none. */
  readonly #always: Shelf | null;
  readonly #byTag: readonly TagShelves<Item, Shelf>[];

  /** Items keep their order on each shelf; `shelve` makes a shelf of them, when the first call asks for it. */
  constructor(
    items: readonly Item[],
    conditionOf: (item: Item) => Condition | null,
    shelve: (items: readonly Item[]) => Shelf,
    book: ConditionBook,
  ) {
    this.#book = book;
    const tested = items.map((item) => {
      const condition = conditionOf(item);
      return { item, tests: condition === null ? [] : equalityTestsOf(condition) };
    });
    const counts = valueCounts(tested.flatMap(({ tests }) => tests));
    const always: Item[] = [];
    const byTag = new Map<string, TagItems<Item>>();
    for (const { item, tests } of tested) {
      const [first, ...others] = tests;
      if (first === undefined) {
        always.push(item);
        continue;
      }
      const countOf = ({ tag }: EqualityTest): number => counts.get(tag) ?? 0;
      const best = others.reduce((left, right) => (countOf(right) > countOf(left) ? right : left), first);
      const kept = byTag.get(best.tag) ?? new TagItems<Item>();
      byTag.set(best.tag, kept);
      kept.put(item, best);
    }
    this.#always = always.length === 0 ? null : shelve(always);
    this.#byTag = [...byTag].map(([name, { byValue, missing }]) => {
      const tag = book.tagNumber(name);
      const shelves = [...byValue].map(([value, shelved]): [number, LazyShelf<Item, Shelf>] => {
        return [book.valueNumber(tag, value), new LazyShelf(shelved, shelve)];
      });
      return { tag, byValue: new Map(shelves), missing: missing.length === 0 ? null : new LazyShelf(missing, shelve) };
    });
  }

  /** Every item whose condition the tags meet is on exactly one of them. */
  shelvesFor(tags: CallTags): readonly Shelf[] {
    const shelves: Shelf[] = this.#always === null ? [] : [this.#always];
    for (const { tag, byValue, missing } of this.#byTag) {
      const found = this.#book.foundIn(tags, tag);
      const shelf = found === MISSING ? missing : byValue.get(found);
      if (shelf !== undefined && shelf !== null) shelves.push(shelf.get());
    }
    return shelves;
  }
}
