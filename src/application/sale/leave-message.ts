/**
 * Leaves a message with a buyer who answered and did not press his key, which is mostly his voicemail box. Called by ring-destination.ts;
 * nobody waits for it: the next buyer is rung meanwhile. The leg is the call's from then on, and ends with it at the latest.
 */
import type { VoicemailDrop } from '../../domain/campaigns/buyer.js';
import type { CallContext } from '../calls/call-context.js';
import type { BuyerLeg } from '../ports/telephony.js';
import { whisperPath } from './whisper.js';

/** Nobody waits, so that a text that names the call has time to be spoken. */
const LONGEST_SPEECH_MS = 3_000;

interface Dropped {
  readonly targetId: string | null;
  readonly label: string;
  readonly trunkId: string | null;
}

/** The trunk carries the leg still, whatever else its slots are given to. */
async function holdTrunk({ deps, journal, scope }: CallContext, trunkId: string | null, leg: BuyerLeg): Promise<void> {
  if (trunkId === null) return;
  const held = await deps.slots.reserve([{ key: `trunk:${trunkId}:out`, limit: null }], journal.call.callId);
  if (held.kind !== 'reserved') return;
  scope.defer(held.release);
  void leg.ended.then(held.release);
}

async function leave(context: CallContext, leg: BuyerLeg, dropped: Dropped, drop: VoicemailDrop): Promise<void> {
  const { journal } = context;
  const { targetId, label } = dropped;
  const path = await whisperPath(context, drop.promptId, LONGEST_SPEECH_MS);
  if (leg.hasEnded) return;
  if (path === null) return await leg.hangup('NORMAL_CLEARING');
  journal.step('voicemail-drop', `${label} is left a message`, { targetId, promptId: drop.promptId });
  const { by } = await leg.leaveMessage(path, drop.afterMs);
  const how =
    by === 'media-server' ? 'was left whole' : by === 'far-end' ? 'was cut by hanging up there' : 'was cut short';
  journal.step('voicemail-drop', `${label}: the message ${how}`, { targetId, isWhole: by === 'media-server' });
}

/** Settles when the leg is safe without the scope that it was rung in. */
export async function leaveMessage(
  context: CallContext,
  leg: BuyerLeg,
  dropped: Dropped,
  drop: VoicemailDrop,
): Promise<void> {
  const leaving = leave(context, leg, dropped, drop).catch((error: unknown) => {
    context.deps.events.alarm('voicemail-drop', `call ${context.journal.call.callId}: ${String(error)}`);
    return leg.hangup('NORMAL_TEMPORARY_FAILURE');
  });
  context.scope.defer(async () => {
    await leg.hangup('NORMAL_CLEARING');
    await leaving;
  });
  await holdTrunk(context, dropped.trunkId, leg);
}
