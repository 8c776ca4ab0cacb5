/**
 * Receives a fax: the caller is answered by a media server that can, his pages go into a TIFF, and after the call a PDF is made of it and
 * owed to the addresses of the line. Called for calls to a DID that is a fax line; nothing of its campaign's flow is run.
 */

import { type Fax, faxOfPages, stationOf, whyFaxFailed } from '../../domain/calls/fax.js';
import type { FaxLine } from '../../domain/campaigns/did.js';
import { mediaPolicyOf } from '../../domain/trunks/trunk.js';
import { answerJournaled, holdCaller, RINGING } from '../calls/answer-call.js';
import type { CallContext, CallFrame } from '../calls/call-context.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { callerRelease, type RoutedEnding } from '../calls/call-ending.js';
import { goneEnding, type Routed } from '../calls/route-call.js';
import type { FaxReception } from '../ports/fax-reception.js';
import type { CallerTreatment, InboundCall } from '../ports/telephony.js';
import { contextOf } from '../survival/survivor-past.js';

/** Until the media server has been told to receive: in silence, so that no tone of ours meets those of the machine. */
const SILENCE_MS = 4_000;

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function treatmentOf({ deps, journal, configuration }: CallContext): CallerTreatment {
  const trunk = configuration.trunks.get(journal.call.trunkId ?? '');
  return {
    callId: journal.call.callId,
    ...{ consentPath: null, greetingPath: null, apologyPath: null, endingPath: null, recordPath: null },
    ...{ holdMusicPath: RINGING.path, holdLoops: 1, mediaTimeoutMs: deps.limits.mediaTimeoutMs },
    ...{ flowWaitMs: SILENCE_MS, needsFax: true },
    ...(trunk === undefined ? {} : { media: mediaPolicyOf(trunk) }),
  };
}

/** Rejects when there is no room for a file. */
async function openFax({ deps, journal, did, campaign }: CallContext): Promise<Fax> {
  const id = deps.ids.newId();
  const { callId, callerNumber, isCallerPrivate } = journal.call;
  const path = await deps.recordings.newPath(callId, id);
  return {
    ...{ id, callId, didId: did.id, campaignId: campaign.id, state: 'receiving', startedAt: deps.clock.wallMs() },
    callerNumber: isCallerPrivate ? 'anonymous' : callerNumber,
    ...{ senderStation: '', pages: 0, rate: null, isT38: false, pdfPath: null, failure: null },
    tiffPath: path.replace(/\.wav$/, '.tif'),
  };
}

/** Makes the PDF and writes the record. Called after the call, and at the start for a fax whose process has died. */
export async function finishFax(
  deps: Pick<CallDependencies, 'faxes' | 'faxFiles'>,
  fax: Fax,
  failure: string | null,
): Promise<Fax> {
  const failed = (reason: string): Fax => ({ ...fax, state: 'failed', failure: reason });
  const made = fax.tiffPath === null || failure !== null ? null : await deps.faxFiles.toPdf(fax.tiffPath);
  const finished: Fax =
    made?.kind === 'ready'
      ? { ...fax, state: 'received', pdfPath: made.pdfPath }
      : failed(failure ?? made?.reason ?? 'it has no file');
  await deps.faxes.save(finished);
  return finished;
}

function withResult(fax: Fax, result: FaxReception): Fax {
  if (result === null) return fax;
  const { pages, rate, isT38 } = result;
  return { ...fax, pages, rate, isT38, senderStation: stationOf(result.senderStation) };
}

function finishLater({ deps, journal, afterClose }: CallFrame, fax: Fax, failure: string | null): void {
  afterClose(async () => {
    const { state, pages, senderStation, failure: why } = await finishFax(deps, fax, failure);
    const data = { faxId: fax.id, pages, senderStation };
    if (state === 'received') await journal.append('fax-received', `${faxOfPages({ pages })} was received`, data);
    else await journal.append('fax-failed', `no fax: ${why ?? 'unknown'}`, data);
  });
}

function owe({ deps, journal, campaign }: CallContext, { mailTo }: FaxLine, fax: Fax): void {
  if (mailTo.length === 0) return;
  const { callId } = journal.call;
  const first = { state: 'waiting', attempts: 0, dueAt: deps.clock.wallMs(), detail: null } as const;
  journal.deliver({ itemId: fax.id, item: 'fax', way: 'mail', callId, campaignId: campaign.id, ...first });
}

/** Of a call that was taken over: nobody has seen how the fax ended, so its file tells. Called before the call is closed. */
export function finishUnseenFax(frame: CallFrame, fax: Fax): void {
  const context = contextOf(frame);
  const line = context?.did.fax ?? null;
  if (context !== null && line !== null) owe(context, line, fax);
  finishLater(frame, fax, null);
}

export async function receiveFax(context: CallContext, inbound: InboundCall, line: FaxLine): Promise<Routed> {
  const { deps, journal } = context;
  let opened: Fax;
  try {
    opened = await openFax(context);
    await deps.faxes.save(opened);
  } catch (error) {
    return { kind: 'no-media', sipStatus: 503, detail: `there is no room for a fax: ${sentenceOf(error)}` };
  }
  const outcome = await answerJournaled(context, inbound, treatmentOf(context));
  if (outcome.kind !== 'answered') {
    const why = outcome.kind === 'gone' ? 'the caller left before he was answered' : outcome.detail;
    await deps.faxes.save({ ...opened, state: 'failed', failure: why });
    if (outcome.kind === 'gone') return { kind: 'ended', ending: goneEnding(outcome.end) };
    if (outcome.sipStatus === 488) deps.events.alarm('fax-refused', `DID ${context.did.number}: ${outcome.detail}`);
    return outcome;
  }
  const { leg } = outcome;
  holdCaller(context, { leg, recording: null });
  journal.advance('answered', { answeredAt: journal.wallMs() });
  journal.step('answered', '200 OK to the caller', { channelId: leg.channelId });
  journal.step('fax', 'a fax is being received', { faxId: opened.id });
  const detail = 'fax line';
  journal.foresee({ kind: 'message', outcome: 'message', talkMs: 0, release: null, detail });
  journal.checkpoint();
  const result = await leg.receiveFax({ path: opened.tiffPath ?? '', stationId: line.stationId });
  const failure = whyFaxFailed(result);
  const fax = withResult(opened, result);
  finishLater(context, fax, failure);
  if (failure === null) owe(context, line, fax);
  const said = failure ?? faxOfPages(fax);
  const release = callerRelease(await leg.ended, `${detail}; ${said}`);
  const ending: RoutedEnding = { outcome: failure === null ? 'message' : 'failed', release, talkMs: 0, sale: null };
  return { kind: 'ended', ending };
}
