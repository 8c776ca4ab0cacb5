/**
 * Carries a re-INVITE or UPDATE (hold, codec change, session refresh) from one side of a leg to the other: the far end and FreeSWITCH
 * agree on media with each other, we only pass offer and answer on (RFC 3264, RFC 3261 section 14, RFC 3311).
 */
import type { SrfRequest, SrfResponse } from 'drachtio-srf';
import { messageOf, withDeadline } from '../deadline.js';
import { evictDialogs } from '../drachtio/evict-dialogs.js';
import { hasAudio } from '../legs/media-policy.js';
import type { TelephonyContext } from '../telephony-context.js';
import { ACCEPT, bodyOf, isForeignBody, isSameSession } from './session-description.js';
import { timerHeaders } from './session-timer.js';
import type { InDialogAnswer, SipDialog } from './sip-dialog.js';

interface Offered {
  readonly request: SrfRequest;
  readonly response: SrfResponse;
  /** FreeSWITCH receives a fax on this leg. */
  readonly mayBeFax: boolean;
}

/** ITU-T T.38 annex D: the image goes over UDPTL. */
const isFaxOffer = (sdp: string): boolean => /^m=image \d+ udptl t38/im.test(sdp);

/** Answers `request`, which came in on `from`. Never rejects. */
export async function relayOffer(
  context: TelephonyContext,
  from: SipDialog,
  to: SipDialog,
  { request, response, mayBeFax }: Offered,
): Promise<void> {
  if (isForeignBody(request)) return context.drachtio.respond(response, 415, { headers: ACCEPT });
  const offer = bodyOf(request);
  // Video has no other side here, and T.38 only where a fax is received.
  if (offer !== null && !hasAudio(offer) && !(mayBeFax && isFaxOffer(offer)))
    return context.drachtio.respond(response, 488);
  const headers = timerHeaders(request);
  if (offer === null && request.method === 'UPDATE') return context.drachtio.respond(response, 200, { headers });
  if (offer !== null && from.localSdp !== null && isSameSession(offer, from.remoteSdp)) {
    // A session refresh (RFC 4028 section 7.4): the media goes on as it is.
    return context.drachtio.respond(response, 200, { headers, body: from.localSdp });
  }
  if (from.isRenegotiating || to.isRenegotiating) return context.drachtio.respond(response, 491);
  from.isRenegotiating = true;
  to.isRenegotiating = true;
  try {
    await renegotiate(context, from, to, offer, { response, headers });
  } catch (error) {
    context.log.warn({ detail: messageOf(error) }, 'a re-INVITE could not be carried to the other side');
    context.drachtio.respond(response, 500, { headers: { 'Retry-After': '2' } });
  } finally {
    from.isRenegotiating = false;
    to.isRenegotiating = false;
  }
}

interface Reply {
  readonly response: SrfResponse;
  /** Of its 200. */
  readonly headers: Record<string, string>;
}

async function renegotiate(
  context: TelephonyContext,
  from: SipDialog,
  to: SipDialog,
  offer: string | null,
  { response, headers }: Reply,
): Promise<void> {
  const { clock, deadlines, drachtio } = context;
  const answer = await withDeadline(clock, deadlines.requestMs, 'a re-INVITE', ask(context, to, offer));
  if (answer.sipStatus >= 300) return drachtio.respond(response, statusToPass(answer.sipStatus));
  if (offer !== null) {
    answer.acknowledge();
    settleMedia(from, to, offer, answer.sdp);
    return drachtio.respond(response, 200, answer.sdp === null ? { headers } : { headers, body: answer.sdp });
  }
  await completeDelayedOffer(context, from, to, answer, { response, headers });
}

async function ask(context: TelephonyContext, to: SipDialog, offer: string | null): Promise<InDialogAnswer> {
  if (offer === null || !to.lacksRoutes) return await to.request('INVITE', offer);
  to.hide();
  await evictDialogs(context, [to.facts]);
  return await to.revive(offer);
}

/** The offer came in the 200; the answer comes in the ACK of the one side and goes out in the ACK to the other. */
async function completeDelayedOffer(
  context: TelephonyContext,
  from: SipDialog,
  to: SipDialog,
  offered: InDialogAnswer,
  { response, headers }: Reply,
): Promise<void> {
  const { clock, deadlines, drachtio } = context;
  const acknowledged = from.nextAck();
  drachtio.respond(response, 200, offered.sdp === null ? { headers } : { headers, body: offered.sdp });
  const sdp = await withDeadline(clock, deadlines.ackMs, 'the ACK of a re-INVITE', acknowledged).catch(() => null);
  offered.acknowledge(sdp === null ? {} : { body: sdp });
  if (sdp === null || offered.sdp === null) return;
  settleMedia(to, from, offered.sdp, sdp);
}

/** `offer` came from `offerer` and `answer` from `answerer`. */
function settleMedia(offerer: SipDialog, answerer: SipDialog, offer: string, answer: string | null): void {
  offerer.remoteSdp = offer;
  answerer.localSdp = offer;
  if (answer === null) return;
  offerer.localSdp = answer;
  answerer.remoteSdp = answer;
}

/** What concerns the media is passed on; what concerns the other dialog alone is not (RFC 3261 section 14.1). */
function statusToPass(sipStatus: number): number {
  switch (sipStatus) {
    case 488:
    case 606:
      return 488;
    case 491:
      return 491;
    case 408:
    case 481:
      return 481;
    default:
      return 500;
  }
}
