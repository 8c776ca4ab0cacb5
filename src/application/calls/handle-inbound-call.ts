/**
 * One inbound call from INVITE to settled record. Straight-line: admitted, slots reserved, journaled, answered, sold or
 * sent to the fallback chain, released, billed. When `serveCall` returns, whatever is still up is hung up, and only then
 * is the record closed. Called by the telephony adapter, once per INVITE.
 */

import { assertNever } from '../../domain/assert-never.js';
import type { CallerHistory } from '../../domain/callers/caller-history.js';
import { receiveCall } from '../../domain/calls/call.js';
import { attestationOf } from '../../domain/calls/call-tags.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import { admit, answersWhenClosed, type Refusal } from '../../domain/routing/admission.js';
import type { Trunk } from '../../domain/trunks/trunk.js';
import { routeByPlan } from '../agents/serve-by-agent.js';
import { blockFrequentCaller } from '../callers/block-frequent-caller.js';
import { listedCaller } from '../callers/caller-lists.js';
import { journalAndRecall, withHistory } from '../callers/recall-caller.js';
import { receiveFax } from '../faxes/receive-fax.js';
import { flowOf, routeThroughFlow } from '../flows/route-through-flow.js';
import { type TakeUp, takeUpPing } from '../pings/take-up-ping.js';
import type { InboundCall, InboundHandler } from '../ports/telephony.js';
import { holdIntakeCaps } from '../sale/hold-caps.js';
import { readNumber } from '../sale/trunk-numbers.js';
import { type CallContext, NOTHING_KNOWN } from './call-context.js';
import type { CallDependencies } from './call-dependencies.js';
import { type RoutedEnding, systemRelease } from './call-ending.js';
import { CallJournal } from './call-journal.js';
import { bugEnding, liveThrough } from './call-lifetime.js';
import { intakeSlots } from './intake-slots.js';
import type { LiveCalls } from './live-calls.js';
import type { Routed } from './route-call.js';
import { serveClosed } from './serve-closed.js';
import { settleCall } from './settle-call.js';

const RETRY_AFTER_SECONDS = 2;
const LONGEST_TEXT = 64;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** In the header that the trunk names, when its word is known; else in `verstat`. Of any other trunk such a header is a stranger's. */
function verstatOf({ attestations, verstat }: InboundCall['facts'], { attestationHeader }: Trunk): string | null {
  const word = attestationHeader === null ? undefined : attestations?.[attestationHeader]?.trim();
  return word !== undefined && attestationOf(word) !== null ? word : verstat;
}

function openJournal(
  deps: CallDependencies,
  configuration: Configuration,
  trunk: Trunk,
  inbound: InboundCall,
): CallJournal {
  const { facts } = inbound;
  const numberOr = (user: string): string => readNumber(deps.numbers, user, trunk) ?? user.slice(0, LONGEST_TEXT);
  const call = receiveCall({
    callId: deps.ids.newId(),
    sipCallId: facts.sipCallId.slice(0, 255),
    configurationVersion: configuration.version,
    trunkId: trunk.id,
    callerNumber: numberOr(facts.callerUser),
    calledNumber: numberOr(facts.calledUser),
    callerName: facts.callerName?.slice(0, LONGEST_TEXT) ?? null,
    isCallerPrivate: facts.isPrivate,
    verstat: verstatOf(facts, trunk),
    startedAt: deps.clock.wallMs(),
  });
  const journal = new CallJournal(deps, call, deps.clock.monotonicMs());
  journal.step('received', `INVITE from trunk ${trunk.name}`, {
    trunkId: trunk.id,
    sourceAddress: facts.sourceAddress,
    transport: facts.transport,
    verstat: call.verstat,
  });
  return journal;
}

/** The answer goes out first: a trunk waits for it, the log does not. The closing writes the whole record, opened or not. */
async function refuse(journal: CallJournal, inbound: InboundCall, refusal: Refusal): Promise<void> {
  const { sipStatus, cause, phrase, detail } = refusal;
  inbound.reject(sipStatus, phrase, sipStatus === 503 ? RETRY_AFTER_SECONDS : undefined);
  journal.step('refused', `${sipStatus} ${phrase}: ${detail}`, { sipStatus });
  const release = systemRelease(cause, sipStatus, detail);
  await journal.close(
    'refused',
    { outcome: 'refused', release, endedAt: journal.call.startedAt + journal.offsetMs() },
    [],
  );
}

const overloaded = (detail: string): Refusal => ({
  sipStatus: 503,
  cause: 'SWITCH_CONGESTION',
  phrase: 'Service Unavailable',
  detail,
});

/** 488 is the caller's offer, and no other node could take it (RFC 3261 section 21.4.26); anything else is ours. */
function withoutMedia(sipStatus: number, detail: string): Refusal {
  if (sipStatus !== 488) return overloaded(detail);
  return { sipStatus, cause: 'INCOMPATIBLE_DESTINATION', phrase: 'Not Acceptable Here', detail };
}

async function reserveIntake(context: CallContext, trunk: Trunk): Promise<Refusal | null> {
  const { deps, campaign, source, scope, journal } = context;
  const outcome = await deps.slots.reserve(
    intakeSlots(deps.limits.maxCalls, trunk, campaign, source),
    journal.call.callId,
  );
  if (outcome.kind === 'full') return overloaded(`${outcome.key} has ${outcome.used} of ${outcome.limit} calls`);
  scope.defer(outcome.release);
  return null;
}

/** 480 and not 486 or 603: the trunk may have another way for the caller. */
function cappedOut(detail: string): Refusal {
  return { sipStatus: 480, cause: 'NO_USER_RESPONSE', phrase: 'Temporarily Unavailable', detail };
}

/** Counts against the caps of campaign and source, and is joined to its ping; one that is not for sale does neither. */
async function comeIn(context: CallContext): Promise<TakeUp> {
  if (context.closedFor !== null) return { kind: 'goes-on', context };
  const capped = holdIntakeCaps(context);
  if (capped === null) return await takeUpPing(context);
  if (!answersWhenClosed(context.campaign)) return { kind: 'refused', refusal: cappedOut(capped) };
  return { kind: 'goes-on', context: { ...context, closedFor: capped } };
}

type Served =
  | { readonly kind: 'ended'; readonly ending: RoutedEnding }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Everything between the admission and the hang-up, which is the closing of the scope by whoever calls this. */
async function serveCall(context: CallContext, inbound: InboundCall, trunk: Trunk): Promise<Served> {
  const { scope, journal } = context;
  const refused = await reserveIntake(context, trunk);
  if (refused !== null) return { kind: 'refused', refusal: refused };
  const takenUp = await comeIn(context);
  if (takenUp.kind === 'refused') return takenUp;
  let history: CallerHistory;
  try {
    history = await journalAndRecall(context);
  } catch (error) {
    context.deps.events.alarm('store', `a call was refused because it could not be journaled: ${sentenceOf(error)}`);
    return { kind: 'refused', refusal: overloaded('the call could not be journaled') };
  }
  const { closedFor } = takenUp.context;
  const notForSale = closedFor === null ? '' : `; not for sale: ${closedFor}`;
  journal.step('admitted', `campaign ${context.campaign.name}, source ${context.source.name}${notForSale}`, {
    campaignId: context.campaign.id,
    sourceId: context.source.id,
  });
  const known = withHistory(takenUp.context, history);
  const frequent = blockFrequentCaller(known);
  if (frequent !== null) return { kind: 'refused', refusal: frequent };
  const onCancel = (): void => scope.abort();
  inbound.cancelled.addEventListener('abort', onCancel, { once: true });
  scope.defer(() => inbound.cancelled.removeEventListener('abort', onCancel));
  if (inbound.cancelled.aborted) scope.abort();
  const routed = await routeCall(known, inbound);
  switch (routed.kind) {
    case 'ended':
      return routed;
    case 'no-media':
      return { kind: 'refused', refusal: withoutMedia(routed.sipStatus, routed.detail) };
    default:
      return assertNever(routed);
  }
}

function routeCall(context: CallContext, inbound: InboundCall): Promise<Routed> {
  const { fax } = context.did;
  if (fax !== null) return receiveFax(context, inbound, fax);
  if (context.closedFor !== null) return serveClosed(context, inbound, context.closedFor);
  const flow = flowOf(context);
  return flow === null ? routeByPlan(context, inbound) : routeThroughFlow(context, inbound, flow);
}

async function serveAndClose(context: CallContext, inbound: InboundCall, trunk: Trunk): Promise<void> {
  const { deps, scope, journal, campaign } = context;
  let served: Served;
  try {
    served = await serveCall(context, inbound, trunk);
  } catch (error) {
    served = { kind: 'ended', ending: bugEnding(context, error) };
    inbound.reject(500, 'Server Internal Error');
  } finally {
    await scope[Symbol.asyncDispose]();
  }
  if (served.kind === 'ended') return await settleCall(journal, served.ending);
  deps.callerGaps.forget(campaign.id, journal.call.callerNumber);
  await refuse(journal, inbound, served.refusal);
}

async function admitAndServe(
  deps: CallDependencies,
  live: LiveCalls,
  inbound: InboundCall,
  trunk: Trunk,
  configuration: Configuration,
): Promise<void> {
  const journal = openJournal(deps, configuration, trunk, inbound);
  const { call } = journal;
  if (!live.isOpen) return await refuse(journal, inbound, overloaded('this node takes no new calls'));
  const calledNumber = readNumber(deps.numbers, inbound.facts.calledUser, trunk);
  const { calledUser } = inbound.facts;
  const admission = admit(configuration, {
    calledNumber,
    calledUser,
    ...listedCaller(deps, call),
    isCallerPrivate: call.isCallerPrivate,
    sinceLastCallMs: (campaignId) => deps.callerGaps.since(campaignId, call.callerNumber),
    wallMs: call.startedAt,
  });
  if (admission.kind === 'refused') {
    const { did } = admission;
    journal.note({ didId: did?.id ?? null, campaignId: did?.campaignId ?? null, sourceId: did?.sourceId ?? null });
    return await refuse(journal, inbound, admission.refusal);
  }
  const { did, campaign, source, closedFor } = admission;
  deps.callerGaps.note(campaign.id, call.callerNumber);
  journal.note({ didId: did.id, campaignId: campaign.id, sourceId: source.id, currency: campaign.currency });
  await liveThrough(deps, live, journal, (frame) =>
    serveAndClose({ ...frame, configuration, campaign, source, did, ...NOTHING_KNOWN, closedFor }, inbound, trunk),
  );
}

/** The handler that the telephony adapter calls for each INVITE. It never rejects for what a caller or a buyer does. */
export function createInboundCallHandler(deps: CallDependencies, live: LiveCalls): InboundHandler {
  return async (inbound) => {
    const configuration = deps.configuration.current();
    const trunk = deps.trunks.find(configuration, inbound.facts.sourceAddress);
    if (trunk === null) {
      inbound.ignore();
      deps.events.unknownSource(inbound.facts.sourceAddress);
      return;
    }
    await admitAndServe(deps, live, inbound, trunk, configuration);
  };
}
