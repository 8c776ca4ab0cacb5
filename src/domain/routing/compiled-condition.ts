/**
 * A condition made ready for calls by the thousand, once per configuration version: lists are sets, letters are small already. It
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

function passes({ tag, values, passesIfMissing }: EqualityTest, tags: CallTags): boolean {
  const found = tags.get(tag);
  return found === undefined ? passesIfMissing : values.has(found.toLowerCase());
}

type Test = (tags: CallTags) => boolean;

function compile(condition: Condition): Test {
  switch (condition.kind) {
    case 'tag': {
      const equality = equalityOf(condition);
      return equality === null ? (tags) => holds(condition, tags) : (tags) => passes(equality, tags);
    }
    case 'all': {
      const compiled = condition.of.map(compile);
      return (tags) => compiled.every((each) => each(tags));
    }
    case 'any': {
      const compiled = condition.of.map(compile);
      return (tags) => compiled.some((each) => each(tags));
    }
    case 'not': {
      const compiled = compile(condition.of);
      return (tags) => !compiled(tags);
    }
    default:
      return (tags) => holds(condition, tags);
  }
}

export class CompiledCondition {
  readonly #test: Test;
  /** Of the call that was asked for last: its groups and targets ask for the same tags, one after another. */
  #tags: CallTags | null = null;
  #holds = false;

  constructor(condition: Condition) {
    this.#test = compile(condition);
  }

  /** `tags` are those of one moment, and not changed afterwards. */
  holds(tags: CallTags): boolean {
    if (tags !== this.#tags) {
      this.#holds = this.#test(tags);
      this.#tags = tags;
    }
    return this.#holds;
  }
}

/** Kept as long as the version itself is. */
const books = new WeakMap<Configuration, Map<string, CompiledCondition>>();

/** One for all rows of the configuration that ask for the same; null for who asks for nothing. */
export function compiledConditionOf(
  configuration: Configuration,
  condition: Condition | null,
): CompiledCondition | null {
  if (condition === null) return null;
  const known = books.get(configuration) ?? new Map<string, CompiledCondition>();
  books.set(configuration, known);
  const key = JSON.stringify(condition);
  const compiled = known.get(key) ?? new CompiledCondition(condition);
  known.set(key, compiled);
  return compiled;
}

/** Tests of which each by itself keeps a call out that it does not pass. */
export function equalityTestsOf(condition: Condition): readonly EqualityTest[] {
  if (condition.kind === 'all') return condition.of.flatMap(equalityTestsOf);
  const equality = condition.kind === 'tag' ? equalityOf(condition) : null;
  return equality === null ? [] : [equality];
}
