/**
 * Recalls earlier calls of a caller. A call that is let in asks with its journaling, for which it waits anyway; whoever is no new call (a
 * ping, a simulation, a call of an earlier process) asks in bounded time: a store that does not answer costs him nothing.
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
import type { HistoryQuestion } from '../ports/caller-histories.js';

/** The read takes some hundred microseconds; a thread that is busy with a search for the API takes longer. */
const RECALL_MS = 50;
/** How long a caller who converted is a duplicate in the record when the campaign does not say it by its payout. */
const DUPLICATE_DAYS = 30;

type RecallDependencies = Pick<CallDependencies, 'callerHistories' | 'clock' | 'events'>;

const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Null when nobody can be recalled by the number. */
function questionOf(call: Call, { automaticBlock: rule, id: campaignId }: Campaign): HistoryQuestion | null {
  const callerNumber = rememberedNumber(call);
  if (callerNumber === null) return null;
  const countedSince = rule === null ? null : call.startedAt - rule.withinMinutes * 60_000;
  const { callId, calledNumber } = call;
  return { callId, callerNumber, calledNumber, campaignId, countedSince };
}

function unknown({ events }: Pick<RecallDependencies, 'events'>, call: Call, why: string): CallerHistory {
  events.alarm('store', `earlier calls of the caller are not known to call ${call.callId}: ${why}`);
  return UNKNOWN_HISTORY;
}

/** Writes the call down, and what is known of its caller comes with it. Rejects when the store cannot take the call. */
export async function journalAndRecall({ deps, journal, campaign }: CallContext): Promise<CallerHistory> {
  const question = questionOf(journal.call, campaign);
  const history = await journal.open(question);
  if (question === null) return NO_HISTORY;
  return history ?? unknown(deps, journal.call, 'they could not be read');
}

/** Never rejects. */
export async function recallCaller(deps: RecallDependencies, call: Call, campaign: Campaign): Promise<CallerHistory> {
  const { callerHistories, clock } = deps;
  const question = questionOf(call, campaign);
  if (question === null) return NO_HISTORY;
  return await new Promise((resolve) => {
    const late = `nothing was read in ${RECALL_MS} ms`;
    const stopTimer = clock.startTimer(RECALL_MS, () => resolve(unknown(deps, call, late)));
    const settle = (answer: () => CallerHistory): void => {
      stopTimer();
      resolve(answer());
    };
    callerHistories.of(question).then(
      (history) => settle(() => history),
      (error: unknown) => settle(() => unknown(deps, call, wordsOf(error))),
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
