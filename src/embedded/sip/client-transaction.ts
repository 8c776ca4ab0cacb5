/**
 * What a user agent sees of a request that it sent: handlers for what comes back, and the ways to cancel it or acknowledge it.
 */
import type { SentMessage, SipSource, SipTarget } from './sip-endpoint.js';
import type { SipRequest, SipResponse } from './sip-message.js';

export interface ClientTransactionHandlers {
  /** The request went out for the first time. */
  onSent?(sent: SentMessage, request: SipRequest): void;
  onProvisional?(response: SipResponse, source: SipSource): void;
  /** The final response; for an INVITE a 2xx once for each To tag (forks), so possibly more than once. */
  onFinal(response: SipResponse, source: SipSource): void;
  /** Timer B or F: nobody answered. Treat as 408 (RFC 3261 section 8.1.3.1). */
  onTimeout(): void;
  /** The request could not be sent. Treat as 503. */
  onTransportError(error: Error): void;
}

export interface ClientTransaction {
  /** A UUID of ours. */
  readonly id: string;
  /** As sent, with Via and all. */
  readonly request: SipRequest;
  /**
   * Cancels an INVITE: the CANCEL waits for the first provisional response (9.1); it is left out when a final response came first.
   * Extra header lines (Reason) ride along. The INVITE still ends through `onFinal`, mostly with a 487. When nothing comes within
   * 64*T1 of the CANCEL, the transaction ends with `onTimeout`.
   * Gives the CANCEL, sent or waiting; undefined when there is nothing to cancel any more.
   */
  cancel(extraHeaders?: readonly (readonly [name: string, value: string])[]): SipRequest | undefined;
  /**
   * Sends the ACK to a 2xx and keeps it: each repetition of the 2xx with the same To tag is answered with it again until the
   * transaction's end (RFC 3261 section 13.2.2.4, RFC 6026 section 7.2).
   */
  acknowledge(ack: SipRequest, handlers?: { onSent?(sent: SentMessage): void }, target?: SipTarget): void;
  /** Forgets the transaction; nothing is reported any more. */
  discard(): void;
}
