/**
 * Conditions as a configuration file has them: comparisons of tags, joined by all, any and not, three deep at most. JSON
 * Schema could say it without an end; nobody could read it.
 */
import Type, { type TSchema } from 'typebox';
import {
  ATTESTATION_LEVELS,
  type AttestationRule,
  type Condition,
  TAG_OPERATORS,
  type TagOperator,
} from '../../domain/routing/condition.js';
import { FLAG, oneOf, orNull, words } from './field.js';
import { linearPattern } from './linear-pattern.js';

const TAG = Type.String({
  pattern: '^[a-z][a-z0-9_]{0,31}(\\.[a-z0-9_]{1,32}){0,2}$',
  description: 'a tag such as "caller.state": small letters, digits, _ and dots',
});

const FIELDS = Type.Object({
  kind: Type.Literal('tag'),
  tag: TAG,
  operator: oneOf(...TAG_OPERATORS),
  values: Type.Optional(Type.Array(words(200), { maxItems: 5_000, description: 'a list of texts' })),
  passesIfMissing: Type.Optional(FLAG),
});

const NUMERIC: readonly TagOperator[] = ['less-than', 'at-most', 'greater-than', 'at-least'];

interface ComparisonEntry {
  readonly kind: 'tag';
  readonly tag: string;
  readonly operator: TagOperator;
  readonly values?: readonly string[];
  readonly passesIfMissing?: boolean;
}

function hasItsValues({ operator, values = [] }: ComparisonEntry): boolean {
  if (operator === 'exists') return values.length === 0;
  if (operator === 'in' || operator === 'not-in') return values.length > 0;
  if (operator === 'matches') return values.length === 1 && linearPattern(values[0] ?? '') !== null;
  return values.length === 1 && (!NUMERIC.includes(operator) || Number.isFinite(Number(values[0])));
}

/** A comparison that a union shows by its fields, and judges as a whole. */
const COMPARISON = Type.Object(FIELDS.properties, {
  description:
    'a comparison of a tag: no value for exists, any number for in and not-in, one for the others, a number where it is compared by size, an expression of RE2 for matches',
});

const ATTESTATION = Type.Object({ kind: Type.Literal('attestation'), atLeast: oneOf(...ATTESTATION_LEVELS) });

const LEAF = Type.Union([COMPARISON, ATTESTATION], {
  description: 'a condition with its kind, "tag" or "attestation"',
});

function joined(part: TSchema): TSchema {
  return Type.Union(
    [
      COMPARISON,
      ATTESTATION,
      Type.Object({
        kind: oneOf('all', 'any'),
        of: Type.Array(part, { minItems: 1, maxItems: 100, description: 'a list of conditions, at least one' }),
      }),
      Type.Object({ kind: Type.Literal('not'), of: part }),
    ],
    {
      description:
        'a condition with its kind, "tag", "attestation", "all", "any" or "not", three deep at most; matches takes one expression of RE2',
    },
  );
}

type ConditionEntry =
  | ComparisonEntry
  | AttestationRule
  | { readonly kind: 'all' | 'any'; readonly of: readonly ConditionEntry[] }
  | { readonly kind: 'not'; readonly of: ConditionEntry };

function isWhole(entry: ConditionEntry): boolean {
  switch (entry.kind) {
    case 'tag':
      return hasItsValues(entry);
    case 'attestation':
      return true;
    case 'not':
      return isWhole(entry.of);
    default:
      return entry.of.every(isWhole);
  }
}

export const ANY_CONDITION = Type.Refine(Type.Unsafe<ConditionEntry>(joined(joined(LEAF))), (entry) => isWhole(entry));

/** Null holds for every call. */
export const CONDITION = orNull(ANY_CONDITION);

export function conditionOf(entry: ConditionEntry | null | undefined): Condition | null {
  return entry === null || entry === undefined ? null : conditionFrom(entry);
}

export function conditionFrom(entry: ConditionEntry): Condition {
  switch (entry.kind) {
    case 'tag': {
      const { kind, tag, operator, values = [], passesIfMissing = false } = entry;
      return { kind, tag, operator, values, passesIfMissing };
    }
    case 'attestation':
      return { kind: entry.kind, atLeast: entry.atLeast };
    case 'not':
      return { kind: 'not', of: conditionFrom(entry.of) };
    default:
      return { kind: entry.kind, of: entry.of.map(conditionFrom) };
  }
}
