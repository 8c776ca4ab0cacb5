/**
 * Whether a target may get a caller whom it, or its buyer, has had in the same campaign before. Campaign, buyer and target
 * may each have a rule; the most specific one holds. Not to be mixed up with a repeat call, which is the same caller on the
 * same number again, whoever took him before.
 */
import { type CallerContact, type CallerHistory, describeAge, isWithin } from './caller-history.js';

export const DUPLICATE_RESTRICTIONS = ['none', 'target', 'buyer'] as const;
export const DUPLICATE_EVENTS = ['connected', 'converted'] as const;

export interface DuplicateRule {
  /** none: every caller may come again. target: not to this target. buyer: to none of the buyer's targets. */
  readonly restrict: (typeof DUPLICATE_RESTRICTIONS)[number];
  /** What the earlier call must have come to. */
  readonly after: (typeof DUPLICATE_EVENTS)[number];
  /** Null: for ever. */
  readonly days: number | null;
}

type Ruled = { readonly duplicates: DuplicateRule | null } | null;

/** Null when nobody restricts anything. */
export function duplicateRuleFor(campaign: Ruled, buyer: Ruled, target: Ruled): DuplicateRule | null {
  const rule = target?.duplicates ?? buyer?.duplicates ?? campaign?.duplicates ?? null;
  return rule?.restrict === 'none' ? null : rule;
}

/** Kept as long as the version of the configuration is. */
const books = new WeakMap<object, Map<string, DuplicateRule>>();

/** One for all rows of `configuration` whose rules are the same, so that the targets of a decision ask the same one. */
export function sharedRule(configuration: object, rule: DuplicateRule | null): DuplicateRule | null {
  if (rule === null) return null;
  const known = books.get(configuration) ?? new Map<string, DuplicateRule>();
  books.set(configuration, known);
  const key = `${rule.restrict} ${rule.after} ${rule.days}`;
  const shared = known.get(key) ?? rule;
  known.set(key, shared);
  return shared;
}

interface Party {
  readonly targetId: string;
  readonly buyerId: string;
}

function happenedAt({ after }: DuplicateRule, { lastConnectedAt, lastConvertedAt }: CallerContact): number | null {
  return after === 'connected' ? lastConnectedAt : lastConvertedAt;
}

/** The earlier contact that makes the caller a duplicate for this target now; null when he is none. */
export function duplicateContact(
  rule: DuplicateRule,
  { targetId, buyerId }: Party,
  { contacts }: CallerHistory,
  wallMs: number,
): CallerContact | null {
  for (const contact of contacts) {
    if (rule.restrict === 'target' ? contact.targetId !== targetId : contact.buyerId !== buyerId) continue;
    const at = happenedAt(rule, contact);
    if (at !== null && isWithin(rule.days, at, wallMs)) return contact;
  }
  return null;
}

/** For the trace: what was found, and what was asked for. */
export function describeDuplicate(
  rule: DuplicateRule,
  { targetId, buyerId }: Party,
  history: CallerHistory,
  wallMs: number,
): { readonly values: string; readonly needed: string } {
  const who = rule.restrict === 'target' ? `target ${targetId}` : `buyer ${buyerId}`;
  const since = rule.days === null ? 'ever' : `in the last ${rule.days} days`;
  const found = duplicateContact(rule, { targetId, buyerId }, history, wallMs);
  const at = found === null ? null : happenedAt(rule, found);
  const needed = `a caller who has not ${rule.after} with ${who} ${since}`;
  if (!history.isKnown) return { values: "the caller's earlier calls were not known in time", needed };
  if (found === null || at === null) return { values: `the caller has not ${rule.after} with ${who} ${since}`, needed };
  const through = found.targetId === targetId ? '' : ` through target ${found.targetId}`;
  return { values: `the caller ${rule.after} with ${who}${through} ${describeAge(at, wallMs)}`, needed };
}
