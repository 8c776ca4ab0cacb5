/**
 * What a user agent sees of a request that arrived: the request, and the ways to answer it. The stack makes one per new request
 * (RFC 3261 section 17.2); the user agent answers it, or discards it.
 */
import type { SentMessage, SipSource } from './sip-endpoint.js';
import type { SipRequest, SipResponse } from './sip-message.js';
import type { SipEnvelope } from './sip-parser.js';

export interface AcceptHandlers {
  /** The first ACK to this 2xx; repeated ones are absorbed. */
  onAck(ack: SipRequest, source: SipSource): void;
  /** No ACK within 64*T1: RFC 3261 section 13.3.1.4 asks for a BYE, which whoever owns the dialog sends. */
  onNoAck(): void;
}

export interface ReliableHandlers {
  /** The PRACK that matches; the user agent answers it. */
  onPrack(prack: ServerTransaction): void;
  /** No PRACK within 64*T1: RFC 3262 section 3 asks for a 5xx to the INVITE. */
  onNoPrack(): void;
}

export interface ServerTransaction {
  /** A UUID of ours. */
  readonly id: string;
  readonly request: SipRequest;
  readonly source: SipSource;
  /** What the parser found on the way: topmost Via, Call-ID, tags, CSeq. */
  readonly envelope: SipEnvelope;
  /** The tag that `createResponse` puts into To when the request had none. It may be set until the first response with a tag. */
  localTag: string;
  readonly isCancelled: boolean;
  /** The final status that was sent, if any. */
  readonly finalStatus: number | undefined;
  /** Via, From, To (with our tag, except in a 100), Call-ID, CSeq and, where a dialog may form, Record-Route, as 8.2.6 and 12.1.1 say. */
  createResponse(status: number, reason?: string): SipResponse;
  /**
   * Sends a response. For a 2xx to an INVITE use `accept`. Undefined when the transaction has already had its final response
   * or is gone: nothing was sent.
   */
  respond(response: SipResponse): SentMessage | undefined;
  /** A 2xx to an INVITE: sent, retransmitted over any transport that loses messages until the ACK comes (13.3.1.4). */
  accept(response: SipResponse, handlers: AcceptHandlers): SentMessage | undefined;
  /** A provisional response with RSeq and `Require: 100rel`, retransmitted until its PRACK (RFC 3262). */
  respondReliably(response: SipResponse, handlers: ReliableHandlers): SentMessage | undefined;
  /** The dialog is over before the ACK came: an accepted 2xx is not repeated any more and nobody is told. */
  stopAwaitingAck(): void;
  /** Forgets the transaction without any answer. */
  discard(): void;
}
