/**
 * Ends what an earlier process left behind and nobody takes over: the far end gets BYE inside its dialog, or CANCEL when it rings, the channel is killed. Whoever
 * calls it again does no harm: a far end that has hung up answers 481, a channel that is gone -ERR.
 */
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import type { Leg } from '../../../domain/calls/leg.js';
import { messageOf, settledWithin } from '../deadline.js';
import { evictDialogs } from '../drachtio/evict-dialogs.js';
import { command } from '../event-socket/event-socket-command.js';
import { factsOfLeg, factsOfMedia } from '../sip/dialog-facts.js';
import type { TelephonyContext } from '../telephony-context.js';
import { cancelRinging } from './cancel-ringing.js';
import { sayBye } from './say-outside.js';

/** Never rejects. */
export async function endLeg(context: TelephonyContext, leg: Leg, cause: HangupCause): Promise<void> {
  const { clock, deadlines, drachtio } = context;
  const far = factsOfLeg(leg);
  const media = leg.mediaDialog === null ? null : factsOfMedia(leg.mediaDialog);
  await evictDialogs(
    context,
    [far, media].filter((facts) => facts !== null),
  ).catch(() => undefined);
  const farewell =
    far === null || leg.inviteId !== null ? cancelRinging(context, leg, cause) : sayBye(drachtio, far, cause);
  await Promise.all([
    settledWithin(clock, deadlines.requestMs, farewell),
    endChannel(context, leg.channelId, leg.mediaServer, cause),
  ]);
}

/** Never rejects. */
export async function endChannel(
  context: TelephonyContext,
  channelId: string,
  mediaServer: string,
  cause: HangupCause,
): Promise<void> {
  try {
    await context.mediaServers.find(mediaServer)?.api(command('uuid_kill', channelId, cause));
  } catch (error) {
    context.log.debug({ mediaServer, detail: messageOf(error) }, 'a channel could not be ended');
  }
}
