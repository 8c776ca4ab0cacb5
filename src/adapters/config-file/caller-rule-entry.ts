/** Rules over callers who call again, as a configuration file has them: what they say, and for how long. */
import Type, { type Static } from 'typebox';
import type { AutomaticBlock } from '../../domain/callers/caller-policy.js';
import { DUPLICATE_EVENTS, DUPLICATE_RESTRICTIONS, type DuplicateRule } from '../../domain/callers/duplicate-rule.js';
import { SAME_BUYER_MODES, type SameBuyerRule } from '../../domain/callers/same-buyer.js';
import { oneOf, orNull, wholeNumber } from './field.js';

const DAYS = Type.Optional(
  Type.Union([wholeNumber(1, 3_650), Type.Literal('for-ever')], {
    description: 'a whole number of days from 1 to 3,650, or "for-ever"',
  }),
);

const RULE = Type.Object(
  {
    restrict: oneOf(...DUPLICATE_RESTRICTIONS),
    after: Type.Optional(oneOf(...DUPLICATE_EVENTS)),
    days: DAYS,
  },
  { description: 'a rule with "restrict": "none", "target" or "buyer"' },
);

export const DUPLICATES = orNull(RULE);

type RuleEntry = Static<typeof RULE>;

const DEFAULT_DAYS = 30;

const daysOf = (days: RuleEntry['days']): number | null => (days === 'for-ever' ? null : (days ?? DEFAULT_DAYS));

export function duplicatesOf(entry: RuleEntry | null | undefined): DuplicateRule | null {
  if (entry === null || entry === undefined) return null;
  const { restrict, after = 'connected' } = entry;
  return { restrict, after, days: daysOf(entry.days) };
}

export function duplicatesEntry(rule: DuplicateRule | null): RuleEntry | null {
  return rule === null ? null : { ...rule, days: rule.days ?? 'for-ever' };
}

/** Calls of one caller in so much time put him on a list. */
export const AUTOMATIC_BLOCK = orNull(
  Type.Object(
    {
      calls: wholeNumber(2, 1_000),
      withinMinutes: wholeNumber(1, 1_440),
      level: Type.Optional(oneOf('campaign', 'account')),
      days: DAYS,
    },
    { description: 'a rule with its calls and withinMinutes' },
  ),
);

type AutomaticBlockEntry = Static<typeof AUTOMATIC_BLOCK>;

export function automaticBlockOf(entry: AutomaticBlockEntry | undefined): AutomaticBlock | null {
  if (entry === null || entry === undefined) return null;
  const { calls, withinMinutes, level = 'campaign', days } = entry;
  return { calls, withinMinutes, level, days: daysOf(days) };
}

export function automaticBlockEntry(rule: AutomaticBlock | null): AutomaticBlockEntry {
  return rule === null ? null : { ...rule, days: rule.days ?? 'for-ever' };
}

const SAME_BUYER_FIELDS = Type.Object(
  { mode: oneOf(...SAME_BUYER_MODES), days: DAYS },
  { description: 'a rule with "mode": "normal", "original" or "different"' },
);

export const SAME_BUYER = orNull(SAME_BUYER_FIELDS);

type SameBuyerEntry = Static<typeof SAME_BUYER_FIELDS>;

export function sameBuyerOf(entry: SameBuyerEntry | null | undefined): SameBuyerRule {
  return { mode: entry?.mode ?? 'normal', days: daysOf(entry?.days) };
}

export function sameBuyerEntry({ mode, days }: SameBuyerRule): SameBuyerEntry {
  return { mode, days: days ?? 'for-ever' };
}
