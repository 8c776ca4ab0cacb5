/** Bills a finished call and closes its record, in one transaction: the money is in the store before anybody is told. */
import { settle } from '../../domain/money/ledger.js';
import { formatMicros } from '../../domain/money/money.js';
import type { RoutedEnding } from './call-ending.js';
import type { CallJournal } from './call-journal.js';

export async function settleCall(journal: CallJournal, ending: RoutedEnding): Promise<void> {
  const { call } = journal;
  const endedAt = journal.wallMs();
  const { by, cause, sipStatus, detail } = ending.release;
  journal.step('released', `${detail} (${cause})`, { by, cause, sipStatus });
  const { answeredAt, bridgedAt } = call;
  const holdMs = answeredAt === null ? null : (bridgedAt ?? endedAt) - answeredAt;
  const common = { endedAt, holdMs, release: ending.release, talkMs: ending.talkMs };
  if (ending.sale === null) {
    // A fault of ours in the middle of a talk: what had been agreed is not owed.
    const money = call.priceMicros === null ? {} : { priceMicros: 0, payoutMicros: 0 };
    await journal.close('ended', { ...common, ...money, outcome: ending.outcome }, []);
    return;
  }
  const { currency } = ending.sale;
  const settlement = settle({ ...ending.sale, callId: call.callId, talkMs: ending.talkMs, at: endedAt });
  const { isBilled, priceMicros, payoutMicros, entries, reason } = settlement;
  const money = `${formatMicros(priceMicros, currency)} from the buyer, ${formatMicros(payoutMicros, currency)} to the source`;
  journal.step('billed', `${reason}: ${money}`, { isBilled, priceMicros, payoutMicros });
  const outcome = isBilled ? 'sold' : 'connected-unbilled';
  await journal.close(
    'ended',
    { ...common, outcome, priceMicros, payoutMicros, billedMs: isBilled ? ending.talkMs : 0 },
    entries,
  );
}
