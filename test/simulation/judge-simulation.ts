/**
 * What must hold of a simulated run, call by call and of all calls together: the invariants of the fault matrix as far as
 * an engine without sound can know them. A sentence for each that does not hold.
 */
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { Call } from '../../src/domain/calls/call.js';
import type { TimelineEntry, TimelineStep } from '../../src/domain/calls/timeline.js';
import { type CountedCap, countedCaps } from '../../src/domain/routing/cap.js';
import { recordAndBooksFaults } from '../support/call-invariants.js';
import { aftermathFaults } from './judge-aftermath.js';
import type { SimulatedCall } from './simulated-call.js';
import type { Simulation } from './simulation.js';

const PAGE = 1_000;

async function allRecords({ fixture }: Simulation): Promise<readonly CallDetails[]> {
  const found: CallDetails[] = [];
  for (let before: string | null = null; ; ) {
    const page: readonly Call[] = await fixture.calls.list({ limit: PAGE, before });
    for (const { callId } of page) {
      const details = await fixture.calls.find(callId);
      if (details !== null) found.push(details);
    }
    before = page.at(-1)?.callId ?? null;
    if (page.length < PAGE) return found;
  }
}

/** The flow's clock against the one outside; a millisecond is rounding. */
function talkFaults({ call }: CallDetails, { talks }: SimulatedCall): string[] {
  // Who left at once is not who has the call.
  const talk = call.bridgedAt === null ? undefined : talks.at(-1);
  if (talk === undefined) return call.talkMs === 0 ? [] : [`${call.talkMs} ms of talk, and nobody talked`];
  const truthMs = talk.toMs === null ? Number.NaN : talk.toMs - talk.fromMs;
  return Math.abs(call.talkMs - truthMs) <= 1 ? [] : [`${call.talkMs} ms of talk in the record, really ${truthMs}`];
}

function moneyFaults({ call, trace }: CallDetails, simulation: Simulation): string[] {
  if (call.targetId === null || call.outcome === 'failed') return [];
  const target = simulation.fixture.deps.configuration.current().targets.get(call.targetId);
  const agreed = trace?.candidates.find(({ outcome }) => outcome === 'won')?.amountMicros ?? null;
  const price = call.priceMicros ?? 0;
  const faults = price === 0 || price === agreed ? [] : [`${price} was charged and ${agreed} agreed`];
  if (target?.pricing.kind !== 'static') return faults;
  const isOwed = call.talkMs > 0 && call.talkMs >= target.billAfterMs;
  if (isOwed !== price > 0) faults.push(`${call.talkMs} ms of talk, due from ${target.billAfterMs}: charged ${price}`);
  return faults;
}

/** The verdict of the trace is the decision, and every candidate says what kept it out. */
function traceFaults({ call, trace }: CallDetails): string[] {
  if (trace === null) return call.answeredAt === null ? [] : ['it was answered and has no trace'];
  const faults: string[] = [];
  if (trace.winnerTargetId !== call.targetId)
    faults.push(`traced to ${trace.winnerTargetId}, sold to ${call.targetId}`);
  const winner = trace.candidates.find(({ outcome }) => outcome === 'won');
  if ((winner?.targetId ?? null) !== trace.winnerTargetId) faults.push('the winner is not the candidate that won');
  for (const { targetId, group, outcome, checks, rank } of trace.candidates) {
    const failed = checks.filter(({ passed }) => !passed);
    if (failed.some(({ needed }) => (needed ?? '') === ''))
      faults.push(`${targetId}: a check does not say what it needed`);
    if (outcome === 'won' && failed.length > 0) faults.push(`${targetId} won and failed a check`);
    const isExplained = outcome !== 'ineligible' && outcome !== 'no-bid' && outcome !== 'failed';
    if (!isExplained && failed.length === 0) faults.push(`${targetId} is ${outcome} and failed no check`);
    const isBehind = group !== winner?.group || rank === null || winner.rank === null || rank > winner.rank;
    if (outcome === 'outbid' && !isBehind) faults.push(`${targetId} is outbid and ranks before the winner`);
  }
  return faults;
}

/** From the answer a caller is bridged, or sent to the fallback chain, or told goodbye within the campaign's patience. */
function patienceFaults({ call }: CallDetails, simulated: SimulatedCall, simulation: Simulation): string[] {
  const { answeredMs, fallbackMs, endedMs, talks } = simulated;
  if (answeredMs === null || call.campaignId === null) return [];
  const campaign = simulation.fixture.deps.configuration.current().campaigns.get(call.campaignId);
  const movedOnMs = Math.min(...[talks[0]?.fromMs, fallbackMs, endedMs].map((at) => at ?? Number.POSITIVE_INFINITY));
  const waitedMs = movedOnMs - answeredMs;
  const limitMs = campaign?.maxHoldMs ?? 0;
  return waitedMs <= limitMs ? [] : [`the caller waited ${waitedMs} ms of ${limitMs}`];
}

function callFaultsOf(details: CallDetails, simulated: SimulatedCall, simulation: Simulation): string[] {
  const { call } = details;
  const own = [
    ...simulated.faults,
    ...talkFaults(details, simulated),
    ...moneyFaults(details, simulation),
    ...traceFaults(details),
    ...patienceFaults(details, simulated, simulation),
  ];
  return [...recordAndBooksFaults(details), ...own.map((fault) => `${call.callId} (${call.sipCallId}): ${fault}`)];
}

/** Counted from the records, not from the counters. */
function usedOf({ cap }: CountedCap, sold: readonly Call[], attempts: number): number {
  switch (cap.dimension) {
    case 'attempts':
      return attempts;
    case 'connected':
      return sold.length;
    case 'converted':
      return sold.filter(({ priceMicros }) => (priceMicros ?? 0) > 0).length;
    case 'revenue':
      return sold.reduce((sum, { priceMicros }) => sum + (priceMicros ?? 0), 0);
  }
}

/** Who is let go because another one took the call has not been tried. */
function stepsOf(records: readonly CallDetails[], step: TimelineStep, targetId: string): number {
  const isMeant = (entry: TimelineEntry): boolean => entry.step === step && entry.data.targetId === targetId;
  return records.reduce((sum, { timeline }) => sum + timeline.filter(isMeant).length, 0);
}

function capFaults(simulation: Simulation, records: readonly CallDetails[]): string[] {
  const { fixture } = simulation;
  return [...fixture.deps.configuration.current().targets.values()].flatMap(({ id, caps }) => {
    const sold = records.map(({ call }) => call).filter((call) => call.targetId === id && call.bridgedAt !== null);
    const attempts = stepsOf(records, 'dialing', id) - stepsOf(records, 'buyer-let-go', id);
    return countedCaps('target', id, caps).flatMap((counted) => {
      const used = usedOf(counted, sold, attempts);
      if (used <= counted.cap.limit) return [];
      return [`${id} used ${used} of ${counted.cap.limit} ${counted.cap.dimension}`];
    });
  });
}

/** Where the campaign restricts it, nobody who had ended his talk with a target before he called again meets it again. */
function duplicateFaults(simulation: Simulation, records: readonly CallDetails[]): string[] {
  const { campaigns } = simulation.fixture.deps.configuration.current();
  const met = new Map<string, Call>();
  const oldestFirst = records.map(({ call }) => call).sort((left, right) => left.startedAt - right.startedAt);
  return oldestFirst.flatMap((call) => {
    if (call.targetId === null || call.isCallerPrivate || call.bridgedAt === null) return [];
    const isRestricted = (campaigns.get(call.campaignId ?? '')?.duplicates ?? null) !== null;
    const key = `${call.callerNumber} ${call.campaignId} ${call.targetId}`;
    const earlier = met.get(key);
    met.set(key, call);
    const isAgain = earlier !== undefined && (earlier.endedAt ?? Number.POSITIVE_INFINITY) < call.startedAt;
    return isRestricted && isAgain ? [`${call.callId}: its caller met ${call.targetId} in ${earlier.callId}`] : [];
  });
}

export interface Verdict {
  readonly faults: readonly string[];
  readonly records: readonly CallDetails[];
}

export async function judge(simulation: Simulation): Promise<Verdict> {
  const records = await allRecords(simulation);
  const bySipCallId = new Map<string, CallDetails[]>();
  for (const details of records) {
    const known = bySipCallId.get(details.call.sipCallId) ?? [];
    bySipCallId.set(details.call.sipCallId, [...known, details]);
  }
  const faults = [
    ...simulation.faults,
    ...simulation.fixture.leftovers(),
    ...capFaults(simulation, records),
    ...duplicateFaults(simulation, records),
    ...(await aftermathFaults(simulation, records)),
  ];
  for (const [sipCallId, simulated] of simulation.calls) {
    const found = bySipCallId.get(sipCallId) ?? [];
    if (!simulated.isOver) faults.push(`${sipCallId} never ended`);
    if (found.length !== 1) faults.push(`${sipCallId} has ${found.length} records`);
    for (const details of found) faults.push(...callFaultsOf(details, simulated, simulation));
  }
  return { faults, records };
}
