/**
 * Later offers inside a leg's dialog: re-INVITE and UPDATE, from the peer alone. `disable-hold`: what changes is where audio goes,
 * never what the channel does. Used by sofia-session.ts.
 */
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { SipRequest, SipResponse } from '../sip/sip-message.js';
import type { Channel } from './channel.js';
import type { SofiaMedia } from './sofia-media.js';
import { bodyText } from './sofia-responses.js';

export interface RenegotiationOptions {
  readonly channel: Channel;
  readonly media: SofiaMedia;
  readonly sign: (response: SipResponse) => void;
  readonly respond: (transaction: ServerTransaction, status: number) => void;
  readonly trying: (transaction: ServerTransaction) => void;
}

export class Renegotiation {
  readonly #options: RenegotiationOptions;
  /** The re-INVITE whose ACK is awaited. */
  #pending: ServerTransaction | null = null;

  constructor(options: RenegotiationOptions) {
    this.#options = options;
  }

  onReinvite(transaction: ServerTransaction, dialog: SipDialog): void {
    const { channel, media, sign, respond } = this.#options;
    if (this.#pending !== null) {
      // RFC 3261 section 14.2: another INVITE is under way.
      respond(transaction, 491);
      return;
    }
    const sdp = bodyText(transaction.request);
    const local = sdp === '' ? media.offer() : media.answer(sdp);
    if (local === null) {
      respond(transaction, 488);
      return;
    }
    this.#options.trying(transaction);
    dialog.refreshTarget(transaction.request);
    this.#pending = transaction;
    const response = transaction.createResponse(200);
    sign(response);
    response.setBody('application/sdp', local);
    response.headers.set('Content-Disposition', 'session');
    if (sdp !== '') media.activate(false);
    transaction.accept(response, {
      onAck: (ack) => this.#onAck(ack, sdp === ''),
      onNoAck: () => {
        this.#pending = null;
        channel.hangup('RECOVERY_ON_TIMER_EXPIRE');
      },
    });
  }

  onUpdate(transaction: ServerTransaction, dialog: SipDialog): void {
    const { media, sign, respond } = this.#options;
    const sdp = bodyText(transaction.request);
    const local = sdp === '' ? '' : media.answer(sdp);
    if (local === null) {
      respond(transaction, 488);
      return;
    }
    dialog.refreshTarget(transaction.request);
    const response = transaction.createResponse(200);
    sign(response);
    if (local !== '') {
      response.setBody('application/sdp', local);
      if (media.isActive) media.activate(false);
    }
    transaction.respond(response);
  }

  #onAck(ack: SipRequest, isOurOffer: boolean): void {
    this.#pending = null;
    const { channel, media } = this.#options;
    if (isOurOffer && !channel.isDown && media.takeAnswer(bodyText(ack))) media.activate(true);
  }
}
