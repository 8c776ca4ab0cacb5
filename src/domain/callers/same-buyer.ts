/**
 * Whether a caller whom a campaign has sold before goes to the same target again. `original` is a wish and no condition: when the
 * target that took him first cannot take him now, the campaign's routing decides as for anybody.
 */

import type { Check } from '../routing/decision-trace.js';
import { type CallerHistory, describeAge, isWithin } from './caller-history.js';

export const SAME_BUYER_MODES = ['normal', 'original', 'different'] as const;

export interface SameBuyerRule {
  /** original: first back to the target that took his first call. different: only to targets that have not had him. */
  readonly mode: (typeof SAME_BUYER_MODES)[number];
  /** Earlier calls count for so long; null for ever. */
  readonly days: number | null;
}

/** The target that took the first of the calls that count; null when there is none, or nobody asks. */
export function originalTargetId(rule: SameBuyerRule, { contacts }: CallerHistory, wallMs: number): string | null {
  if (rule.mode !== 'original') return null;
  const counted = contacts.filter(({ lastConnectedAt }) => isWithin(rule.days, lastConnectedAt, wallMs));
  const [first, ...others] = counted;
  if (first === undefined) return null;
  return others.reduce((best, each) => (each.firstConnectedAt < best.firstConnectedAt ? each : best), first).targetId;
}

/** When the target last had the caller, as far as it counts; null when it may have him. */
function hadAt(targetId: string, rule: SameBuyerRule, { contacts }: CallerHistory, wallMs: number): number | null {
  const contact = contacts.find((each) => each.targetId === targetId);
  return contact !== undefined && isWithin(rule.days, contact.lastConnectedAt, wallMs) ? contact.lastConnectedAt : null;
}

/** Whether the rule lets the target compete for this caller. */
export function mayHaveAgain(targetId: string, rule: SameBuyerRule, history: CallerHistory, wallMs: number): boolean {
  return rule.mode !== 'different' || hadAt(targetId, rule, history, wallMs) === null;
}

/** Of the trace; none where the rule says nothing of this target. `isFree`: nothing else keeps the original out. */
export function sameBuyerChecks(
  targetId: string,
  rule: SameBuyerRule,
  history: CallerHistory,
  { wallMs, isFree }: { readonly wallMs: number; readonly isFree: boolean },
): readonly Check[] {
  const at = hadAt(targetId, rule, history, wallMs);
  const age = at === null ? '' : describeAge(at, wallMs);
  if (rule.mode === 'different') {
    const values = at === null ? 'it has not had the caller' : `it had the caller ${age}`;
    const since = rule.days === null ? 'ever' : `in the last ${rule.days} days`;
    const needed = at === null ? null : `a target that has not had the caller ${since}`;
    return [{ check: 'same-buyer', passed: at === null, values, needed }];
  }
  if (originalTargetId(rule, history, wallMs) !== targetId) return [];
  const then = isFree ? 'it goes before every price' : 'it cannot take him now, so that the normal routing decides';
  const values = `it took the caller's first call, the last ${age}: ${then}`;
  return [{ check: 'same-buyer', passed: true, values, needed: null }];
}
