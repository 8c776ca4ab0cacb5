/** Writes into the journal of a call that is taken over what the earlier process may have died before it wrote. */
import { mayAdvance } from '../domain/call.js';
import type { Agreement } from '../domain/continuation.js';
import type { CallJournal } from './call-journal.js';

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
