/**
 * The automatic rule of a campaign: a caller who calls all the time is put on a list, and this call of his is refused. Asked when
 * the call is journaled and its history known, so that the count is exact and survives a restart.
 */

import { DAY_MS, rememberedNumber } from '../../domain/callers/caller-history.js';
import { type CallerListEntry, isAllowed } from '../../domain/callers/caller-list.js';
import type { Refusal } from '../../domain/routing/admission.js';
import type { CallContext } from '../calls/call-context.js';

/** Null when the caller may go on. */
export function blockFrequentCaller({ deps, journal, campaign, history }: CallContext): Refusal | null {
  const { automaticBlock: rule } = campaign;
  const caller = rememberedNumber(journal.call);
  if (rule === null || caller === null || history.recentCalls + 1 < rule.calls) return null;
  const { startedAt, callId } = journal.call;
  if (isAllowed(campaign, { callerNumber: caller, entries: deps.callerLists.matching(caller, startedAt) })) return null;
  const reason = `${history.recentCalls + 1} calls in ${rule.withinMinutes} minutes`;
  const entry: CallerListEntry = {
    ...{ id: deps.ids.newId(), kind: 'block', level: rule.level, caller, reason },
    subjectId: rule.level === 'account' ? '' : campaign.id,
    addedBy: `rule of campaign ${campaign.id}`,
    addedAt: startedAt,
    expiresAt: rule.days === null ? null : startedAt + rule.days * DAY_MS,
  };
  deps.callerLists.putNow(entry).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    deps.events.alarm('store', `call ${callId}: the block of its caller could not be written: ${words}`);
  });
  journal.step('caller-blocked', `the caller is blocked from now on: ${reason}`, { level: rule.level });
  return { sipStatus: 603, cause: 'CALL_REJECTED', phrase: 'Decline', detail: `the caller is blocked: ${reason}` };
}
