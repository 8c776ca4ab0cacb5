/**
 * Finishes the recordings of calls that have ended, whose process died before the file was looked at: header repaired,
 * verified, MP3 made, or marked lost with the reason. Runs at the start; the start does not wait for it.
 */

import type { Recording } from '../../domain/calls/recording.js';
import type { CallDependencies } from './call-dependencies.js';
import type { LiveCalls } from './live-calls.js';
import { finishFile } from './record-call.js';

/** `open` are the calls that have not ended: their recordings are their own affair. Answers how many are finished. */
export async function finishOrphans(
  deps: CallDependencies,
  live: LiveCalls,
  open: ReadonlySet<string>,
): Promise<number> {
  const orphans = (await deps.calls.unfinishedRecordings()).filter(({ callId }) => !open.has(callId));
  for (const orphan of orphans) live.follow(finishOne(deps, orphan));
  return orphans.length;
}

async function finishOne(deps: CallDependencies, recording: Recording): Promise<void> {
  const { callId, kind } = recording;
  try {
    // A caller who said nothing leaves no file, and that is nobody's fault.
    const closing = { reportedMs: null, failure: null, mayBeMissing: kind === 'voicemail' };
    await finishFile(deps, recording, closing, async () => {
      const details = await deps.calls.find(callId);
      return details === null ? null : deps.clock.wallMs() - details.call.startedAt;
    });
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    deps.events.alarm('recording-lost', `recording ${recording.id} of call ${callId}: ${sentence}`);
  }
}
