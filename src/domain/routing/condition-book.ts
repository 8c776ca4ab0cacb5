/**
 * A condition made ready for calls by the thousand, once per configuration version: as numbers in place of texts. It
 * says what `holds` says of every call, which a property test watches over; sentences are made of the condition itself.
 */
import type { CallTags } from '../calls/call-tags.js';
import type { Configuration } from '../campaigns/configuration.js';
import { type Condition, holds, type TagComparison } from './condition.js';

/** A comparison that only calls with one of these values pass, or with none at all. */
export interface EqualityTest {
  readonly tag: string;
  /** In small letters. */
  readonly values: ReadonlySet<string>;
  readonly passesIfMissing: boolean;
}

function equalityOf({ tag, operator, values, passesIfMissing }: TagComparison): EqualityTest | null {
  if (operator !== 'equals' && operator !== 'in') return null;
  const wanted = operator === 'in' ? values : [values[0] ?? ''];
  return { tag, values: new Set(wanted.map((value) => value.toLowerCase())), passesIfMissing };
}

/** Before the cells of a part: all of its parts, any of them, not its part, or a tag that is one of some values. */
const ALL = -1;
const ANY = -2;
const NOT = -3;
const ONE_OF = -4;

/** In place of the number of a value: nobody has asked, the call has no such tag, no condition names what it has. */
const UNASKED = -3;
export const MISSING = -2;
const UNNAMED = -1;

/** Tags and their values by number, so that a condition is numbers and a call's text is looked up once. */
class TagValues {
  readonly #names: string[] = [];
  /** By the number of the tag; values in small letters. */
  readonly #numbers: Map<string, number>[] = [];
  /** What the present call has, by the number of the tag. */
  readonly #found: number[] = [];

  tagNumber(name: string): number {
    const known = this.#names.indexOf(name);
    if (known >= 0) return known;
    this.#numbers.push(new Map());
    this.#found.push(UNASKED);
    return this.#names.push(name) - 1;
  }

  valueNumber(tag: number, value: string): number {
    const numbers = this.#numbers[tag] ?? new Map<string, number>();
    const known = numbers.get(value);
    if (known !== undefined) return known;
    numbers.set(value, numbers.size);
    // A draft may name what the present call has and nobody had named before.
    this.#found[tag] = UNASKED;
    return numbers.size - 1;
  }

  forget(): void {
    const found = this.#found;
    for (let tag = 0; tag < found.length; tag += 1) found[tag] = UNASKED;
  }

  foundIn(tags: CallTags, tag: number): number {
    const known = this.#found[tag] ?? UNASKED;
    if (known !== UNASKED) return known;
    const value = tags.get(this.#names[tag] ?? '');
    const found = value === undefined ? MISSING : (this.#numbers[tag]?.get(value.toLowerCase()) ?? UNNAMED);
    this.#found[tag] = found;
    return found;
  }
}

/**
 * All conditions of a configuration version, written into one row of numbers: part by part, each with the place where it ends. A call
 * meets conditions that nobody has asked for since long, and numbers side by side are fetched at once; objects are fetched one by one.
 */
export class ConditionBook {
  readonly #cells: number[] = [];
  readonly #values = new TagValues();
  /** Comparisons of other kinds than lists of values. */
  readonly #others: Condition[] = [];
  readonly #otherPlaces = new Map<string, number>();
  readonly #places = new Map<string, number>();
  #tags: CallTags | null = null;
  /** Grows with every call that is asked for. */
  #call = 0;

  /** Where the condition stands in the book: the same place for all that ask for the same. */
  add(condition: Condition): number {
    const text = JSON.stringify(condition);
    const known = this.#places.get(text);
    if (known !== undefined) return known;
    const at = this.#cells.push(0) - 1;
    this.#write(condition);
    this.#places.set(text, at);
    return at;
  }

  tagNumber(tag: string): number {
    return this.#values.tagNumber(tag);
  }

  /** `value` is in small letters. */
  valueNumber(tag: number, value: string): number {
    return this.#values.valueNumber(tag, value);
  }

  /** Number of the value that a call has of a tag; negative for one that no condition names, MISSING without the tag. */
  foundIn(tags: CallTags, tag: number): number {
    this.#callOf(tags);
    return this.#values.foundIn(tags, tag);
  }

  /** The same number as long as the tags are those that were asked for last. */
  #callOf(tags: CallTags): number {
    if (tags === this.#tags) return this.#call;
    this.#values.forget();
    this.#tags = tags;
    this.#call += 1;
    return this.#call;
  }

  /**
   * Whether the condition at `at` holds for a call. Before its parts stands what it said of the call that it was asked for last, since
   * groups and targets ask for the same ones. `tags` are those of one moment, and not changed afterwards.
   */
  holds(at: number, tags: CallTags): boolean {
    const call = this.#callOf(tags) * 2;
    const said = this.#cells[at] ?? 0;
    if (said === call || said === call + 1) return said !== call;
    const isMet = this.#holds(at + 1, tags);
    this.#cells[at] = isMet ? call + 1 : call;
    return isMet;
  }

  #holds(at: number, tags: CallTags): boolean {
    const kind = this.#cells[at] ?? ALL;
    if (kind >= 0) return this.#holdsOther(kind, tags);
    if (kind === ONE_OF) return this.#isOneOf(at, tags);
    if (kind === NOT) return !this.#holds(at + 2, tags);
    const end = this.#endOf(at);
    for (let part = at + 2; part < end; part = this.#endOf(part)) {
      if (this.#holds(part, tags) !== (kind === ALL)) return kind === ANY;
    }
    return kind === ALL;
  }

  #holdsOther(place: number, tags: CallTags): boolean {
    const condition = this.#others[place];
    return condition !== undefined && holds(condition, tags);
  }

  #endOf(at: number): number {
    return (this.#cells[at] ?? 0) >= 0 ? at + 1 : (this.#cells[at + 1] ?? 0);
  }

  /** Kind, end, number of the tag, 1 if calls without it pass, numbers of the values in ascending order. */
  #isOneOf(at: number, tags: CallTags): boolean {
    const cells = this.#cells;
    const found = this.#values.foundIn(tags, cells[at + 2] ?? 0);
    if (found === MISSING) return cells[at + 3] === 1;
    let low = at + 4;
    let high = this.#endOf(at);
    while (low < high) {
      const middle = (low + high) >> 1;
      const value = cells[middle] ?? 0;
      if (value === found) return true;
      if (value < found) low = middle + 1;
      else high = middle;
    }
    return false;
  }

  #write(condition: Condition): void {
    const cells = this.#cells;
    const equality = condition.kind === 'tag' ? equalityOf(condition) : null;
    if (equality === null && (condition.kind === 'tag' || condition.kind === 'attestation')) {
      cells.push(this.#otherPlace(condition));
      return;
    }
    const at = cells.length;
    cells.push(equality !== null ? ONE_OF : condition.kind === 'all' ? ALL : condition.kind === 'any' ? ANY : NOT, 0);
    if (equality !== null) {
      const tag = this.#values.tagNumber(equality.tag);
      const values = [...equality.values].map((value) => this.#values.valueNumber(tag, value));
      cells.push(tag, equality.passesIfMissing ? 1 : 0, ...values.sort((left, right) => left - right));
    } else if (condition.kind === 'not') this.#write(condition.of);
    else if (condition.kind === 'all' || condition.kind === 'any') for (const part of condition.of) this.#write(part);
    cells[at + 1] = cells.length;
  }

  #otherPlace(condition: Condition): number {
    const text = JSON.stringify(condition);
    const place = this.#otherPlaces.get(text) ?? this.#others.push(condition) - 1;
    this.#otherPlaces.set(text, place);
    return place;
  }
}

/** Kept as long as the version itself is. */
const books = new WeakMap<Configuration, ConditionBook>();

export function conditionBookOf(configuration: Configuration): ConditionBook {
  const book = books.get(configuration) ?? new ConditionBook();
  books.set(configuration, book);
  return book;
}

/** Tests of which each by itself keeps a call out that it does not pass. */
export function equalityTestsOf(condition: Condition): readonly EqualityTest[] {
  if (condition.kind === 'all') return condition.of.flatMap(equalityTestsOf);
  const equality = condition.kind === 'tag' ? equalityOf(condition) : null;
  return equality === null ? [] : [equality];
}
