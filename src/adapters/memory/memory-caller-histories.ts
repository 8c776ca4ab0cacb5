/** Contacts of callers in one process, for application tests: told of each call that is written, as the tables are. */
import {
  type CallerHistories,
  CONTACTS_MAX,
  type HistoryQuestion,
  RECENT_CALLS_MAX,
  REPEAT_CALLS_MAX,
} from '../../application/ports/caller-histories.js';
import { type CallerContact, type CallerHistory, contactOf } from '../../domain/callers/caller-history.js';
import type { Call } from '../../domain/calls/call.js';

const later = (left: number | null, right: number | null): number | null =>
  left === null || right === null ? (left ?? right) : Math.max(left, right);

function newestFirst(left: CallerContact, right: CallerContact): number {
  return right.lastConnectedAt - left.lastConnectedAt || (left.targetId < right.targetId ? -1 : 1);
}

export class MemoryCallerHistories implements CallerHistories {
  readonly #contacts = new Map<string, CallerContact>();
  readonly #calls = new Map<string, Call>();

  opened(call: Call): void {
    this.#calls.set(call.callId, call);
  }

  written(call: Call): void {
    this.opened(call);
    const contact = contactOf(call);
    if (contact === null) return;
    const { targetId, buyerId, connectedAt, convertedAt } = contact;
    const key = JSON.stringify([contact.callerNumber, contact.campaignId, targetId]);
    const known = this.#contacts.get(key);
    this.#contacts.set(key, {
      ...{ targetId, buyerId },
      firstConnectedAt: Math.min(known?.firstConnectedAt ?? connectedAt, connectedAt),
      lastConnectedAt: Math.max(known?.lastConnectedAt ?? connectedAt, connectedAt),
      lastConvertedAt: later(known?.lastConvertedAt ?? null, convertedAt),
    });
  }

  async of({ callId, callerNumber, calledNumber, campaignId, countedSince }: HistoryQuestion): Promise<CallerHistory> {
    const start = JSON.stringify([callerNumber, campaignId]).replace(/]$/, ',');
    const contacts = [...this.#contacts].flatMap(([key, contact]) => (key.startsWith(start) ? [contact] : []));
    contacts.sort(newestFirst);
    const calls = [...this.#calls.values()]
      .filter((call) => call.callerNumber === callerNumber && call.callId !== callId)
      .sort((left, right) => right.startedAt - left.startedAt);
    const same = calls.slice(0, REPEAT_CALLS_MAX).find((call) => call.calledNumber === calledNumber);
    const recent = calls
      .filter(({ startedAt }) => countedSince !== null && startedAt >= countedSince)
      .slice(0, RECENT_CALLS_MAX)
      .filter((call) => call.campaignId === campaignId);
    return {
      isKnown: true,
      contacts: contacts.slice(0, CONTACTS_MAX),
      lastCalledAt: same?.startedAt ?? null,
      recentCalls: recent.length,
    };
  }
}
