/**
 * FreeSWITCH's side of a buyer's leg, by third-party call control: an INVITE without SDP gets FreeSWITCH's offer at once, and the ACK
 * brings the buyer's answer. FreeSWITCH gives an un-ACKed leg up after 32 s, so a longer ring is acknowledged at once with the audio
 * switched off, and the buyer's answer follows in a re-INVITE.
 */
import { randomUUID } from 'node:crypto';
import type { DialRequest } from '../../../application/ports/telephony.js';
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import { messageOf, withDeadline } from '../deadline.js';
import { forgetDialog } from '../drachtio/evict-dialogs.js';
import { Channel } from '../event-socket/channel.js';
import type { EventSocketLink } from '../event-socket/event-socket-link.js';
import { type InviteOutcome, OutgoingInvite } from '../sip/outgoing-invite.js';
import { formatReason } from '../sip/reason-header.js';
import { inactiveAnswer } from '../sip/session-description.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import { acceptValue, buyerHeaders, NOTHING_SAID } from './treatment-headers.js';

/** FreeSWITCH's own limit is 32 s; the rest is for the way. */
const UNACKED_LIMIT_MS = 28_000;

export class BuyerMedia {
  readonly channel: Channel;
  readonly dialog: SipDialog;
  readonly offer: string;
  readonly #context: TelephonyContext;
  readonly #request: DialRequest;
  readonly #acknowledge: (sdp: string | null) => void;
  readonly #isParked: boolean;
  #isAcknowledged = false;

  constructor(
    context: TelephonyContext,
    request: DialRequest,
    channel: Channel,
    accepted: { dialog: SipDialog; sdp: string; acknowledge: (sdp: string | null) => void },
  ) {
    this.#context = context;
    this.#request = request;
    this.channel = channel;
    this.dialog = accepted.dialog;
    this.offer = accepted.sdp;
    this.#acknowledge = accepted.acknowledge;
    this.#isParked = needsParking(request);
    if (this.#isParked) this.#ack(inactiveAnswer(this.offer));
  }

  /**
   * Gives FreeSWITCH the buyer's answer. `ready` settles when the channel has gone through its whisper; it rejects when it never does.
   * Rejects when FreeSWITCH does not take the answer.
   */
  async connect(answer: string): Promise<{ readonly ready: Promise<void> }> {
    if (!this.#isParked) {
      const ready = this.#nextReady();
      this.#ack(answer);
      return { ready };
    }
    const { clock, deadlines } = this.#context;
    const reply = await withDeadline(
      clock,
      deadlines.requestMs,
      'a re-INVITE to FreeSWITCH',
      this.dialog.request('INVITE', answer),
    );
    if (reply.sipStatus >= 300) throw new Error(`FreeSWITCH answers ${reply.sipStatus} to the buyer's SDP`);
    reply.acknowledge();
    this.dialog.localSdp = answer;
    const { whisperPath, acceptPrompt } = this.#request;
    if (whisperPath === null && acceptPrompt === null) return { ready: Promise.resolve() };
    const ready = this.#nextReady();
    const say = (name: string, value: string): Promise<string> => this.channel.tell('setvar', `sip_h_${name}`, value);
    await Promise.all([
      ...(whisperPath === null ? [] : [say('X-Ringpost-Whisper', whisperPath)]),
      ...(acceptPrompt === null ? [] : [say('X-Ringpost-Accept', acceptValue(acceptPrompt))]),
      this.channel.tell('transfer', 'buyer', 'XML', 'ringpost'),
    ]);
    return { ready };
  }

  /** The branch has lost or failed. An un-ACKed leg is acknowledged without SDP, which makes FreeSWITCH drop it before it becomes a channel. */
  async release(cause: HangupCause): Promise<void> {
    this.#ack(null);
    if (this.channel.server.isUp) await this.dialog.bye(cause);
    else await forgetDialog(this.#context, this.dialog);
    this.channel.release();
  }

  #ack(sdp: string | null): void {
    if (this.#isAcknowledged) return;
    this.#isAcknowledged = true;
    this.#acknowledge(sdp);
  }

  #nextReady(): Promise<void> {
    const ready = this.channel
      .next(
        'the buyer being ready',
        this.#context.deadlines.readyMs,
        (event) => event.name === 'ringpost::buyer_ready',
        // The dialplan sends the event and then plays ringing until the bridge.
        () => this.channel.has('current_application', 'loop_playback'),
      )
      .then(() => undefined);
    // Nobody may be waiting when the leg ends first.
    ready.catch(() => undefined);
    return ready;
  }
}

export type BuyerMediaOutcome =
  | { readonly kind: 'open'; readonly media: BuyerMedia }
  | { readonly kind: 'none'; readonly detail: string };

/** Never rejects; aborting gives up the INVITE that is out. */
export async function openBuyerMedia(
  context: TelephonyContext,
  server: EventSocketLink,
  request: DialRequest,
): Promise<BuyerMediaOutcome> {
  const channel = new Channel(randomUUID(), server, context.clock);
  try {
    // A parked leg would whisper into the ringing.
    const said = needsParking(request) ? NOTHING_SAID : request;
    const headers = {
      'Call-ID': channel.id,
      From: '<sip:ringpost@localhost>',
      ...buyerHeaders(request.callId, said, request.mediaTimeoutMs),
    };
    const outcome = await inviteFor(context, server, headers, request.signal);
    if (outcome.kind === 'accepted') {
      const { dialog, sdp, acknowledge } = outcome;
      if (sdp !== null)
        return { kind: 'open', media: new BuyerMedia(context, request, channel, { dialog, sdp, acknowledge }) };
      acknowledge(null);
      void dialog.bye('NORMAL_TEMPORARY_FAILURE');
    }
    channel.release();
    return { kind: 'none', detail: detailOf(outcome) };
  } catch (error) {
    channel.release();
    return { kind: 'none', detail: messageOf(error) };
  }
}

async function inviteFor(
  context: TelephonyContext,
  server: EventSocketLink,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<InviteOutcome> {
  const invite = new OutgoingInvite(context.drachtio, { uri: `sip:buyer@${server.sipAddress}`, headers, sdp: null });
  const giveUp = (): void => invite.cancel(formatReason('ORIGINATOR_CANCEL'));
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    return await withDeadline(context.clock, context.deadlines.answerMs, 'an INVITE to FreeSWITCH', invite.outcome);
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}

function detailOf(outcome: InviteOutcome): string {
  switch (outcome.kind) {
    case 'accepted':
      return 'FreeSWITCH answers without SDP';
    case 'refused':
      return `FreeSWITCH answers ${outcome.sipStatus} ${outcome.reason}`;
    case 'failed':
      return outcome.error.message;
  }
}

function needsParking(request: DialRequest): boolean {
  return request.ringTimeoutMs > UNACKED_LIMIT_MS;
}
