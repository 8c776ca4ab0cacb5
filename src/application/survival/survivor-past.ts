/** What is to be known of a call that is taken over: what it was admitted under, and what the earlier process died before it wrote. */

import { mayAdvance } from '../../domain/calls/call.js';
import type { Agreement } from '../../domain/calls/continuation.js';
import { answersWhenClosed, whyClosed } from '../../domain/routing/admission.js';
import { type CallContext, type CallFrame, NOTHING_KNOWN } from '../calls/call-context.js';
import type { CallJournal } from '../calls/call-journal.js';

/** Null when the configuration has lost what the call was admitted under. */
export function contextOf(frame: CallFrame): CallContext | null {
  const configuration = frame.deps.configuration.current();
  const { campaignId, sourceId, didId } = frame.journal.call;
  const campaign = configuration.campaigns.get(campaignId ?? '');
  const source = configuration.sources.get(sourceId ?? '');
  const did = [...configuration.didsByNumber.values()].find(({ id }) => id === didId);
  if (campaign === undefined || source === undefined || did === undefined) return null;
  // Of a call that came beyond a cap nothing but that is known: whoever adopts it treats it as any other.
  const closedFor = answersWhenClosed(campaign) ? whyClosed(campaign, source, frame.journal.call.startedAt) : null;
  return { ...frame, configuration, campaign, source, did, ...NOTHING_KNOWN, closedFor };
}

/** When the caller was answered, epoch milliseconds. */
export function noteAnswered(journal: CallJournal, answeredAtMs: number | null): number {
  const answeredAt = journal.call.answeredAt ?? answeredAtMs ?? journal.wallMs();
  if (journal.call.state === 'received') journal.advance('answered', { answeredAt });
  return answeredAt;
}

export function noteBridged(
  journal: CallJournal,
  { sale }: Agreement,
  bridgedAt: number,
  answeredAtMs: number | null,
): void {
  noteAnswered(journal, answeredAtMs);
  if (journal.call.state === 'bridged') return;
  if (!mayAdvance(journal.call.state, 'bridged')) journal.advance('dialing');
  const { targetId = null, buyerId = null, priceMicros = null, currency = journal.call.currency } = sale ?? {};
  journal.advance('bridged', { bridgedAt, targetId, buyerId, priceMicros, currency });
}
