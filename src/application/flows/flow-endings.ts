/** The nodes with which a flow ends a call by itself: a number, a voicemail, a last message, a block. Called by run-flow.ts. */

import type { HangupCause } from '../../domain/calls/hangup-cause.js';
import type { DialTerms } from '../../domain/flows/flow.js';
import type { Said } from '../../domain/prompts/said.js';
import type { Destination } from '../../domain/trunks/destination.js';
import { formatDestination } from '../../domain/trunks/destination.js';
import { isE164 } from '../../domain/trunks/phone-number.js';
import { type RoutedEnding, systemRelease } from '../calls/call-ending.js';
import { dialStep, type FallbackTerms, playLastMessage, takeVoicemail } from '../calls/fall-back.js';
import type { FlowRun } from './flow-run.js';

function termsOf({ answered, flow, nodeId }: FlowRun): FallbackTerms {
  const { leg: caller, recording } = answered;
  return { caller, recording, detail: `flow ${flow.id}, ${nodeId}` };
}

/** Null when nobody takes the call, or the caller has left. */
export async function dialFromFlow(
  run: FlowRun,
  terms: DialTerms & { readonly destination: Destination },
): Promise<RoutedEnding | null> {
  const { context, caller } = run;
  const { destination, trunkId, ringTimeoutMs } = terms;
  run.tell('a number of the flow is dialled', { destination: formatDestination(destination) });
  await caller.hold();
  context.journal.advance('dialing');
  const result = await dialStep(context, termsOf(run), { kind: 'dial', destination, trunkId, ringTimeoutMs });
  // Nobody is agreed with any more: whoever carries the call on sells it.
  if (result === null) context.journal.agreeAlone(null);
  return result === null ? null : { ...result, sale: null };
}

/** Null when there is no room for a file. */
export async function leaveVoicemail(
  run: FlowRun,
  { prompt, limitMs }: { readonly prompt: Said | null; readonly limitMs: number },
): Promise<RoutedEnding | null> {
  const greeting = prompt === null ? null : await run.soundOf(prompt);
  const result = await takeVoicemail(run.context, termsOf(run), greeting?.path ?? null, limitMs);
  return result === null ? null : { ...result, sale: null };
}

/** A message, when there is one, then the hang-up. */
export async function hangUp(run: FlowRun, prompt: Said | null, cause: HangupCause): Promise<RoutedEnding> {
  const sound = prompt === null ? null : await run.soundOf(prompt);
  const terms = termsOf(run);
  if (sound !== null) {
    const promptId = prompt?.kind === 'prompt' ? prompt.promptId : null;
    return { ...(await playLastMessage(run.context, terms, sound.path, { promptId })), sale: null };
  }
  const release = systemRelease(cause, 200, `${terms.detail}; hung up`);
  return { outcome: 'message', release, talkMs: 0, sale: null };
}

/** A number that is withheld or is none cannot be known again, so nothing is blocked. */
export async function blockCaller(run: FlowRun): Promise<void> {
  const { deps, journal, campaign } = run.context;
  const { callerNumber, isCallerPrivate } = journal.call;
  if (isCallerPrivate || !isE164(callerNumber)) return run.tell('the caller has no number that could be blocked');
  run.tell('the caller is blocked from now on');
  try {
    await deps.callerLists.putNow({
      ...{ id: deps.ids.newId(), kind: 'block', level: 'campaign', subjectId: campaign.id, caller: callerNumber },
      ...{ reason: `node ${run.nodeId}`, addedBy: `flow ${run.flow.id}`, addedAt: journal.wallMs(), expiresAt: null },
    });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    deps.events.alarm('store', `the block of a caller could not be written: ${sentence}`);
  }
}
