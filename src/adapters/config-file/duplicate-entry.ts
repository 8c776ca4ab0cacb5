/** A duplicate rule as a configuration file has it: whom it restricts, after what, and for how long. */
import Type, { type Static } from 'typebox';
import { DUPLICATE_EVENTS, DUPLICATE_RESTRICTIONS, type DuplicateRule } from '../../domain/duplicate-rule.js';
import { oneOf, orNull, wholeNumber } from './field.js';

const RULE = Type.Object(
  {
    restrict: oneOf(...DUPLICATE_RESTRICTIONS),
    after: Type.Optional(oneOf(...DUPLICATE_EVENTS)),
    days: Type.Optional(
      Type.Union([wholeNumber(1, 3_650), Type.Literal('for-ever')], {
        description: 'a whole number of days from 1 to 3,650, or "for-ever"',
      }),
    ),
  },
  { description: 'a rule with "restrict": "none", "target" or "buyer"' },
);

export const DUPLICATES = orNull(RULE);

type RuleEntry = Static<typeof RULE>;

const DAYS = 30;

export function duplicatesOf(entry: RuleEntry | null | undefined): DuplicateRule | null {
  if (entry === null || entry === undefined) return null;
  const { restrict, after = 'connected', days = DAYS } = entry;
  return { restrict, after, days: days === 'for-ever' ? null : days };
}

export function duplicatesEntry(rule: DuplicateRule | null): RuleEntry | null {
  return rule === null ? null : { ...rule, days: rule.days ?? 'for-ever' };
}
