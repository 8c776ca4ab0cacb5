/**
 * One INVITE dialog at drachtio (RFC 3261 section 12), whoever opened it. Its owner is told of what the far end asks; requests that
 * nobody expects are answered here. It stands in the link's table from its birth until the BYE has been answered.
 *
 * States: up -> ending (our BYE is out) -> over; up -> over (BYE from the far end, or drachtio has given it up).
 */
import type { Acknowledge, SipMessage, SrfRequest, SrfResponse } from 'drachtio-srf';
import type { HangupCause } from '../../domain/hangup-cause.js';
import type { MediaDialog } from '../../domain/leg.js';
import type { DrachtioLink } from './drachtio-link.js';
import type { InDialogHandler } from './drachtio-request.js';
import { readNameAddr, splitValues } from './name-addr.js';
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

export interface DialogFacts {
  readonly callId: string;
  readonly localTag: string | null;
  readonly remoteTag: string | null;
  readonly localUri: string;
  readonly remoteUri: string;
  readonly remoteContact: string | null;
  /** In the order in which Route headers are sent (RFC 3261 section 12.1). */
  readonly routeSet: readonly string[];
  readonly localCseq: number;
}

/** The dialog of an INVITE that we sent, from the 2xx to it. */
export function factsOfUac(request: SipMessage, response: SipMessage): DialogFacts {
  const from = readNameAddr(request.get('from'));
  const to = readNameAddr(response.get('to'));
  return {
    callId: request.get('call-id') ?? '',
    localTag: from?.parameters.get('tag') ?? null,
    remoteTag: to?.parameters.get('tag') ?? null,
    localUri: from?.uri ?? '',
    remoteUri: to?.uri ?? '',
    remoteContact: readNameAddr(response.get('contact'))?.uri ?? null,
    routeSet: splitValues(response.get('record-route')).reverse(),
    localCseq: Number.parseInt(request.get('cseq') ?? '0', 10) || 0,
  };
}

/** The dialog of an INVITE that we answer with `localTag`. */
export function factsOfUas(request: SipMessage, localTag: string): DialogFacts {
  const from = readNameAddr(request.get('from'));
  return {
    callId: request.get('call-id') ?? '',
    localTag,
    remoteTag: from?.parameters.get('tag') ?? null,
    localUri: readNameAddr(request.get('to'))?.uri ?? '',
    remoteUri: from?.uri ?? '',
    remoteContact: readNameAddr(request.get('contact'))?.uri ?? null,
    routeSet: splitValues(request.get('record-route')),
    localCseq: 0,
  };
}

export interface InDialogAnswer {
  readonly sipStatus: number;
  readonly reason: string;
  readonly sdp: string | null;
  readonly acknowledge: Acknowledge;
}

export class SipDialog implements InDialogHandler {
  localSdp: string | null = null;
  remoteSdp: string | null = null;
  /** A re-INVITE of either side is under way: another one is answered 491 (RFC 3261 section 14.2). */
  isRenegotiating = false;
  readonly facts: DialogFacts;
  readonly #link: DrachtioLink;
  readonly #id: string;
  #owner: DialogOwner | null = null;
  #early: (() => void)[] = [];
  #ackWaiters: ((sdp: string | null) => void)[] = [];
  #bye: Promise<void> | null = null;
  #isOver = false;
  #isTold = false;

  constructor(link: DrachtioLink, id: string, facts: DialogFacts) {
    this.#link = link;
    this.#id = id;
    this.facts = facts;
    link.dialogs.set(id, this);
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** drachtio's name for it. */
  get id(): string {
    return this.#id;
  }

  journal(): MediaDialog {
    const { callId, ...facts } = this.facts;
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
        this.#tell((owner) => owner.invite(request, response));
        return;
      case 'UPDATE':
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

  /** Never rejects; settles when the far end has answered, or cannot any more. The caller sets the deadline. */
  bye(cause: HangupCause): Promise<void> {
    this.#bye ??= this.#isOver ? Promise.resolve() : this.#sendBye(cause);
    return this.#bye;
  }

  /** A request inside the dialog. Rejects when it could not be sent or the link was lost. */
  request(
    method: string,
    body: string | null,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<InDialogAnswer> {
    return new Promise((resolve, reject) => {
      this.#link.request(
        { method, dialogId: this.#id, headers, ...(body === null ? {} : { body }) },
        {
          sent: () => undefined,
          answered: (response, acknowledge) => {
            if (response.status < 200) return;
            resolve({ sipStatus: response.status, reason: response.reason, sdp: bodyOf(response), acknowledge });
          },
          failed: reject,
        },
      );
    });
  }

  /** The body of the next ACK: the answer when our 2xx brought the offer. Null without one, and when the dialog ends before. */
  nextAck(): Promise<string | null> {
    return this.#isOver ? Promise.resolve(null) : new Promise((resolve) => this.#ackWaiters.push(resolve));
  }

  /** Takes the dialog out of the table; what still comes for it is answered 481. */
  forget(): void {
    this.#isOver = true;
    if (this.#link.dialogs.get(this.#id) === this) this.#link.dialogs.delete(this.#id);
    this.#onAck(null);
  }

  async #sendBye(cause: HangupCause): Promise<void> {
    try {
      await this.request('BYE', null, { Reason: formatReason(cause) });
      this.#isTold = true;
    } catch {
      // drachtio no longer knows the dialog, or is gone: there is nobody left to tell.
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
