/**
 * Moves the legs of one call to another FreeSWITCH, because theirs has gone: a channel there for each, a re-INVITE to each far end inside
 * its dialog with the new SDP, and the bridge again. Called by rescue-calls.ts; it never ends a leg that it has not moved.
 */
import { randomUUID } from 'node:crypto';
import { messageOf, withDeadline } from '../deadline.js';
import type { EventSocketLink } from '../event-socket/event-socket-link.js';
import { HOLD_TIMEOUT_MS, type MediaLeg } from '../legs/media-leg.js';
import { insist, settle } from '../legs/revive-leg.js';
import { type InviteOutcome, OutgoingInvite } from '../sip/outgoing-invite.js';
import { formatReason } from '../sip/reason-header.js';
import { newerThan } from '../sip/session-description.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';

interface Opened {
  readonly leg: MediaLeg;
  readonly dialog: SipDialog;
  readonly sdp: string;
  /** The dialplan has come to the place where the leg may be bridged. */
  readonly ready: Promise<unknown>;
}

type Moving = { readonly kind: 'moved' } | { readonly kind: 'refused'; readonly detail: string };

/** `refused` when the server does not take them all: nothing has changed then. Never rejects. */
export async function moveLegs(
  context: TelephonyContext,
  legs: readonly MediaLeg[],
  server: EventSocketLink,
): Promise<Moving> {
  const before = legs.map(({ channel }) => ({ channel, id: channel.id, server: channel.server }));
  const opened = await Promise.all(legs.map((leg) => open(context, leg, server)));
  const taken = opened.filter((one) => typeof one !== 'string');
  const isUseless = taken.length < legs.length || legs.every(({ hasEnded }) => hasEnded);
  if (isUseless) for (const { channel, id, server: old } of before) channel.moveTo(id, old);
  for (const { leg, dialog } of taken) {
    if (isUseless || leg.hasEnded) void dialog.bye('NORMAL_CLEARING');
    else leg.replaceMedia(dialog);
  }
  if (isUseless) return { kind: 'refused', detail: opened.find((one) => typeof one === 'string') ?? 'nobody is left' };
  // Bridged at the same time, so that neither hears what the dialplan plays meanwhile.
  const up = taken.filter(({ leg }) => !leg.hasEnded);
  await Promise.all([...up.map((one) => tellFarEnd(context, one)), rejoin(up)]);
  for (const { leg } of up) if (!leg.hasEnded) leg.note();
  return { kind: 'moved' };
}

/** The two talk again, or the caller's leg ends, and with it the call; what else was going on is begun again. */
async function rejoin(up: readonly Opened[]): Promise<void> {
  const caller = up.find(({ leg }) => leg.side === 'a');
  const buyer = up.find(({ leg }) => leg === caller?.leg.bond?.buyer);
  if (caller === undefined) return;
  const { leg } = caller;
  try {
    if (leg.bond !== null && buyer !== undefined) {
      await Promise.all([caller.ready, buyer.ready]);
      await leg.bond.rejoin();
    }
    await leg.renewal?.afterwards?.();
    await leg.recordings.goOn();
  } catch (error) {
    const detail = `its media server was lost, and on ${leg.mediaServer} it could not go on: ${messageOf(error)}`;
    if (!leg.hasEnded) leg.loseLink('NETWORK_OUT_OF_ORDER', detail);
  }
}

/** Why, as a clause, when this server does not take it. */
async function open(context: TelephonyContext, leg: MediaLeg, server: EventSocketLink): Promise<Opened | string> {
  const { far, renewal, channel } = leg;
  if (renewal === null || far.remoteSdp === null) return 'it is not known how to set it up';
  channel.moveTo(randomUUID(), server);
  const place = renewal.user === 'caller' ? 'ringpost::greeted' : 'ringpost::buyer_ready';
  const ready = channel.next('the moved leg being ready', context.deadlines.bridgeMs, ({ name }) => name === place);
  ready.catch(() => undefined);
  const patience = leg.isOnHold ? { 'X-Ringpost-Media-Timeout-Ms': String(HOLD_TIMEOUT_MS) } : {};
  // The offer is ours here, so a buyer's leg is not up with the ACK: the dialplan has to answer it, as it does a caller's.
  const told = { ...renewal.headers(), ...patience, 'X-Ringpost-Answer': 'yes' };
  const headers = { 'Call-ID': channel.id, From: '<sip:ringpost@localhost>', ...told };
  const uri = `sip:${renewal.user}@${server.sipAddress}`;
  const invite = new OutgoingInvite(context.drachtio, { uri, headers, sdp: far.remoteSdp });
  const { clock, deadlines, log } = context;
  const outcome = await withDeadline(clock, deadlines.answerMs, 'an INVITE to FreeSWITCH', invite.outcome).catch(
    (error: unknown) => {
      invite.cancel(formatReason('ORIGINATOR_CANCEL'));
      return { kind: 'failed' as const, error: error instanceof Error ? error : new Error(messageOf(error)) };
    },
  );
  if (outcome.kind === 'accepted') {
    outcome.acknowledge(null);
    if (outcome.sdp !== null) return { leg, dialog: outcome.dialog, sdp: outcome.sdp, ready };
    void outcome.dialog.bye('NORMAL_TEMPORARY_FAILURE');
  }
  const detail = detailOf(outcome);
  log.warn({ mediaServer: server.name, detail }, 'a media server did not take a leg of another');
  return detail;
}

function detailOf(outcome: InviteOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return 'an answer without SDP';
    case 'refused':
      return `${outcome.sipStatus} to the INVITE`;
    case 'failed':
      return messageOf(outcome.error);
  }
}

async function tellFarEnd(context: TelephonyContext, { leg, dialog, sdp }: Opened): Promise<void> {
  const { far } = leg;
  far.isRenegotiating = true;
  dialog.isRenegotiating = true;
  try {
    const told = await insist(context, far, newerThan(sdp, far.localSdp), 'in-dialog');
    if (told.kind === 'accepted') {
      told.answer.acknowledge();
      await settle(context, far, dialog, told.answer.sdp);
    } else if (told.kind === 'gone') {
      far.forget();
      leg.finish({ by: 'far-end', cause: 'NORMAL_CLEARING', sipStatus: 200 });
    } else throw new Error(told.detail);
  } catch (error) {
    context.log.warn({ detail: messageOf(error) }, 'a far end did not follow its leg to another media server');
    const who = leg.side === 'a' ? 'caller' : 'buyer';
    const detail = `its media server was lost, and the ${who} did not follow to ${leg.mediaServer}: ${messageOf(error)}`;
    leg.loseLink('NETWORK_OUT_OF_ORDER', detail);
  } finally {
    far.isRenegotiating = false;
    dialog.isRenegotiating = false;
  }
}
