/**
 * Requests and answers of ours on their way through drachtio-srf, each request with a deadline of its own, since the package settles none when its connection
 * is lost or drachtio says nothing. drachtio-link.ts alone sends through here.
 */
import type { Socket } from 'node:net';
import type { Acknowledge, Agent, AgentRequestOptions, SrfRequest, SrfResponse } from 'drachtio-srf';
import type { Clock } from '../../../application/ports/clock.js';
import { DeadlineError, messageOf } from '../deadline.js';
import type { Deadlines } from '../deadlines.js';
import type { Log } from '../log.js';
import { refuseTooLarge } from './drachtio-errors.js';
import type { Answer, OutgoingRequest, RequestListener } from './drachtio-request.js';

export interface RequestChannel {
  readonly agent: Agent;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Throws when the link is down. */
  readonly optionsOf: (outgoing: OutgoingRequest) => AgentRequestOptions;
  readonly onLoss: (listener: (error: Error) => void) => () => void;
  readonly contain: (what: string, work: () => void) => void;
}

/**
 * Errors come to `listener.failed`; nothing is thrown. drachtio must say in time that the request was sent, and all but an INVITE that
 * opens a dialog must be answered in time: how long that one may ring is its sender's to say.
 */
export function sendRequest(channel: RequestChannel, outgoing: OutgoingRequest, listener: RequestListener): void {
  const { agent, clock, deadlines, contain } = channel;
  const { requestMs } = deadlines;
  let isOver = false;
  const fail = (error: Error): void => {
    if (isOver) return;
    isOver = true;
    forget();
    listener.failed(error);
  };
  const stopTimer = clock.startTimer(requestMs, () => fail(new DeadlineError(outgoing.method, requestMs)));
  const stopLoss = channel.onLoss(fail);
  const forget = (): void => {
    stopTimer();
    stopLoss();
  };
  const opensDialog = outgoing.method === 'INVITE' && outgoing.dialogId === undefined;
  try {
    refuseTooLarge(outgoing.headers, outgoing.body, outgoing.auth !== undefined);
    agent.request(channel.optionsOf(outgoing), (error, request) => {
      if (error !== null || request === undefined) return fail(error ?? new Error('the request was not sent'));
      if (isOver) {
        if (opensDialog) contain('an INVITE sent too late', () => takeBack(channel, request));
        return;
      }
      if (opensDialog) stopTimer();
      if (outgoing.method === 'ACK' || outgoing.method === 'CANCEL') {
        // No answer to it comes: the package would wait for that of an ACK for ever.
        isOver = true;
        forget();
        contain('a sent request', () => listener.sent(request));
        for (const server of agent.mapServer.values()) server.pendingSipRequests.delete(request.stackTxnId);
        return;
      }
      request.on('response', (response: SrfResponse, acknowledge: Acknowledge) => {
        if (response.status >= 200) {
          isOver = true;
          forget();
        }
        contain('a response', () => listener.answered(response, acknowledge));
      });
      contain('a sent request', () => listener.sent(request));
    });
  } catch (error) {
    fail(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Nobody waits for this INVITE any more: it is cancelled, and ended when it was answered nevertheless (RFC 3261 section 9.1). */
function takeBack(channel: RequestChannel, invite: SrfRequest): void {
  invite.on('response', (response: SrfResponse, acknowledge: Acknowledge) => {
    const { stackDialogId } = response;
    if (response.status < 200 || response.status >= 300 || stackDialogId === undefined) return;
    channel.contain('a late answer', () => {
      acknowledge();
      const nobody: RequestListener = { sent: () => undefined, answered: () => undefined, failed: () => undefined };
      sendRequest(channel, { method: 'BYE', dialogId: stackDialogId, headers: {} }, nobody);
    });
  });
  invite.cancel({}, () => undefined);
}

/** What goes wrong is logged; nothing is thrown. `sent` is told when drachtio has put the answer on the wire, or why not. */
export function sendAnswer(
  log: Log,
  response: SrfResponse,
  status: number,
  answer: Answer,
  sent: (error: Error | null, dialogId: string | undefined) => void,
): void {
  try {
    const headers = { ...answer.headers };
    refuseTooLarge(headers, answer.body);
    const options = answer.body === undefined ? { headers } : { headers, body: answer.body };
    response.send(status, answer.reason, options, (error) => {
      if (error !== null) log.debug({ status, detail: messageOf(error) }, 'an answer was not sent');
      sent(error === null ? null : new Error(messageOf(error)), response.stackDialogId);
    });
  } catch (error) {
    log.error({ status, detail: messageOf(error) }, 'an answer could not be sent');
    sent(error instanceof Error ? error : new Error(String(error)), undefined);
  }
}

/** Requests and answers of which drachtio has not yet said that they were sent, and INVITEs without a final answer. */
export function pendingRequestCount({ mapServer }: Agent, socket: Socket): number {
  const server = mapServer.get(socket);
  return server === undefined ? 0 : server.pendingRequests.size + server.pendingSipRequests.size;
}

/** drachtio-srf keeps an INVITE until its final answer; one that is never answered must be forgotten by hand. */
export function forgetInvite({ mapServer }: Agent, sipCallId: string): void {
  for (const server of mapServer.values()) server.pendingNetworkInvites.delete(sipCallId);
}
