/**
 * What must hold of a call for a target to compete for it: comparisons of the call's tags, joined by all, any and not. Asked
 * twice of the same tags: as a yes or no for the decision, as a sentence for the trace.
 */
import { assertNever } from '../assert-never.js';
import type { CallTags } from '../calls/call-tags.js';
import { patternOf } from './pattern.js';

export const TAG_OPERATORS = [
  'equals',
  'not-equals',
  'less-than',
  'at-most',
  'greater-than',
  'at-least',
  'in',
  'not-in',
  'begins-with',
  'contains',
  'matches',
  'exists',
] as const;

export type TagOperator = (typeof TAG_OPERATORS)[number];

export interface TagComparison {
  readonly kind: 'tag';
  readonly tag: string;
  readonly operator: TagOperator;
  /** One for most operators, any number for `in` and `not-in`, none for `exists`. Letters count as small ones. */
  readonly values: readonly string[];
  /** What holds when the call has no such tag: nothing is known of it, which is not the same as another value. */
  readonly passesIfMissing: boolean;
}

export const ATTESTATION_LEVELS = ['A', 'B', 'C'] as const;

/** STIR/SHAKEN: asks for nothing of a call that carries no attestation, since whoever sent it may not be able to. */
export interface AttestationRule {
  readonly kind: 'attestation';
  readonly atLeast: (typeof ATTESTATION_LEVELS)[number];
}

export type Condition =
  | TagComparison
  | AttestationRule
  | { readonly kind: 'all'; readonly of: readonly Condition[] }
  | { readonly kind: 'any'; readonly of: readonly Condition[] }
  | { readonly kind: 'not'; readonly of: Condition };

/** Numbers are compared as numbers; what is no number is neither less nor greater than anything. */
function compares(operator: TagOperator, found: string, values: readonly string[]): boolean {
  const text = found.toLowerCase();
  const [first = ''] = values;
  const wanted = first.toLowerCase();
  switch (operator) {
    case 'equals':
      return text === wanted;
    case 'not-equals':
      return text !== wanted;
    case 'less-than':
      return Number(found) < Number(first);
    case 'at-most':
      return Number(found) <= Number(first);
    case 'greater-than':
      return Number(found) > Number(first);
    case 'at-least':
      return Number(found) >= Number(first);
    case 'in':
      return values.some((value) => value.toLowerCase() === text);
    case 'not-in':
      return !values.some((value) => value.toLowerCase() === text);
    case 'begins-with':
      return text.startsWith(wanted);
    case 'contains':
      return text.includes(wanted);
    case 'matches':
      return patternOf(first)?.matches(found) ?? false;
    case 'exists':
      return true;
    default:
      return assertNever(operator);
  }
}

const ATTESTATION_TAG = 'caller.attestation';

/** `found` is as `attestationOf` answers; one that failed is less than any. */
function isAttested({ atLeast }: AttestationRule, found: string | undefined): boolean {
  if (found === undefined || found === 'none') return true;
  return ATTESTATION_LEVELS.some((level) => level === found && level <= atLeast);
}

export function holds(condition: Condition, tags: CallTags): boolean {
  switch (condition.kind) {
    case 'tag': {
      const found = tags.get(condition.tag);
      return found === undefined ? condition.passesIfMissing : compares(condition.operator, found, condition.values);
    }
    case 'attestation':
      return isAttested(condition, tags.get(ATTESTATION_TAG));
    case 'all':
      return condition.of.every((each) => holds(each, tags));
    case 'any':
      return condition.of.some((each) => holds(each, tags));
    case 'not':
      return !holds(condition.of, tags);
    default:
      return assertNever(condition);
  }
}

/** Every tag that it compares. */
export function tagsNamed(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'tag':
      return [condition.tag];
    case 'attestation':
      return [ATTESTATION_TAG];
    case 'not':
      return tagsNamed(condition.of);
    default:
      return condition.of.flatMap(tagsNamed);
  }
}

/** The values that the condition looks at, such as "caller.state is TX, ivr.zip is missing". */
export function describeTags(condition: Condition, tags: CallTags): string {
  return [...new Set(tagsNamed(condition))]
    .map((tag) => (tags.has(tag) ? `${tag} is ${tags.get(tag)}` : `${tag} is missing`))
    .join(', ');
}

/** What it asks for, such as "caller.state in CA, NV, and not caller.private equals yes". */
export function describeCondition(condition: Condition): string {
  switch (condition.kind) {
    case 'tag':
      return `${condition.tag} ${[condition.operator, condition.values.join(', ')].join(' ')}`.trim();
    case 'attestation':
      return `an attestation of at least ${condition.atLeast}, or none`;
    case 'not':
      return `not ${describeCondition(condition.of)}`;
    case 'all':
      return condition.of.map(describeCondition).join(', and ');
    case 'any':
      return `either ${condition.of.map(describeCondition).join(', or ')}`;
    default:
      return assertNever(condition);
  }
}
