/**
 * Carries the voice of one channel into the ear of another: two legs of the same FreeSWITCH whose audio goes from one to the other. The
 * one listens to the speaker alone, the other whispers what comes into the hearer. A channel can eavesdrop on one other only, and what
 * it says into what that one receives would be recorded; with a pair each of two talkers hears a supervisor by a whisper of his own.
 * Used by attach-listener.ts.
 *
 * States: opening -> open -> closed, when it is closed or FreeSWITCH ends one of the legs because speaker or hearer has gone.
 */
import { randomUUID } from 'node:crypto';
import { withDeadline } from '../deadline.js';
import { forgetDialog } from '../drachtio/evict-dialogs.js';
import type { EventSocketLink } from '../event-socket/event-socket-link.js';
import { type InviteOutcome, OutgoingInvite } from '../sip/outgoing-invite.js';
import { formatReason } from '../sip/reason-header.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import { earHeaders } from './treatment-headers.js';

export interface EarPairRequest {
  readonly callId: string;
  readonly server: EventSocketLink;
  readonly speakerChannelId: string;
  readonly hearerChannelId: string;
}

type Accepted = Extract<InviteOutcome, { kind: 'accepted' }>;

export class EarPair {
  readonly #context: TelephonyContext;
  readonly #server: EventSocketLink;
  readonly #dialogs: SipDialog[] = [];
  #closing: Promise<void> | null = null;

  private constructor(context: TelephonyContext, server: EventSocketLink) {
    this.#context = context;
    this.#server = server;
  }

  /** Rejects when FreeSWITCH does not take the legs; nothing is left then. */
  static async open(context: TelephonyContext, request: EarPairRequest): Promise<EarPair> {
    const { server, callId, speakerChannelId, hearerChannelId } = request;
    const pair = new EarPair(context, server);
    try {
      const mouth = await pair.#invite(earHeaders(callId, hearerChannelId, 'whisper'), null);
      if (mouth.sdp === null) throw new Error('FreeSWITCH answers without SDP');
      try {
        const ear = await pair.#invite(earHeaders(callId, speakerChannelId, 'listen'), mouth.sdp);
        ear.acknowledge(null);
        mouth.acknowledge(ear.sdp);
      } catch (error) {
        mouth.acknowledge(null);
        throw error;
      }
      return pair;
    } catch (error) {
      await pair.close();
      throw error;
    }
  }

  /** Idempotent; never rejects. */
  close(): Promise<void> {
    this.#closing ??= Promise.all(
      this.#dialogs.map((dialog) =>
        this.#server.isUp ? dialog.bye('NORMAL_CLEARING') : forgetDialog(this.#context, dialog),
      ),
    ).then(() => undefined);
    return this.#closing;
  }

  async #invite(headers: Record<string, string>, sdp: string | null): Promise<Accepted> {
    const { clock, deadlines, drachtio } = this.#context;
    const invite = new OutgoingInvite(drachtio, {
      uri: `sip:ear@${this.#server.sipAddress}`,
      headers: { 'Call-ID': randomUUID(), From: '<sip:ringpost@localhost>', ...headers },
      sdp,
    });
    let outcome: InviteOutcome;
    try {
      outcome = await withDeadline(clock, deadlines.answerMs, 'an INVITE to FreeSWITCH', invite.outcome);
    } catch (error) {
      invite.cancel(formatReason('ORIGINATOR_CANCEL'));
      throw error;
    }
    if (outcome.kind === 'failed') throw outcome.error;
    if (outcome.kind === 'refused') throw new Error(`FreeSWITCH answers ${outcome.sipStatus} ${outcome.reason}`);
    const { dialog } = outcome;
    this.#dialogs.push(dialog);
    dialog.attach({
      bye: () => void this.close(),
      invite: (_request, response) => drachtio.respond(response, 491),
      update: (_request, response) => drachtio.respond(response, 491),
      info: (_request, response) => drachtio.respond(response, 200),
    });
    return outcome;
  }
}
