/**
 * Who may compete for a call by what its tags say, looked up in place of asked one by one: of ten thousand targets most want
 * callers of other states. It leaves out only whom his condition certainly keeps out; whoever it names is still judged in full.
 */
import type { CallTags } from '../calls/call-tags.js';
import { type EqualityTest, equalityTestsOf } from './compiled-condition.js';
import type { Condition } from './condition.js';

interface TagShelves<Shelf> {
  readonly tag: string;
  /** By the value in small letters. */
  readonly byValue: ReadonlyMap<string, () => Shelf>;
  /** For calls without the tag. */
  readonly missing: (() => Shelf) | null;
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

function made<Item, Shelf>(items: readonly Item[], shelve: (items: readonly Item[]) => Shelf): () => Shelf {
  let shelf: Shelf | null = null;
  return () => {
    shelf ??= shelve(items);
    return shelf;
  };
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
  /** Of items that no tag tells apart; null when there are none. */
  readonly #always: Shelf | null;
  readonly #byTag: readonly TagShelves<Shelf>[];

  /** Items keep their order on each shelf; `shelve` makes a shelf of them, when the first call asks for it. */
  constructor(
    items: readonly Item[],
    conditionOf: (item: Item) => Condition | null,
    shelve: (items: readonly Item[]) => Shelf,
  ) {
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
    this.#byTag = [...byTag].map(([tag, { byValue, missing }]) => ({
      tag,
      byValue: new Map([...byValue].map(([value, shelved]) => [value, made(shelved, shelve)])),
      missing: missing.length === 0 ? null : made(missing, shelve),
    }));
  }

  /** Every item whose condition the tags meet is on exactly one of them. */
  shelvesFor(tags: CallTags): readonly Shelf[] {
    const shelves: Shelf[] = this.#always === null ? [] : [this.#always];
    for (const { tag, byValue, missing } of this.#byTag) {
      const found = tags.get(tag);
      const shelf = found === undefined ? missing : byValue.get(found.toLowerCase());
      if (shelf !== undefined && shelf !== null) shelves.push(shelf());
    }
    return shelves;
  }
}
