/**
 * One SIP leg of the profile: answers the INVITE that made it, and what comes inside its dialog, and ends it. It is the endpoint of
 * its channel; the channel's loop decides, this sends. Follows mod_sofia's sofia_answer_channel(), sofia_on_hangup() and
 * sofia_handle_sip_i_state().
 *
 * States: invited -> early (183 sent) -> accepted (200 sent, no ACK yet) -> confirmed -> ended; invited or early -> ended by a refusal.
 */
import type { MediaEngine } from '../media/media-port.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { SipDialog } from '../sip/sip-dialog.js';
import type { SipRequest } from '../sip/sip-message.js';
import type { SipStack } from '../sip/sip-stack.js';
import type { Channel, ChannelEndpoint } from './channel.js';
import { reasonHeaderOf, type SwitchCause, sipStatusOf } from './hangup-causes.js';
import { type MediaOptions, SofiaMedia } from './sofia-media.js';
import { Renegotiation } from './sofia-renegotiation.js';
import {
  bodyText,
  infoDigit,
  LegSignature,
  PLAIN_STATUS,
  respondPlainly,
  respondToOptions,
  sendBye,
} from './sofia-responses.js';
import { noteBye } from './sofia-variables.js';
import type { ProfileView } from './switch-core.js';

export interface SofiaSessionOptions {
  readonly stack: SipStack;
  readonly engine: MediaEngine;
  readonly view: ProfileView;
  readonly userAgent: string;
  readonly media: MediaOptions;
  /** The dialog has got its identifiers: requests inside it find the leg by this key. */
  readonly onDialog: (session: SofiaSession, key: string) => void;
  readonly onEnded: (session: SofiaSession) => void;
}

type LegState = 'invited' | 'early' | 'accepted' | 'confirmed' | 'ended';

export class SofiaSession implements ChannelEndpoint {
  readonly #options: SofiaSessionOptions;
  readonly #invite: ServerTransaction;
  readonly #signature: LegSignature;
  #channel: Channel | null = null;
  #media: SofiaMedia | null = null;
  #dialog: SipDialog | null = null;
  #state: LegState = 'invited';
  #isOfferedByUs = false;
  /** The cause of a BYE that waits for the ACK (RFC 3261 section 15). */
  #pendingBye: SwitchCause | null = null;
  /** From then on its dialog is gone for the peer. */
  isByeReceived = false;
  #ownBye: { readonly reason: string; readonly contact: string } | null = null;
  #renegotiation: Renegotiation | null = null;

  constructor(invite: ServerTransaction, options: SofiaSessionOptions) {
    this.#invite = invite;
    this.#options = options;
    this.#signature = new LegSignature(invite, options.stack, options.userAgent, options.view.address);
  }

  get channel(): Channel {
    if (this.#channel === null) throw new Error('the session has no channel yet');
    return this.#channel;
  }

  /** Opens the media and looks at the offer. The channel's loop runs already; it waits in CS_NEW. */
  async begin(channel: Channel): Promise<void> {
    this.#channel = channel;
    const media = new SofiaMedia(channel, this.#options.media);
    this.#media = media;
    this.#renegotiation = new Renegotiation({
      channel,
      media,
      sign: (response) => this.#signature.sign(response),
      respond: (transaction, status) => this.#respond(transaction, status),
      trying: (transaction) => this.#signature.respondTrying(transaction),
    });
    try {
      await media.open(this.#options.engine);
    } catch {
      channel.hangup('NORMAL_TEMPORARY_FAILURE');
      return;
    }
    if (channel.isDown) return;
    const sdp = bodyText(this.#invite.request);
    if (sdp === '') this.#acceptWithOffer(channel, media);
    else if (media.answer(sdp) === null) {
      channel.variables.set('endpoint_disposition', 'NO CODECS');
      channel.hangup('INCOMPATIBLE_DESTINATION');
    } else {
      this.#signature.respondTrying(this.#invite);
      channel.variables.set('endpoint_disposition', 'RECEIVED');
      channel.setState('CS_INIT');
    }
  }

  async answer(): Promise<boolean> {
    const channel = this.#channel;
    if (channel === null) return false;
    if (channel.flags.has('answered')) return true;
    if (channel.isDown || this.#media === null || this.#isOfferedByUs) return false;
    if (!this.#accept(this.#media.localText)) return false;
    this.#media.activate(false);
    channel.markAnswered();
    return true;
  }

  async preAnswer(): Promise<boolean> {
    const channel = this.#channel;
    if (channel === null) return false;
    if (channel.flags.has('answered') || channel.flags.has('early-media')) return !channel.isDown;
    if (channel.isDown || this.#media === null || this.#isOfferedByUs) return false;
    const response = this.#invite.createResponse(183);
    this.#signature.sign(response);
    response.setBody('application/sdp', this.#media.localText);
    this.#state = 'early';
    this.#invite.respond(response);
    this.#media.activate(false);
    channel.markEarlyMedia();
    return !channel.isDown;
  }

  ringReady(): void {
    const { channel } = this;
    if (channel.flags.has('answered') || channel.flags.has('early-media') || channel.isDown) return;
    const response = this.#invite.createResponse(180);
    this.#signature.sign(response);
    this.#invite.respond(response);
    channel.markRingReady();
  }

  async hangUp(cause: SwitchCause): Promise<void> {
    const { channel } = this;
    if (this.#state === 'invited' || this.#state === 'early') this.#refuse(cause);
    else if (!this.isByeReceived && this.#state !== 'ended') {
      channel.variables.set('sip_hangup_disposition', 'send_bye');
      if (this.#state === 'confirmed') this.#sendBye(cause);
      else this.#pendingBye = cause;
    }
    await this.#media?.close();
    if (this.#pendingBye === null) this.#end();
  }

  /** The INVITE was cancelled; the stack has answered the CANCEL. */
  onCancel(): void {
    this.channel.variables.set('sip_hangup_disposition', 'recv_cancel');
    this.#invite.respond(this.#invite.createResponse(487));
    this.#state = 'ended';
    this.channel.hangup('ORIGINATOR_CANCEL');
  }

  /** A request inside the dialog. */
  onRequest(transaction: ServerTransaction): void {
    const { request } = transaction;
    if (this.#dialog?.receive(request) === 'out of order') {
      this.#respond(transaction, 500);
      return;
    }
    switch (request.method) {
      case 'INVITE':
      case 'UPDATE':
        this.#renegotiate(transaction);
        return;
      case 'BYE':
        this.#onBye(transaction);
        return;
      case 'INFO': {
        const digit = infoDigit(request);
        if (digit !== null) this.channel.queueDigit(digit);
        this.#respond(transaction, 200);
        return;
      }
      case 'OPTIONS':
        respondToOptions(transaction, this.#signature.contact, this.#options.userAgent);
        return;
      default:
        this.#respond(transaction, PLAIN_STATUS[request.method] ?? 501);
    }
  }

  #renegotiate(transaction: ServerTransaction): void {
    const isInvite = transaction.request.method === 'INVITE';
    if (isInvite && this.#state === 'accepted') this.#respond(transaction, 491);
    else if (this.channel.isDown || this.#dialog === null) this.#respond(transaction, 481);
    else if (isInvite) this.#renegotiation?.onReinvite(transaction, this.#dialog);
    else this.#renegotiation?.onUpdate(transaction, this.#dialog);
  }

  /** Third-party call control: the 200 carries our offer, the channel comes to life with the ACK. */
  #acceptWithOffer(channel: Channel, media: SofiaMedia): void {
    channel.flags.add('third-party');
    channel.variables.set('endpoint_disposition', 'RECEIVED_NOSDP');
    this.#isOfferedByUs = true;
    channel.setState('CS_HIBERNATE');
    this.#accept(media.offer());
  }

  #accept(sdp: string): boolean {
    const response = this.#invite.createResponse(200);
    this.#signature.signFinal(response, this.#isOfferedByUs);
    response.setBody('application/sdp', sdp);
    response.headers.set('Content-Disposition', 'session');
    this.#dialog = SipDialog.ofServer(this.#invite.request, response);
    this.#options.onDialog(this, this.#dialog.key);
    this.#state = 'accepted';
    const sent = this.#invite.accept(response, {
      onAck: (ack) => this.#onAck(ack),
      onNoAck: () => this.#onNoAck(),
    });
    if (sent === undefined) this.#state = 'ended';
    return sent !== undefined;
  }

  #onAck(ack: SipRequest): void {
    if (this.#state !== 'accepted') return;
    this.#state = 'confirmed';
    const pending = this.#pendingBye;
    if (this.#isOfferedByUs && pending === null) this.#onAnswerInAck(ack);
    if (pending === null) return;
    this.#pendingBye = null;
    this.#sendBye(pending);
    this.#end();
  }

  #onAnswerInAck(ack: SipRequest): void {
    const { channel } = this;
    const media = this.#media;
    this.#isOfferedByUs = false;
    if (channel.isDown || media === null) return;
    const sdp = bodyText(ack);
    if (sdp === '') {
      this.#ownBye = { reason: 'SIP;cause=488;text="No answer to offer"', contact: this.#signature.contact };
      channel.hangup('MANDATORY_IE_MISSING');
    } else if (!media.takeAnswer(sdp)) {
      channel.variables.set('endpoint_disposition', 'NO CODECS');
      channel.hangup('INCOMPATIBLE_DESTINATION');
    } else {
      media.activate(true);
      channel.markAnswered();
      if (channel.state === 'CS_HIBERNATE') channel.setState('CS_INIT');
    }
  }

  #onNoAck(): void {
    if (this.#state !== 'accepted') return;
    this.#state = 'confirmed';
    if (this.#pendingBye !== null) {
      this.#sendBye(this.#pendingBye);
      this.#pendingBye = null;
      this.#end();
      return;
    }
    this.channel.hangup(this.channel.state === 'CS_HIBERNATE' ? 'MANDATORY_IE_MISSING' : 'RECOVERY_ON_TIMER_EXPIRE');
  }

  #refuse(cause: SwitchCause): void {
    const { channel } = this;
    const response = this.#invite.createResponse(sipStatusOf(cause));
    this.#signature.signFinal(response, this.#isOfferedByUs);
    response.headers.delete('Contact');
    response.headers.set('Reason', reasonHeaderOf(cause));
    channel.variables.set('sip_hangup_disposition', 'send_refuse');
    this.#options.view.failedCallsIn += 1;
    this.#state = 'ended';
    this.#invite.respond(response);
  }

  #sendBye(cause: SwitchCause): void {
    this.#state = 'ended';
    if (this.#dialog === null) return;
    const { stack, userAgent } = this.#options;
    sendBye(stack, this.#dialog, { reason: reasonHeaderOf(cause), contact: null, ...this.#ownBye, userAgent });
  }

  #onBye(transaction: ServerTransaction): void {
    const { channel } = this;
    this.#respond(transaction, 200);
    if (channel.isDown) return;
    this.isByeReceived = true;
    this.#state = 'ended';
    channel.hangup(noteBye(channel, transaction.request));
  }

  #respond(transaction: ServerTransaction, status: number): void {
    respondPlainly(transaction, status, this.#options.userAgent);
  }

  /** The transactions keep this leg for another half minute; the channel and its variables need not stay as long. */
  #end(): void {
    this.#state = 'ended';
    this.#options.onEnded(this);
    this.#channel = null;
    this.#media = null;
    this.#renegotiation = null;
    this.#dialog = null;
  }
}
