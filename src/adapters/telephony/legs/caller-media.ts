/** Finds a FreeSWITCH for the caller: sends the INVITE with his treatment to one server after the other until one takes it. */
import { randomUUID } from 'node:crypto';
import type { CallerTreatment } from '../../../application/ports/telephony.js';
import { messageOf, withDeadline } from '../deadline.js';
import { Channel } from '../event-socket/channel.js';
import type { EventSocketLink } from '../event-socket/event-socket-link.js';
import { type InviteOutcome, OutgoingInvite } from '../sip/outgoing-invite.js';
import { formatReason } from '../sip/reason-header.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import { faxRefusal } from './receive-fax.js';
import { callerHeaders } from './treatment-headers.js';

export interface CallerMedia {
  readonly channel: Channel;
  readonly dialog: SipDialog;
  /** FreeSWITCH's answer, or its offer when the caller brought none. */
  readonly sdp: string;
  /** Must be called with the caller's answer, when he brought no offer. */
  readonly acknowledge: (sdp: string | null) => void;
}

export type CallerMediaOutcome =
  | { readonly kind: 'taken'; readonly media: CallerMedia }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'none'; readonly sipStatus: number; readonly detail: string };

/** Never rejects. `cancelled` gives up the INVITE that is out. */
export async function openCallerMedia(
  context: TelephonyContext,
  treatment: CallerTreatment,
  offer: string | null,
  cancelled: AbortSignal,
): Promise<CallerMediaOutcome> {
  let last: CallerMediaOutcome = { kind: 'none', sipStatus: 503, detail: 'no media server is up' };
  for (const server of context.mediaServers.candidates()) {
    if (cancelled.aborted) return { kind: 'cancelled' };
    const refusal = treatment.needsFax === true ? await faxRefusal(server) : null;
    if (refusal !== null) {
      last = { kind: 'none', sipStatus: 488, detail: refusal };
      continue;
    }
    last = await invite(context, server, treatment, offer, cancelled);
    if (last.kind !== 'none') return last;
    context.log.warn({ mediaServer: server.name, detail: last.detail }, 'a media server did not take a caller');
    // It understood the offer and has no codec for it: the others are configured alike.
    if (last.sipStatus === 488) return last;
    server.load.refused();
  }
  return last;
}

async function invite(
  context: TelephonyContext,
  server: EventSocketLink,
  treatment: CallerTreatment,
  offer: string | null,
  cancelled: AbortSignal,
): Promise<CallerMediaOutcome> {
  const channel = new Channel(randomUUID(), server, context.clock);
  let headers: Record<string, string>;
  try {
    headers = { 'Call-ID': channel.id, From: '<sip:ringpost@localhost>', ...callerHeaders(treatment) };
  } catch (error) {
    channel.release();
    return { kind: 'none', sipStatus: 500, detail: messageOf(error) };
  }
  const sent = new OutgoingInvite(context.drachtio, { uri: `sip:caller@${server.sipAddress}`, headers, sdp: offer });
  const giveUp = (): void => sent.cancel(formatReason('ORIGINATOR_CANCEL'));
  cancelled.addEventListener('abort', giveUp, { once: true });
  const outcome = await withDeadline(context.clock, context.deadlines.answerMs, 'an INVITE to FreeSWITCH', sent.outcome)
    .catch((error: unknown): InviteOutcome => {
      giveUp();
      return { kind: 'refused', sipStatus: 504, reason: messageOf(error) };
    })
    .finally(() => cancelled.removeEventListener('abort', giveUp));
  return toOutcome(outcome, channel, offer, cancelled);
}

function toOutcome(
  outcome: InviteOutcome,
  channel: Channel,
  offer: string | null,
  cancelled: AbortSignal,
): CallerMediaOutcome {
  if (outcome.kind !== 'accepted') {
    channel.release();
    if (cancelled.aborted) return { kind: 'cancelled' };
    if (outcome.kind === 'failed') return { kind: 'none', sipStatus: 503, detail: outcome.error.message };
    const sipStatus = [415, 488, 606].includes(outcome.sipStatus) ? 488 : 503;
    return { kind: 'none', sipStatus, detail: `FreeSWITCH answers ${outcome.sipStatus} ${outcome.reason}` };
  }
  const { dialog, sdp, acknowledge } = outcome;
  if (offer !== null) acknowledge(null);
  if (sdp !== null && !cancelled.aborted) return { kind: 'taken', media: { channel, dialog, sdp, acknowledge } };
  if (offer === null) acknowledge(null);
  void dialog.bye('ORIGINATOR_CANCEL').then(() => channel.release());
  if (cancelled.aborted) return { kind: 'cancelled' };
  return { kind: 'none', sipStatus: 503, detail: 'FreeSWITCH answers without SDP' };
}
