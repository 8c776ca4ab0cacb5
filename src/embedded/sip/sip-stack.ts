/**
 * The SIP stack: transports, parser and transactions behind one object. The drachtio half and the FreeSWITCH half of the
 * embedded switch each make one; dialogs (sip-dialog.ts) are theirs. It never throws at input and never answers what RFC 3261
 * does not allow to be answered.
 *
 * What it does by itself: 100 for nothing (call `respond` with a 100 yourself when you want one), retransmissions, ACK to non-2xx
 * finals, `200` to a CANCEL that matches and `481` to one that does not, 400 to malformed requests, 482 to merged ones, 481 to
 * a PRACK without match, received/rport, CRLF keep-alives.
 */
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
  /** Default 1,024 connections; further ones are closed at once. */
  readonly maxTcpConnections?: number;
  /** False: a message from this source is dropped without any answer, and counted as `refused`. */
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

/** Binds all listeners, then resolves. Rejects when one cannot be bound (the others are closed again). */
export async function createSipStack(options: SipStackOptions): Promise<SipStack> {
  throw new Error(`not there yet: ${options.listeners.length} listeners`);
}
