/**
 * What the store knows of earlier calls of a caller: a few indexed reads. A call asks with its journaling (`CallRepository.open`); whoever has
 * none to journal asks here. A contact is written with the call that makes it, in the same transaction: at the bridge, and again when the
 * call is billed.
 */
import type { CallerHistory } from '../../domain/callers/caller-history.js';

export interface HistoryQuestion {
  /** The call that asks: it is not part of its own history; null for a ping. */
  readonly callId: string | null;
  /** E.164. */
  readonly callerNumber: string;
  readonly calledNumber: string;
  readonly campaignId: string;
  /** Calls from then on are counted, milliseconds since 1970-01-01 UTC; null when nobody asks. */
  readonly countedSince: number | null;
}

/** Of calls of one caller so many are looked at to find the same number among them. */
export const REPEAT_CALLS_MAX = 200;
/** Targets of a campaign that one caller has reached, the newest. */
export const CONTACTS_MAX = 500;

/** More are not counted. */
export const RECENT_CALLS_MAX = 1_000;

export interface CallerHistories {
  of(question: HistoryQuestion): Promise<CallerHistory>;
}
