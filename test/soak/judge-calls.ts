/** Compares what callers saw and what the records say with what each kind of call is meant to do. Pure; answers in sentences. */
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { PlacedReport } from './soak-system.js';

function judgeOne(call: PlacedReport, records: readonly CallDetails[]): string[] {
  const { kind, ended, status } = call;
  const faults: string[] = [];
  if (ended === 'stuck') faults.push('the caller had to give up');
  if (kind.end.kind === 'talks' && !call.hasHeardBuyer) faults.push(`never heard the buyer (INVITE: ${status})`);
  const wanted = kind.outcomes.length === 0 ? 0 : 1;
  if (records.length !== wanted) faults.push(`${records.length} records, not ${wanted}`);
  const [record] = records;
  if (record === undefined || wanted === 0) return faults;
  const { state, outcome, release, endedAt } = record.call;
  if (state !== 'ended' && state !== 'refused') faults.push(`the record is ${state}`);
  if (endedAt === null || release === null) faults.push('the record says not when or why it ended');
  if (outcome === null || !kind.outcomes.includes(outcome)) {
    faults.push(`outcome ${outcome}, not ${kind.outcomes.join(' or ')}: ${release?.detail}`);
  } else if (kind.by !== undefined && release?.by !== kind.by) {
    faults.push(`released by ${release?.by}, not by the ${kind.by}: ${release?.detail}`);
  }
  if (kind.campaign === 'none' && status !== 404) faults.push(`answered ${status}, not 404`);
  const open = record.legs.filter((leg) => leg.state === 'setting-up');
  if (open.length > 0 && outcome === 'sold') faults.push(`legs left ${open.map(({ side }) => side).join()} setting up`);
  return faults;
}

/** One sentence for each call that did not go as planned. */
export function judgeCall(placed: readonly PlacedReport[], records: readonly CallDetails[]): string[] {
  const faults = placed.flatMap((call) => {
    const own = records.filter((record) => record.call.sipCallId === call.sipCallId);
    const callId = own[0]?.call.callId ?? 'no call';
    return judgeOne(call, own).map((fault) => `${call.kind.name} (${callId}): ${fault}`);
  });
  const known = new Set(placed.map(({ sipCallId }) => sipCallId));
  const strange = records.filter(({ call }) => !known.has(call.sipCallId));
  return [...faults, ...strange.map(({ call }) => `a record of a call that nobody placed: ${call.sipCallId}`)];
}

/** A sold call has exactly a charge and a payout, of the amounts in its record; any other call has no entry at all. */
export function judgeMoney(records: readonly CallDetails[]): string[] {
  return records.flatMap(({ call, ledger }) => {
    const entries = ledger.map(({ kind, amountMicros }) => `${kind} ${amountMicros}`).sort();
    const isSold = call.outcome === 'sold';
    const wanted = isSold ? [`buyer-charge ${call.priceMicros}`, `source-payout ${call.payoutMicros}`] : [];
    if (entries.join() === wanted.join()) return [];
    return [`${call.outcome} ${call.callId}: ${entries.join(', ')} and not ${wanted.join(', ')}`];
  });
}
