/**
 * A caller whose process ended while he was in a flow is not asked anew: he hears music, and is sold with what he has answered.
 * Called when his call is carried on.
 */
import type { CallJournal } from '../calls/call-journal.js';
import type { CallerLeg } from '../ports/telephony.js';

/** Since when he waits for a buyer, epoch milliseconds: his patience begins where the flow ends. */
export async function leaveFlow(journal: CallJournal, caller: CallerLeg, answeredAt: number): Promise<number> {
  const { flow } = journal.call;
  if (flow === null) return answeredAt;
  if (flow.endedAt !== null) return flow.endedAt;
  const endedAt = journal.wallMs();
  journal.note({ flow: { ...flow, endedAt } });
  // What he hears before the flow, a consent announcement perhaps, is never cut.
  await caller.greeted;
  await caller.hold();
  return endedAt;
}
