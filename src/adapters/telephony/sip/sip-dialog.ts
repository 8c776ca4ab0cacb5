/**
 * One INVITE dialog at drachtio (RFC 3261 section 12), whoever opened it. Its owner is told of what the far end asks; requests that
 * nobody expects are answered here. It stands in the link's table from its birth until the BYE has been answered.
 *
 * States: up -> ending (our BYE is out) -> over; up -> over (BYE from the far end, or drachtio has given it up); up -> up by `revive`,
 * when drachtio has forgotten the dialog or holds it for a process that is gone.
 */
import type { Acknowledge, SipMessage, SrfRequest, SrfResponse } from 'drachtio-srf';
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';
import type { MediaDialog } from '../../../domain/calls/leg.js';
import type { DrachtioLink } from '../drachtio/drachtio-link.js';
import type { InDialogHandler, OutgoingRequest } from '../drachtio/drachtio-request.js';
import { isUnknownDialog, sayAck, sayBye, takeBack } from '../legs/say-outside.js';
import { cseqOf, type DialogFacts, secondsOf } from './dialog-facts.js';
import { dialogHeaders, requestUri } from './dialog-headers.js';
import { readNameAddr } from './name-addr.js';
import { formatReason, readReason } from './reason-header.js';
import { bodyOf } from './session-description.js';

export interface DialogOwner {
  /** `unsolicited`: drachtio has ended the dialog by itself. Already answered. */
  bye(cause: HangupCause, unsolicited: boolean): void;
  /** The owner answers. */
  invite(request: SrfRequest, response: SrfResponse): void;
  update(request: SrfRequest, response: SrfResponse): void;
  info(request: SrfRequest, response: SrfResponse): void;
}

export interface InDialogAnswer {
  readonly sipStatus: number;
  readonly reason: string;
  readonly sdp: string | null;
  /** Of Retry-After, when it is there. */
  readonly retryAfterSeconds: number | null;
  readonly acknowledge: Acknowledge;
}

export class SipDialog implements InDialogHandler {
  localSdp: string | null = null;
  remoteSdp: string | null = null;
  /** A re-INVITE of either side is under way: another one is answered 491 (RFC 3261 section 14.2). */
  isRenegotiating = false;
  readonly #link: DrachtioLink;
  #facts: DialogFacts;
  #id: string;
  #lacksRoutes = false;
  #reviving: SrfRequest | null = null;
  #owner: DialogOwner | null = null;
  #early: (() => void)[] = [];
  #ackWaiters: ((sdp: string | null) => void)[] = [];
  #bye: Promise<void> | null = null;
  #isOver = false;
  #isTold = false;

  constructor(link: DrachtioLink, id: string, facts: DialogFacts) {
    this.#link = link;
    this.#id = id;
    this.#facts = facts;
    link.dialogs.set(id, this);
  }

  /** They change: CSeq with each request of ours, the remote target with each INVITE of either side. */
  get facts(): DialogFacts {
    return this.#facts;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Its Call-ID is our own: drachtio names a dialog by the From tag of its INVITE. */
  get isOurs(): boolean {
    return this.#id.endsWith(`;from-tag=${this.#facts.localTag ?? ''}`);
  }

  /**
   * drachtio made it anew from an answer without Record-Route and knows no route set, which RFC 3261 section 12.2.1.2 keeps as it was:
   * what has to pass the proxies is sent from outside of drachtio's dialog.
   */
  get lacksRoutes(): boolean {
    return this.#lacksRoutes;
  }

  /** drachtio's name for it. */
  get id(): string {
    return this.#id;
  }

  journal(): MediaDialog {
    const { callId, ...facts } = this.#facts;
    return { dialogId: this.#id, sipCallId: callId, ...facts };
  }

  /** The far end has ended it, or has answered our BYE: nothing of it is left there. */
  get isTold(): boolean {
    return this.#isTold;
  }

  /** Requests that came before there was an owner are told to him now. */
  attach(owner: DialogOwner): void {
    this.#owner = owner;
    const early = this.#early;
    this.#early = [];
    for (const tell of early) tell();
  }

  handle(request: SrfRequest, response: SrfResponse): void {
    switch (request.method) {
      case 'BYE':
        this.#onBye(request, response);
        return;
      case 'INVITE':
        this.#refreshTarget(request);
        this.#tell((owner) => owner.invite(request, response));
        return;
      case 'UPDATE':
        this.#refreshTarget(request);
        this.#tell((owner) => owner.update(request, response));
        return;
      case 'INFO':
        this.#tell((owner) => owner.info(request, response));
        return;
      case 'ACK':
        this.#onAck(bodyOf(request));
        return;
      case 'OPTIONS':
      case 'PRACK':
      case 'MESSAGE':
        this.#link.respond(response, 200);
        return;
      case 'REFER':
        // The far end may not choose whom we dial.
        this.#link.respond(response, 603);
        return;
      case 'NOTIFY':
      case 'SUBSCRIBE':
        this.#link.respond(response, 489);
        return;
      default:
        this.#link.respond(response, 405, {
          headers: { Allow: 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, PRACK' },
        });
        return;
    }
  }

  /**
   * Never rejects; settles when the far end has answered, or cannot any more. The caller sets the deadline. A dialog that drachtio does
   * not know is ended from outside of it, unless drachtio is `known` to have said BYE by itself.
   */
  bye(cause: HangupCause, ended: 'unknown' | 'known' = 'unknown'): Promise<void> {
    this.#bye ??= this.#isOver ? Promise.resolve() : this.#sendBye(cause, ended);
    return this.#bye;
  }

  /** A request inside the dialog. Rejects when it could not be sent or the link was lost. */
  request(
    method: string,
    body: string | null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<InDialogAnswer> {
    return this.#send({
      method,
      dialogId: this.#id,
      headers,
      ...(body === null ? {} : { body }),
    });
  }

  /**
   * A re-INVITE with what we know of the dialog, for drachtio does not know it; its 2xx makes the dialog there anew. Rejects as
   * `request` does. Without a 2xx everything stays as it was.
   */
  async revive(sdp: string): Promise<InDialogAnswer> {
    const id = `${this.#facts.callId};from-tag=${this.#facts.localTag ?? ''}`;
    // The far end may say BYE inside the new dialog before we have read its 200.
    this.#link.dialogs.set(id, this);
    const answer = await this.#send(
      {
        method: 'INVITE',
        uri: requestUri(this.#facts),
        headers: dialogHeaders(this.#facts, 'INVITE'),
        body: sdp,
      },
      (response) => {
        if (response.status >= 300) return;
        this.#rename(response.stackDialogId ?? id);
        this.#lacksRoutes = this.#facts.routeSet.length > 0 && !response.has('record-route');
      },
    ).finally(() => {
      if (this.#id !== id && this.#link.dialogs.get(id) === this) this.#link.dialogs.delete(id);
    });
    if (!this.#isOver || answer.sipStatus >= 300) return answer;
    // The leg has ended while its far end answered: the dialog that this has made ends too.
    answer.acknowledge();
    await this.request('BYE', null).catch(() => undefined);
    this.forget();
    return { ...answer, sipStatus: 481, reason: 'ended meanwhile' };
  }

  #rename(id: string): void {
    const { dialogs } = this.#link;
    if (this.#id !== id && dialogs.get(this.#id) === this) dialogs.delete(this.#id);
    this.#id = id;
    dialogs.set(id, this);
  }

  /** The re-INVITE of `revive` is not waited for any longer. */
  giveUpRevival(): void {
    if (this.#reviving !== null) takeBack(this.#link, this.#reviving);
  }

  #send(
    outgoing: OutgoingRequest,
    onFinal: (response: SrfResponse) => void = () => undefined,
  ): Promise<InDialogAnswer> {
    return new Promise((resolve, reject) => {
      this.#link.request(outgoing, {
        sent: (request) => {
          if (outgoing.dialogId === undefined) this.#reviving = request;
          this.#facts = { ...this.#facts, localCseq: Math.max(this.#facts.localCseq, cseqOf(request)) };
        },
        answered: (response, acknowledge) => {
          if (response.status < 200) return;
          onFinal(response);
          if (outgoing.method === 'INVITE' && response.status < 300) this.#refreshTarget(response);
          resolve({
            sipStatus: response.status,
            reason: response.reason,
            sdp: bodyOf(response),
            retryAfterSeconds: secondsOf(response.get('retry-after')),
            acknowledge: (options = {}) => {
              acknowledge(options);
              if (this.#lacksRoutes) sayAck(this.#link, this.#facts, options.body ?? null);
            },
          });
        },
        failed: reject,
      });
    });
  }

  #refreshTarget(message: SipMessage): void {
    const remoteContact = readNameAddr(message.get('contact'))?.uri;
    if (remoteContact !== undefined) this.#facts = { ...this.#facts, remoteContact };
  }

  /** The body of the next ACK: the answer when our 2xx brought the offer. Null without one, and when the dialog ends before. */
  nextAck(): Promise<string | null> {
    return this.#isOver ? Promise.resolve(null) : new Promise((resolve) => this.#ackWaiters.push(resolve));
  }

  /** What comes for it until it is revived is answered 481. */
  hide(): void {
    if (this.#link.dialogs.get(this.#id) === this) this.#link.dialogs.delete(this.#id);
  }

  /** Takes the dialog out of the table; what still comes for it is answered 481. */
  forget(): void {
    this.#isOver = true;
    this.hide();
    this.#onAck(null);
  }

  async #sendBye(cause: HangupCause, ended: 'unknown' | 'known'): Promise<void> {
    try {
      if (this.#lacksRoutes) await sayBye(this.#link, this.#facts, cause);
      else await this.request('BYE', null, { Reason: formatReason(cause) });
      this.#isTold = true;
    } catch (error) {
      // drachtio does not know the dialog, but the far end may. Otherwise there is nobody left to tell, or it may have been told.
      if (isUnknownDialog(error) && ended === 'unknown') await sayBye(this.#link, this.#facts, cause);
    } finally {
      this.forget();
    }
  }

  #onAck(sdp: string | null): void {
    const waiters = this.#ackWaiters;
    this.#ackWaiters = [];
    for (const resolve of waiters) resolve(sdp);
  }

  #onBye(request: SrfRequest, response: SrfResponse): void {
    const unsolicited = request.source === 'application';
    if (!unsolicited) this.#link.respond(response, 200);
    const cause = readReason(request.get('reason'));
    this.#isTold = true;
    this.forget();
    this.#tell((owner) => owner.bye(cause, unsolicited));
  }

  #tell(event: (owner: DialogOwner) => void): void {
    const owner = this.#owner;
    if (owner !== null) event(owner);
    else this.#early.push(() => this.#tell(event));
  }
}
