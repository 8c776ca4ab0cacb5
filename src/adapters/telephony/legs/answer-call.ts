/**
 * Answers a caller: media first, journal second, 200 OK third. He may cancel at any point of it, and may say BYE or nothing at all after
 * it; each time everything that was opened before is closed again.
 */
import type { SrfRequest, SrfResponse } from 'drachtio-srf';
import type { AnswerOutcome, CallerTreatment, LegEnd } from '../../../application/ports/telephony.js';
import { HANGUP_CAUSES, type HangupCause } from '../../../domain/calls/hangup-cause.js';
import type { Leg } from '../../../domain/calls/leg.js';
import { messageOf, withDeadline } from '../deadline.js';
import { factsOfUas } from '../sip/dialog-facts.js';
import { bodyOf } from '../sip/session-description.js';
import { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import { AnsweredCallerLeg } from './caller-leg.js';
import type { CallerMedia } from './caller-media.js';
import { openPolicedMedia } from './caller-policy.js';
import { MediaLeg } from './media-leg.js';

export interface Invitation {
  readonly request: SrfRequest;
  readonly response: SrfResponse;
  readonly cancelled: AbortSignal;
  /** To tag of every answer of ours: a 180 may go before the 200. */
  readonly localTag: string;
}

type JournalLeg = (leg: Leg) => Promise<void>;

const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK';

/** Rejects only when `onLeg` does; everything is closed then. */
export async function answerCall(
  context: TelephonyContext,
  invitation: Invitation,
  treatment: CallerTreatment,
  onLeg: JournalLeg,
): Promise<AnswerOutcome> {
  const offer = bodyOf(invitation.request);
  const opened = await openPolicedMedia(context, treatment, offer, invitation.cancelled);
  if (opened.kind === 'cancelled') return gone('ORIGINATOR_CANCEL');
  if (opened.kind === 'none') return { kind: 'no-media', sipStatus: opened.sipStatus, detail: opened.detail };
  const { media } = opened;
  const { localTag } = invitation;
  const leg = journalOf(invitation.request, treatment.callId, localTag, media, offer);
  try {
    await onLeg(leg);
  } catch (error) {
    closeMedia(media, offer === null, 'NORMAL_TEMPORARY_FAILURE');
    throw error;
  }
  if (invitation.cancelled.aborted) {
    closeMedia(media, offer === null, 'ORIGINATOR_CANCEL');
    journalEnd(context, onLeg, leg);
    return gone('ORIGINATOR_CANCEL');
  }
  return await acceptCaller(context, invitation, { treatment, onLeg, leg, media, localTag, offer });
}

interface Acceptance {
  readonly treatment: CallerTreatment;
  readonly onLeg: JournalLeg;
  readonly leg: Leg;
  readonly media: CallerMedia;
  readonly localTag: string;
  readonly offer: string | null;
}

async function acceptCaller(
  context: TelephonyContext,
  invitation: Invitation,
  acceptance: Acceptance,
): Promise<AnswerOutcome> {
  const { media, offer, leg } = acceptance;
  const { drachtio } = context;
  let sent: SentAnswer;
  let isLinkLost = !drachtio.isUp;
  const forgetLoss = drachtio.onLoss(() => {
    isLinkLost = true;
  });
  const sending = sendAnswer(context, invitation, acceptance);
  try {
    const { answerMs } = context.deadlines;
    sent = await withDeadline(context.clock, answerMs, 'sending the 200', sending);
  } catch (error) {
    context.log.info({ detail: messageOf(error) }, 'a caller left while he was being answered');
    // A 200 of which drachtio tells us too late has made a dialog all the same.
    sending.then(
      ({ far }) => far.bye('NORMAL_TEMPORARY_FAILURE'),
      () => undefined,
    );
    closeMedia(media, offer === null, 'ORIGINATOR_CANCEL');
    journalEnd(context, acceptance.onLeg, leg);
    return isLinkLost && !invitation.cancelled.aborted ? LINK_LOST : gone('ORIGINATOR_CANCEL');
  } finally {
    forgetLoss();
  }
  const { far, acknowledged } = sent;
  const mediaLeg = new MediaLeg(context, {
    leg,
    onLeg: acceptance.onLeg,
    far,
    media: media.dialog,
    channel: media.channel,
  });
  const callerLeg = new AnsweredCallerLeg(context, mediaLeg, acceptance.treatment);
  const remoteSdp = await awaitAck(context, mediaLeg, media, offer, acknowledged);
  if (remoteSdp === null || mediaLeg.end !== null) {
    return { kind: 'gone', end: mediaLeg.end ?? { by: 'us', cause: 'INCOMPATIBLE_DESTINATION', sipStatus: 488 } };
  }
  far.remoteSdp = remoteSdp;
  mediaLeg.note();
  return { kind: 'answered', leg: callerLeg };
}

interface SentAnswer {
  readonly far: SipDialog;
  readonly acknowledged: Promise<string | null>;
}

/** The 200 OK; settles with the dialog once drachtio has sent it, rejects when it has not: the caller has cancelled meanwhile. */
function sendAnswer(context: TelephonyContext, invitation: Invitation, acceptance: Acceptance): Promise<SentAnswer> {
  const { request, response } = invitation;
  const { media, localTag, offer } = acceptance;
  return new Promise((resolve, reject) => {
    const headers = { To: `<sip:us>;tag=${localTag}`, Allow: ALLOW };
    context.drachtio.respond(response, 200, { headers, body: media.sdp }, (error, dialogId) => {
      if (error !== null || dialogId === undefined || dialogId === '') {
        return reject(error ?? new Error('drachtio names no dialog'));
      }
      // Made at once, and the ACK awaited at once: it, or a BYE, may stand in the same chunk of bytes.
      const dialog = new SipDialog(context.drachtio, dialogId, factsOfUas(request, localTag));
      dialog.localSdp = media.sdp;
      dialog.remoteSdp = offer;
      resolve({ far: dialog, acknowledged: dialog.nextAck() });
    });
  });
}

/** The SDP of the caller, now known for certain; null when he is gone. */
async function awaitAck(
  context: TelephonyContext,
  leg: MediaLeg,
  media: CallerMedia,
  offer: string | null,
  acknowledged: Promise<string | null>,
): Promise<string | null> {
  let answer: string | null = null;
  try {
    answer = await withDeadline(context.clock, context.deadlines.ackMs, 'the ACK', acknowledged);
  } catch {
    await leg.hangup('RECOVERY_ON_TIMER_EXPIRE');
  }
  if (offer !== null) return offer;
  try {
    media.acknowledge(answer);
  } catch (error) {
    context.log.warn({ detail: messageOf(error) }, 'an answer could not be passed on to FreeSWITCH');
    answer = null;
  }
  if (answer === null) await leg.hangup('INCOMPATIBLE_DESTINATION');
  return answer;
}

function closeMedia(media: CallerMedia, isUnacknowledged: boolean, cause: HangupCause): void {
  if (isUnacknowledged) media.acknowledge(null);
  void media.dialog.bye(cause).then(() => media.channel.release());
}

/** A leg that never came up. */
function journalEnd(context: TelephonyContext, onLeg: JournalLeg, leg: Leg): void {
  onLeg({ ...leg, state: 'ended' }).catch((error: unknown) => {
    context.log.error({ detail: messageOf(error) }, 'a leg could not be journaled');
  });
}

const LINK_LOST: AnswerOutcome = {
  kind: 'gone',
  end: { by: 'link', cause: 'NETWORK_OUT_OF_ORDER', sipStatus: HANGUP_CAUSES.NETWORK_OUT_OF_ORDER.sipStatus },
};

function gone(cause: HangupCause): AnswerOutcome {
  const end: LegEnd = { by: 'far-end', cause, sipStatus: HANGUP_CAUSES[cause].sipStatus };
  return { kind: 'gone', end };
}

function journalOf(
  request: SrfRequest,
  callId: string,
  localTag: string,
  media: CallerMedia,
  offer: string | null,
): Leg {
  const facts = factsOfUas(request, localTag);
  return {
    legId: `${callId}-a`,
    callId,
    side: 'a',
    targetId: null,
    sipCallId: facts.callId,
    localTag,
    remoteTag: facts.remoteTag,
    localUri: facts.localUri,
    remoteUri: facts.remoteUri,
    remoteContact: facts.remoteContact,
    routeSet: facts.routeSet,
    localCseq: facts.localCseq,
    localSdp: media.sdp,
    remoteSdp: offer,
    channelId: media.channel.id,
    mediaServer: media.channel.server.name,
    dialogId: null,
    inviteId: null,
    mediaDialog: media.dialog.journal(),
    state: 'setting-up',
  };
}
