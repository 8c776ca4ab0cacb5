/**
 * Runs before the first INVITE is taken: calls that an earlier process left without a terminal state are closed with an
 * honest reason, so that every record reaches one. Closing is idempotent, so a crash in here does no harm.
 */
import { advance, isTerminal } from '../domain/call.js';
import { systemRelease } from './call-ending.js';
import type { CallRepository } from './ports/call-repository.js';
import type { Clock } from './ports/clock.js';

/** Answers how many calls were closed. */
export async function closeUnfinishedCalls(calls: CallRepository, clock: Clock): Promise<number> {
  const unfinished = (await calls.unfinished()).filter((call) => !isTerminal(call.state));
  for (const call of unfinished) {
    const release = systemRelease(
      'NORMAL_TEMPORARY_FAILURE',
      503,
      `the control app stopped while the call was ${call.state}`,
    );
    const details = await calls.find(call.callId);
    const entry = { atMs: clock.wallMs() - call.startedAt, step: 'released', text: release.detail, data: {} } as const;
    // What had been agreed at the bridge was never billed.
    const money = call.priceMicros === null ? {} : { priceMicros: 0, payoutMicros: 0 };
    await calls.close({
      call: advance(call, 'ended', { ...money, outcome: 'failed', release, endedAt: clock.wallMs() }),
      timeline: [entry],
      trace: details?.trace ?? null,
      bids: [],
      ledger: [],
      capUses: [],
    });
  }
  return unfinished.length;
}
