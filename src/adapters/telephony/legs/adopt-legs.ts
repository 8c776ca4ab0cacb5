/**
 * Takes over legs whose process is gone: each is made again from its journal, its channel is asked whether the call goes on, and both its
 * dialogs are rebuilt. What cannot be taken over is ended.
 */
import type {
  AdoptCallerRequest,
  AdoptedCaller,
  AdoptedLegRequest,
  AdoptedPair,
  AdoptPairRequest,
} from '../../../application/ports/telephony.js';
import { messageOf } from '../deadline.js';
import { Channel } from '../event-socket/channel.js';
import { recordingFileOf } from '../event-socket/survey-channels.js';
import { factsOfLeg, factsOfMedia } from '../sip/dialog-facts.js';
import { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import { watchBridge } from './bridge-legs.js';
import { AnsweredBuyerLeg } from './buyer-leg.js';
import { AnsweredCallerLeg } from './caller-leg.js';
import { endLeg } from './end-leg.js';
import { MediaLeg } from './media-leg.js';

/** Never rejects. */
export async function adoptPair(context: TelephonyContext, request: AdoptPairRequest): Promise<AdoptedPair> {
  const caller = takeOver(context, request.caller);
  const buyer = takeOver(context, request.buyer);
  try {
    if (!(caller instanceof MediaLeg)) throw new Error(caller);
    if (!(buyer instanceof MediaLeg)) throw new Error(buyer);
    const callerLeg = new AnsweredCallerLeg(context, caller, { recordPath: null, afterwards: request.afterwards });
    buyer.renewal = { user: 'buyer', headers: () => ({ 'X-Ringpost-Call-Id': buyer.callId }) };
    const buyerLeg = new AnsweredBuyerLeg(buyer, Promise.resolve());
    // From here on a parting is seen; whether they have parted before is asked for.
    const unbridged = watchBridge(context, { caller, buyer: buyerLeg, afterwards: () => callerLeg.afterwards });
    const [bond, isRecording] = await Promise.all([
      caller.channel.tell('getvar', 'signal_bond'),
      resumeRecording(caller, request.recordPath, request.isRecordedFromAnswer),
      buyer.channel.tell('getvar', 'ringpost_role'),
    ]);
    if (bond.trim() !== buyer.channel.id) throw new Error('they no longer talk with each other');
    await reviveAll(caller, buyer);
    const leftUnseen = caller.leftUnseen || buyer.leftUnseen;
    return { kind: 'adopted', caller: callerLeg, buyer: buyerLeg, unbridged, isRecording, leftUnseen };
  } catch (error) {
    await Promise.all([giveUp(context, caller, request.caller), giveUp(context, buyer, request.buyer)]);
    return { kind: 'gone', detail: messageOf(error) };
  }
}

/** Never rejects. */
export async function adoptCaller(context: TelephonyContext, request: AdoptCallerRequest): Promise<AdoptedCaller> {
  const caller = takeOver(context, request.caller);
  try {
    if (!(caller instanceof MediaLeg)) throw new Error(caller);
    const leg = new AnsweredCallerLeg(context, caller, { recordPath: null, afterwards: 'hold' });
    if (!request.isWaiting) caller.renewal = null;
    const [, isRecording] = await Promise.all([caller.onResync(), resumeRecording(caller, request.recordPath, true)]);
    await reviveAll(caller);
    return { kind: 'adopted', leg, isRecording };
  } catch (error) {
    await giveUp(context, caller, request.caller);
    return { kind: 'gone', detail: messageOf(error) };
  }
}

/** The leg, or why it cannot be made. */
function takeOver(context: TelephonyContext, { leg, onLeg }: AdoptedLegRequest): MediaLeg | string {
  const far = factsOfLeg(leg);
  const { mediaDialog, dialogId } = leg;
  const server = context.mediaServers.find(leg.mediaServer);
  if (server === null || !server.isUp) return 'its media server is not connected';
  if (far === null || mediaDialog === null || leg.remoteSdp === null) return 'its journal is not complete';
  const farDialog = new SipDialog(context.drachtio, dialogId ?? `${far.callId};from-tag=${far.remoteTag ?? ''}`, far);
  const media = new SipDialog(context.drachtio, mediaDialog.dialogId, factsOfMedia(mediaDialog));
  farDialog.localSdp = leg.localSdp;
  farDialog.remoteSdp = leg.remoteSdp;
  media.localSdp = leg.remoteSdp;
  media.remoteSdp = leg.localSdp;
  return new MediaLeg(context, {
    leg,
    onLeg,
    far: farDialog,
    media,
    channel: new Channel(leg.channelId, server, context.clock),
  });
}

/** A leg that ends meanwhile, because one of its sides has hung up, is adopted all the same: its end is told as any other's. */
async function reviveAll(...legs: readonly MediaLeg[]): Promise<void> {
  await Promise.all(legs.map((leg) => leg.regainLink()));
}

async function resumeRecording(leg: MediaLeg, path: string | null, outlivesBridge: boolean): Promise<boolean> {
  const file = path === null ? null : await recordingFileOf(leg.channel.server, leg.channel.id, path);
  if (path === null || file === null) return false;
  leg.recordings.resume(path, outlivesBridge, file);
  return true;
}

async function giveUp(
  context: TelephonyContext,
  leg: MediaLeg | string,
  { leg: journaled, onLeg }: AdoptedLegRequest,
): Promise<void> {
  if (leg instanceof MediaLeg) return await leg.hangup('NORMAL_TEMPORARY_FAILURE');
  await endLeg(context, journaled, 'NORMAL_TEMPORARY_FAILURE');
  await onLeg({ ...journaled, state: 'ended' }).catch((error: unknown) => {
    context.log.error({ detail: messageOf(error) }, 'a leg could not be journaled');
  });
}
