/**
 * One INVITE that we send, to FreeSWITCH or to a buyer, until its final answer. Whatever is cancelled and answered nevertheless
 * is acknowledged and ended here, so that a 200 that crosses the CANCEL never leaves a call behind (RFC 3261 section 9.1).
 *
 * States: calling -> accepted | refused | failed; calling -> cancelling -> refused | failed (an accepted one is ended first).
 */
import type { Acknowledge, SrfRequest, SrfResponse } from 'drachtio-srf';
import { MessageTooLargeError } from '../drachtio/drachtio-errors.js';
import type { DrachtioLink } from '../drachtio/drachtio-link.js';
import { factsOfUac } from './dialog-facts.js';
import { bodyOf } from './session-description.js';
import { SipDialog } from './sip-dialog.js';

export interface InviteOptions {
  readonly uri: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Null asks the far end for the offer, and `acknowledge` must bring the answer. */
  readonly sdp: string | null;
  readonly credentials?: { readonly username: string; readonly password: string } | null;
  readonly onProvisional?: (sipStatus: number) => void;
  /** It is on the wire, and drachtio has named it; told again when it went out anew with credentials. */
  readonly onSent?: (request: SrfRequest) => void;
}

export type InviteOutcome =
  | {
      readonly kind: 'accepted';
      readonly dialog: SipDialog;
      readonly sdp: string | null;
      /** Must be called once, with the answer when the 200 brought the offer. Throws MessageTooLargeError; an empty ACK went out then. */
      readonly acknowledge: (sdp: string | null) => void;
    }
  | { readonly kind: 'refused'; readonly sipStatus: number; readonly reason: string }
  | { readonly kind: 'failed'; readonly error: Error };

export class OutgoingInvite {
  /** Never rejects. Has no deadline of its own: drachtio ends each INVITE by timer B (408) or C. */
  readonly outcome: Promise<InviteOutcome>;
  readonly #link: DrachtioLink;
  readonly #options: InviteOptions;
  #settle: (outcome: InviteOutcome) => void = () => undefined;
  #request: SrfRequest | null = null;
  #cancelReason: string | null = null;
  #isFinal = false;
  #earlySdp: string | null = null;

  constructor(link: DrachtioLink, options: InviteOptions) {
    this.#link = link;
    this.#options = options;
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
    link.request(
      {
        method: 'INVITE',
        uri: options.uri,
        headers: options.headers,
        ...(options.sdp === null ? {} : { body: options.sdp }),
        ...(options.credentials == null ? {} : { auth: { ...options.credentials } }),
      },
      {
        sent: (request) => this.#onSent(request),
        answered: (response, acknowledge) => this.#onAnswer(response, acknowledge),
        failed: (error) => {
          this.#isFinal = true;
          this.#settle({ kind: 'failed', error });
        },
      },
    );
  }

  /** Harmless after the final answer and when repeated. `reason` is a Reason header. */
  cancel(reason: string): void {
    if (this.#isFinal || this.#cancelReason !== null) return;
    this.#cancelReason = reason;
    this.#sendCancel();
  }

  #onSent(request: SrfRequest): void {
    this.#request = request;
    request.on('authenticate', (repeated: SrfRequest) => {
      // drachtio-srf would answer a second challenge as well when a 100 came in between, and so try a wrong password for ever.
      repeated.auth = undefined;
      this.#request = repeated;
      this.#options.onSent?.(repeated);
    });
    this.#options.onSent?.(request);
    if (this.#cancelReason !== null) this.#sendCancel();
  }

  #sendCancel(): void {
    if (this.#request === null || this.#cancelReason === null) return;
    try {
      this.#request.cancel({ headers: { Reason: this.#cancelReason } }, () => undefined);
    } catch {
      // The link is gone and with it the transaction; `failed` has been told.
    }
  }

  #onAnswer(response: SrfResponse, acknowledge: Acknowledge): void {
    if (response.status < 200) {
      // RFC 3262: the answer may come in a reliable provisional response and be missing from the 200.
      if (response.has('rseq')) acknowledge();
      this.#earlySdp = bodyOf(response) ?? this.#earlySdp;
      this.#options.onProvisional?.(response.status);
      return;
    }
    if (this.#isFinal) return;
    this.#isFinal = true;
    if (response.status >= 300 || this.#request === null || response.stackDialogId === undefined) {
      this.#settle({ kind: 'refused', sipStatus: response.status, reason: response.reason });
      return;
    }
    const dialog = new SipDialog(this.#link, response.stackDialogId, factsOfUac(this.#request, response));
    dialog.localSdp = this.#options.sdp;
    dialog.remoteSdp = bodyOf(response) ?? this.#earlySdp;
    const answer = (sdp: string | null): void => {
      if (sdp !== null) dialog.localSdp = sdp;
      try {
        acknowledge(sdp === null ? {} : { body: sdp });
      } catch (error) {
        if (!(error instanceof MessageTooLargeError)) return; // The link is gone, and with it the transaction.
        acknowledge({});
        throw error;
      }
    };
    if (this.#cancelReason === null) {
      this.#settle({ kind: 'accepted', dialog, sdp: dialog.remoteSdp, acknowledge: answer });
      return;
    }
    answer(null);
    // drachtio follows the ACK of a cancelled INVITE with a BYE of its own; ours is for a CANCEL that had not reached it yet.
    dialog.bye('ORIGINATOR_CANCEL', 'known').then(
      () => this.#settle({ kind: 'refused', sipStatus: 487, reason: 'cancelled' }),
      () => undefined,
    );
  }
}
