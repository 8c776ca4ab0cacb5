/**
 * The journal of one buyer's leg until it is up. He is in it before his INVITE goes out, under a Call-ID and a tag of ours, so that the process
 * that comes after this one can end what he answers; and again when drachtio has named the INVITE, by which name it can be cancelled.
 *
 * States of the row: none -> setting-up (he may ring) -> up | ended.
 */
import { randomUUID } from 'node:crypto';
import type { SrfRequest } from 'drachtio-srf';
import type { DialRequest } from '../../../application/ports/telephony.js';
import type { Leg } from '../../../domain/calls/leg.js';
import { messageOf } from '../deadline.js';
import { type DialogFacts, factsOfInvite } from '../sip/dialog-facts.js';
import { newTag } from '../sip/new-tag.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { TelephonyContext } from '../telephony-context.js';
import type { BuyerSide } from './buyer-policy.js';
import { cancelRinging } from './cancel-ringing.js';

export class BuyerJournal {
  readonly #context: TelephonyContext;
  readonly #request: DialRequest;
  readonly #media: BuyerSide;
  /** What his INVITE is known by before it is sent. */
  readonly callId = randomUUID();
  readonly fromTag = newTag();
  #ringing: Leg | null = null;
  #isOver = false;

  constructor(context: TelephonyContext, request: DialRequest, media: BuyerSide) {
    this.#context = context;
    this.#request = request;
    this.#media = media;
  }

  /** To be awaited before the INVITE goes out. Rejects as `onLeg` does. */
  async noteDialling(localUri: string, remoteUri: string): Promise<void> {
    const { callId, fromTag: localTag } = this;
    const unknown = { remoteTag: null, remoteContact: null, routeSet: [], localCseq: 0 };
    this.#ringing = this.#rung({ callId, localTag, localUri, remoteUri, ...unknown }, null);
    await this.#request.onLeg(this.#ringing);
  }

  /** The INVITE is on the wire; told again when it went out anew. */
  noteRinging(invite: SrfRequest): void {
    if (this.#isOver) return;
    this.#ringing = this.#rung(factsOfInvite(invite), invite.stackTxnId);
    this.#note(this.#ringing);
  }

  /** The dial came to nothing; `release` settles when nothing is left of it on the media server. */
  async end(release: () => Promise<void>): Promise<void> {
    this.#isOver = true;
    const ringing = this.#ringing;
    const { drachtio, legs } = this.#context;
    // What was said to a drachtio that is away has not reached him: he rings on.
    if (ringing !== null && !drachtio.isUp)
      legs.oweFarewell(() => void cancelRinging(this.#context, ringing, 'NETWORK_OUT_OF_ORDER'));
    await release();
    if (ringing !== null) this.#note({ ...ringing, state: 'ended' });
  }

  /** The leg with him who has answered; its row is the caller's to write. */
  answered(dialog: SipDialog, sdp: string | null): Leg {
    return {
      ...this.#legOf(dialog.facts),
      localSdp: this.#media.offer,
      remoteSdp: sdp,
      dialogId: dialog.id,
      inviteId: null,
      state: 'up',
    };
  }

  #rung(facts: DialogFacts, inviteId: string | null): Leg {
    return {
      ...this.#legOf(facts),
      localSdp: this.#media.offer,
      remoteSdp: null,
      // As drachtio will name it when he answers.
      dialogId: `${facts.callId};from-tag=${facts.localTag ?? ''}`,
      inviteId,
      state: 'setting-up',
    };
  }

  #legOf({ callId, ...facts }: DialogFacts) {
    const { channel, dialog } = this.#media;
    return {
      legId: this.#request.legId,
      callId: this.#request.callId,
      side: 'b' as const,
      targetId: this.#request.targetId,
      sipCallId: callId,
      ...facts,
      channelId: channel.id,
      mediaServer: channel.server.name,
      mediaDialog: dialog.journal(),
    };
  }

  #note(leg: Leg): void {
    this.#request.onLeg(leg).catch((error: unknown) => {
      this.#context.log.error({ detail: messageOf(error) }, 'a leg could not be journaled');
    });
  }
}
