/**
 * The frame of a call, whether an INVITE began it or an earlier process did: its scope, its place among the live calls, the
 * closing of its record once everything of it is released, and the work that comes after. What happens in between is the
 * business of whoever calls this.
 */
import { HANGUP_CAUSES } from '../../domain/calls/hangup-cause.js';
import type { CallFrame } from './call-context.js';
import type { CallDependencies } from './call-dependencies.js';
import { CallDesk } from './call-desk.js';
import { type RoutedEnding, systemRelease } from './call-ending.js';
import type { CallJournal } from './call-journal.js';
import { CallScope } from './call-scope.js';
import type { LiveCalls } from './live-calls.js';

const sentenceOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Settles when the call's record is closed; the work afterwards goes on, followed by `live`. */
export async function liveThrough(
  deps: CallDependencies,
  live: LiveCalls,
  journal: CallJournal,
  serve: (frame: CallFrame) => Promise<void>,
): Promise<void> {
  const { callId } = journal.call;
  const afterwards: (() => Promise<void>)[] = [];
  const afterClose = (work: () => Promise<void>): void => void afterwards.push(work);
  const scope = new CallScope((error) => deps.events.alarm('release', `call ${callId}: ${sentenceOf(error)}`));
  const desk = new CallDesk(journal);
  const leave = live.add(callId, {
    current: () => journal.call,
    timeline: () => journal.timeline,
    hangup: () => scope.abort(),
    desk,
  });
  // Registered before the record is closed, so that whoever saw it close can wait for the files.
  let finished = (): void => undefined;
  live.follow(
    new Promise((resolve) => {
      finished = resolve;
    }),
  );
  // Nobody waits for the files of a call that is left to the next process.
  const forget = live.leaving.when(() => finished());
  try {
    await serve({ deps, scope, journal, afterClose, leaving: live.leaving, desk });
  } finally {
    forget();
    leave();
    void Promise.all(afterwards.map((work) => runAfterwards(deps, callId, work))).then(finished);
  }
}

async function runAfterwards(deps: CallDependencies, callId: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    deps.events.alarm('recording-lost', `call ${callId}: ${sentenceOf(error)}`);
  }
}

/** A bug fails its own call and no other: the caller is let go, the record says that it was us. */
export function bugEnding({ deps, journal }: CallFrame, error: unknown): RoutedEnding {
  const detail = `internal fault: ${sentenceOf(error)}`;
  deps.events.alarm('bug', `call ${journal.call.callId}: ${detail}`);
  return { outcome: 'failed', release: systemRelease('INTERWORKING', 500, detail), talkMs: 0, sale: null };
}

/** How a call ends that a restart of the control app has cost. */
export function lostEnding(detail: string): RoutedEnding {
  const cause = 'NORMAL_TEMPORARY_FAILURE';
  const release = systemRelease(cause, HANGUP_CAUSES[cause].sipStatus, detail);
  return { outcome: 'failed', release, talkMs: 0, sale: null };
}

/** Never settles: the flow of a call ends here without hanging anything up, for another process carries the call on. */
export function leftToTheNext(): Promise<never> {
  return new Promise(() => undefined);
}
