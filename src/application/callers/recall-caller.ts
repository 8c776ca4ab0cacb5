/**
 * Recalls earlier calls of a caller, in bounded time: a store that does not answer costs him nothing. Asked when a call is
 * let in, beside the journaling that it waits for anyway, and when a ping names the caller. Never rejects.
 */

import {
  type CallerHistory,
  describeAge,
  isWithin,
  lastConversionOf,
  NO_HISTORY,
  rememberedNumber,
  UNKNOWN_HISTORY,
} from '../../domain/callers/caller-history.js';
import type { Call } from '../../domain/calls/call.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { CallContext } from '../calls/call-context.js';
import type { CallDependencies } from '../calls/call-dependencies.js';

/** The read takes some hundred microseconds; a thread that is busy with a search for the API takes longer. */
const RECALL_MS = 50;
/** How long a caller who converted is a duplicate in the record when the campaign does not say it by its payout. */
const DUPLICATE_DAYS = 30;

type RecallDependencies = Pick<CallDependencies, 'callerHistories' | 'clock' | 'events'>;

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

export async function recallCaller(
  { callerHistories, clock, events }: RecallDependencies,
  call: Call,
  campaign: Campaign,
): Promise<CallerHistory> {
  const callerNumber = rememberedNumber(call);
  if (callerNumber === null) return NO_HISTORY;
  const unknown = (why: string): CallerHistory => {
    events.alarm('store', `earlier calls of the caller are not known to call ${call.callId}: ${why}`);
    return UNKNOWN_HISTORY;
  };
  const { automaticBlock: rule, id: campaignId } = campaign;
  const countedSince = rule === null ? null : call.startedAt - rule.withinMinutes * 60_000;
  const { callId, calledNumber } = call;
  const question = { callId, callerNumber, calledNumber, campaignId, countedSince };
  return await new Promise((resolve) => {
    const stopTimer = clock.startTimer(RECALL_MS, () => resolve(unknown(`nothing was read in ${RECALL_MS} ms`)));
    const settle = (answer: () => CallerHistory): void => {
      stopTimer();
      resolve(answer());
    };
    callerHistories.of(question).then(
      (history) => settle(() => history),
      (error: unknown) => settle(() => unknown(wordsOf(error))),
    );
  });
}

/** For a call that an earlier process let in. */
export async function rememberCaller(context: CallContext): Promise<CallContext> {
  return withHistory(context, await recallCaller(context.deps, context.journal.call, context.campaign));
}

/** The instant of the conversion after which this campaign pays its sources nothing for the caller; null when it pays. */
export function paidBefore(history: CallerHistory, { payoutOnceDays }: Campaign, wallMs: number): number | null {
  const convertedAt = lastConversionOf(history);
  return payoutOnceDays > 0 && convertedAt !== null && isWithin(payoutOnceDays, convertedAt, wallMs)
    ? convertedAt
    : null;
}

/**
 * The context with what is known of the caller; the record says whether he is a repeat caller or a duplicate. What a ping was
 * promised is paid all the same: the promise knew the caller, or agreed not to.
 */
export function withHistory(context: CallContext, history: CallerHistory): CallContext {
  const { journal, campaign, source, ping } = context;
  const wallMs = journal.call.startedAt;
  const convertedAt = lastConversionOf(history);
  const days = campaign.payoutOnceDays === 0 ? DUPLICATE_DAYS : campaign.payoutOnceDays;
  const isDuplicate = convertedAt !== null && isWithin(days, convertedAt, wallMs);
  const isRepeat = history.lastCalledAt !== null;
  journal.note({ isRepeat, isDuplicate });
  const known = { ...context, history };
  if (!isRepeat && !isDuplicate) return known;
  const paid = ping === null ? paidBefore(history, campaign, wallMs) : null;
  const parts = [
    ...(isRepeat ? [`a repeat call: he called this number ${describeAge(history.lastCalledAt, wallMs)}`] : []),
    ...(isDuplicate ? [`a duplicate: he converted in this campaign ${describeAge(convertedAt, wallMs)}`] : []),
    ...(paid === null ? [] : [`the source is paid once in ${campaign.payoutOnceDays} days, so nothing for this call`]),
  ];
  journal.step('caller-known', parts.join('; '), { isRepeat, isDuplicate, isPayoutWithheld: paid !== null });
  return paid === null ? known : { ...known, source: { ...source, payout: { kind: 'none' } } };
}
