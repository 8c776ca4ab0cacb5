/**
 * Takes over the calls that an earlier process left behind, before the first INVITE is taken: who talks goes on talking, who
 * waits is routed with what is left of his patience, who hears a last message hears it out, and what cannot be taken over is
 * ended on both sides and closed with an honest reason. Nothing here needs to happen twice and everything may: a process
 * that dies in the middle leaves the next one the same task.
 */
import { isTerminal } from '../../domain/calls/call.js';
import type { Continuation } from '../../domain/calls/continuation.js';
import type { Fax } from '../../domain/calls/fax.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { CallJournal } from '../calls/call-journal.js';
import { liveThrough } from '../calls/call-lifetime.js';
import { finishOrphans } from '../calls/finish-orphans.js';
import { heldSlots } from '../calls/intake-slots.js';
import type { LiveCalls } from '../calls/live-calls.js';
import { settleCall } from '../calls/settle-call.js';
import { finishFaxes } from '../faxes/finish-faxes.js';
import { finishUnseenFax } from '../faxes/receive-fax.js';
import type { CallDetails } from '../ports/call-repository.js';
import type { Survey } from '../ports/survey.js';
import { type AdoptionNews, carryOn } from './carry-on.js';
import { SurvivorWatch } from './survivor-watch.js';

export interface AdoptionReport {
  /** By what became of them at once; those of a media server that does not answer are still to come. */
  readonly counts: Readonly<Record<AdoptionNews, number>>;
  readonly strayChannels: number;
  readonly orphanRecordings: number;
}

export interface AdoptionOptions {
  /** When the earlier process was last known to live, epoch milliseconds; what it did not see happen is not billed. */
  readonly lastAliveAt: number | null;
}

/** How long the calls of a media server that does not answer are waited for. */
export const SERVER_PATIENCE_MS = 30_000;

/** Settles when each call is taken over, ended or known to wait for its media server; the calls themselves go on. */
export async function adoptCalls(
  deps: CallDependencies,
  live: LiveCalls,
  { lastAliveAt }: AdoptionOptions,
): Promise<AdoptionReport> {
  const unfinished = (await deps.calls.unfinished()).filter(({ state }) => !isTerminal(state));
  const open = new Set(unfinished.map(({ callId }) => callId));
  const orphans = await finishOrphans(deps, live, open);
  const faxes = await deps.faxes.unfinished();
  live.follow(
    finishFaxes(
      deps,
      faxes.filter(({ callId }) => !open.has(callId)),
    ),
  );
  const continuations = new Map((await deps.calls.continuations()).map((each) => [each.callId, each]));
  const survey = await deps.telephony.survey();
  const watch = new SurvivorWatch(deps, survey, SERVER_PATIENCE_MS);
  const attempts: Promise<AdoptionNews>[] = [];
  const journaled = new Set<string>();
  for (const { callId } of unfinished) {
    const details = await deps.calls.find(callId);
    if (details === null) continue;
    for (const { channelId, state } of details.legs) if (state !== 'ended') journaled.add(channelId);
    const continuation = continuations.get(callId) ?? null;
    const fax = faxes.find((each) => each.callId === callId) ?? null;
    attempts.push(adoptOne(deps, live, { details, continuation, fax, watch, lastAliveAt }));
  }
  const strayChannels = await endStrays(deps, survey, journaled);
  const news = await Promise.all(attempts);
  const count = (what: AdoptionNews): number => news.filter((each) => each === what).length;
  const counts = {
    adopted: count('adopted'),
    routed: count('routed'),
    finishing: count('finishing'),
    closed: count('closed'),
    waiting: count('waiting'),
  };
  return { counts, strayChannels, orphanRecordings: orphans };
}

interface Survivor {
  readonly details: CallDetails;
  readonly continuation: Continuation | null;
  /** Its sender was sending it. */
  readonly fax: Fax | null;
  readonly watch: SurvivorWatch;
  readonly lastAliveAt: number | null;
}

/** Settles with the first news of the call, which itself goes on. */
async function adoptOne(deps: CallDependencies, live: LiveCalls, survivor: Survivor): Promise<AdoptionNews> {
  const { details, continuation, fax } = survivor;
  const { call, timeline, bids } = details;
  const bornMs = deps.clock.monotonicMs() - (deps.clock.wallMs() - call.startedAt);
  const { agreements = [], foreseen = null, pausedBy = null, agent = null } = continuation ?? {};
  const journal = new CallJournal(deps, call, bornMs, { timeline, bids, agreements, foreseen, pausedBy, agent });
  // Before anything is waited for: a call that comes in the next moment must find these taken.
  const reserved = deps.slots.reserve([...heldSlots(call)], call.callId);
  return await new Promise<AdoptionNews>((tell, fail) => {
    const whole = liveThrough(deps, live, journal, async (frame) => {
      const slots = await reserved;
      if (slots.kind === 'reserved') frame.scope.defer(slots.release);
      const ending = await carryOn(frame, { ...survivor, tell });
      if (fax !== null) finishUnseenFax(frame, fax);
      await settleCall(journal, ending);
      tell('closed');
    });
    whole.catch((error: unknown) => {
      const sentence = error instanceof Error ? error.message : String(error);
      deps.events.alarm('bug', `call ${call.callId} could not be taken over: ${sentence}`);
      fail(error);
    });
  });
}

/**
 * Channels of ours that no leg of an open call accounts for: nobody would ever end them. One may belong to an open call all the same, when
 * the earlier process died after the media server had the INVITE and before the leg was written.
 */
async function endStrays(deps: CallDependencies, survey: Survey, journaled: ReadonlySet<string>): Promise<number> {
  const strays = [...survey.channels.values()].filter(
    ({ role, channelId }) => role !== null && !journaled.has(channelId),
  );
  await Promise.all(
    strays.map(({ channelId, mediaServer }) =>
      deps.telephony.endChannel(channelId, mediaServer, 'NORMAL_TEMPORARY_FAILURE'),
    ),
  );
  return strays.length;
}
