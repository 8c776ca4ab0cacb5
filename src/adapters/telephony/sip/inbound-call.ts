/**
 * An INVITE on its way to the flow. Its first final answer counts: later ones, and those after a CANCEL, are dropped.
 *
 * States: open -> answering -> answered | gone; open -> rejected | ignored | cancelled.
 */
import type { SrfRequest, SrfResponse } from 'drachtio-srf';
import type { InviteFacts } from '../../../application/ports/invite-facts.js';
import type { AnswerOutcome, CallerTreatment, InboundCall } from '../../../application/ports/telephony.js';
import type { Leg } from '../../../domain/calls/leg.js';
import { answerCall } from '../legs/answer-call.js';
import type { TelephonyContext } from '../telephony-context.js';
import { newTag } from './new-tag.js';

export class ReceivedInvite implements InboundCall {
  readonly facts: InviteFacts;
  readonly #context: TelephonyContext;
  readonly #request: SrfRequest;
  readonly #response: SrfResponse;
  readonly #cancellation = new AbortController();
  readonly #localTag = newTag();
  readonly #stopRinging: () => void;
  #isOpen = true;

  constructor(context: TelephonyContext, facts: InviteFacts, request: SrfRequest, response: SrfResponse) {
    this.#context = context;
    this.facts = facts;
    this.#request = request;
    this.#response = response;
    const { clock, deadlines, drachtio } = context;
    // Carriers take a node that says nothing for 3 s (Telnyx) for dead. Media that is quick needs no 180: the 200 is out before.
    this.#stopRinging = clock.startTimer(deadlines.ringingMs, () => {
      if (!this.#isOpen || response.finalResponseSent) return;
      drachtio.respond(response, 180, { headers: { To: `<sip:us>;tag=${this.#localTag}` } });
    });
    // drachtio has answered the CANCEL with 200 and the INVITE with 487 by itself.
    request.on('cancel', () => {
      this.#close();
      this.#cancellation.abort();
    });
  }

  get cancelled(): AbortSignal {
    return this.#cancellation.signal;
  }

  /** Nobody has answered it yet. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  reject(sipStatus: number, reason: string, retryAfterSeconds?: number): void {
    if (!this.#isOpen) return;
    this.#close();
    const headers: Record<string, string> = {};
    if (sipStatus === 503 && retryAfterSeconds !== undefined)
      headers['Retry-After'] = String(Math.ceil(retryAfterSeconds));
    this.#context.drachtio.respond(this.#response, sipStatus, {
      reason: reason.replace(/[^\x20-\x7e]/g, ' ').slice(0, 80),
      headers,
    });
  }

  /** drachtio has sent its 100 Trying already and drops the INVITE by itself 64 s later; here nothing is kept of it. */
  ignore(): void {
    if (!this.#isOpen) return;
    this.#close();
    this.#context.drachtio.forgetInvite(this.facts.sipCallId);
  }

  async answer(treatment: CallerTreatment, onLeg: (leg: Leg) => Promise<void>): Promise<AnswerOutcome> {
    if (!this.#isOpen) {
      return { kind: 'gone', end: { by: 'far-end', cause: 'ORIGINATOR_CANCEL', sipStatus: 487 } };
    }
    const invitation = {
      request: this.#request,
      response: this.#response,
      cancelled: this.cancelled,
      localTag: this.#localTag,
    };
    const outcome = await answerCall(this.#context, invitation, treatment, onLeg);
    if (outcome.kind !== 'no-media') this.#close();
    return outcome;
  }

  #close(): void {
    this.#isOpen = false;
    this.#stopRinging();
  }
}
