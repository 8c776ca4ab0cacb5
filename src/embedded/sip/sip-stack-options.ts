/** What a SIP stack is made of and what it offers; see sip-stack.ts, which makes one. */
import type { ClientTransaction, ClientTransactionHandlers } from './client-transaction.js';
import type { ServerTransaction } from './server-transaction.js';
import type { SipClock, SipTimerValues } from './sip-clock.js';
import type { SipListener, SipSource, SipTarget } from './sip-endpoint.js';
import type { SipRequest, SipResponse } from './sip-message.js';

export interface SipStackOptions {
  readonly listeners: readonly SipListener[];
  readonly clock?: SipClock;
  readonly timers?: Partial<SipTimerValues>;
  /** Larger messages are dropped (UDP) or end the connection (TCP). Default 65,535 bytes. */
  readonly maxMessageBytes?: number;
  /** `forced`: responses over UDP go to the source address and port even when the client did not ask. Default `asked` (RFC 3581). */
  readonly rport?: 'asked' | 'forced';
  /** Default 1,024 connections; further ones are closed at once. */
  readonly maxTcpConnections?: number;
  /**
   * False: what comes from this source and belongs to no transaction and no dialog (malformed, without To tag, CANCEL) is dropped
   * without any answer and counted as `refused`. Requests with a To tag still reach `onRequest`: dialogs are yours.
   */
  readonly acceptSource?: (source: SipSource) => boolean;
  /** A new request, in or out of a dialog, that is neither ACK nor CANCEL nor a PRACK that `respondReliably` waits for. */
  readonly onRequest: (transaction: ServerTransaction) => void;
  /** A CANCEL matched this unanswered INVITE and was answered 200; answer the INVITE 487 (RFC 3261 section 9.2). */
  readonly onCancel: (transaction: ServerTransaction, cancel: SipRequest, source: SipSource) => void;
  /** An ACK that no `accept` waits for and that belongs to no transaction. */
  readonly onStrayAck?: (ack: SipRequest, source: SipSource) => void;
  /** A response that belongs to no transaction. */
  readonly onStrayResponse?: (response: SipResponse, source: SipSource) => void;
  readonly onMalformed?: (reason: string, source: SipSource) => void;
  /** An exception out of one of the handlers: a bug of the caller; the stack goes on. */
  readonly onBug?: (error: unknown) => void;
}

export interface SipStackCounts {
  readonly serverTransactions: number;
  readonly clientTransactions: number;
  /** 2xx that wait for their ACK. */
  readonly awaitingAck: number;
  /** Reliable provisional responses that wait for their PRACK. */
  readonly awaitingPrack: number;
  readonly timers: number;
  readonly tcpConnections: number;
  /** Since start: malformed messages, messages of refused sources, merged requests. */
  readonly malformed: number;
  readonly refused: number;
  readonly merged: number;
}

export interface SipStack {
  /** The listeners with the ports they really have, `advertisedAddress` filled in. */
  addresses(): readonly (SipListener & { readonly advertisedAddress: string })[];
  /** Whether a listener has the transport and the address family of this target. */
  reaches(target: SipTarget): boolean;
  /** Whether the TCP connection that a message came over is still open. */
  isConnected(connectionId: number): boolean;
  /** What to write into Contact for messages to this peer: `127.0.0.1:5060`. */
  hostPortFor(target: SipTarget): string;
  /**
   * Sends a request (not ACK, not CANCEL) in a client transaction. Missing Via, Max-Forwards and CSeq are filled in; the target,
   * when not given, is the topmost Route or the Request-URI (RFC 3261 section 8.1.2), looked up if it is a name. With an IP
   * literal the message is on the wire (and `onSent` called) before this returns. Handlers run at most until the final response;
   * a 2xx to an INVITE is reported once per To tag.
   */
  request(request: SipRequest, handlers: ClientTransactionHandlers, target?: SipTarget): ClientTransaction;
  /** Timers of the user agents above, counted with ours and cancelled at close. */
  readonly clock: SipClock;
  readonly timers: SipTimerValues;
  counts(): SipStackCounts;
  /** Ends every transaction without a word, closes sockets, resolves when nothing is left. */
  close(): Promise<void>;
}
