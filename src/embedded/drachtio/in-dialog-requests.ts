/**
 * Requests from the network inside a dialog, and what applications answer to them. Called by the inbound half.
 */
import { randomUUID } from 'node:crypto';
import type { ServerTransaction } from '../sip/server-transaction.js';
import { contactUri } from '../sip/sip-dialog.js';
import { type AppStatus, answerSentResponse, createAppResponse } from './app-responses.js';
import type { ControlClient } from './control-client.js';
import type { ControlMessage } from './control-message.js';
import type { DrachtioDialog } from './drachtio-dialog.js';
import { networkMeta } from './meta-line.js';
import { MIN_SE_SECONDS, parseSessionExpires, type SessionTimers } from './session-timers.js';
import type { Switchboard } from './switchboard.js';

/** An application has this long to answer a BYE, then the stack does (with 500). */
const ANSWER_BYE_MS = 32_000;

export class InDialogRequests {
  readonly #board: Switchboard;
  readonly #sessionTimers: SessionTimers;

  constructor(board: Switchboard, sessionTimers: SessionTimers) {
    this.#board = board;
    this.#sessionTimers = sessionTimers;
  }

  /** False: this request came before the 200 and is to be treated as one outside a dialog, as drachtio does with INFO and the like. */
  receive(dialog: DrachtioDialog, transaction: ServerTransaction): boolean {
    const { request } = transaction;
    if (request.method === 'INVITE' && contactUri(request) === undefined) {
      transaction.respond(transaction.createResponse(400));
      return true;
    }
    if (dialog.sip.receive(request) === 'out of order') {
      transaction.respond(transaction.createResponse(500));
      return true;
    }
    if (request.method === 'INVITE') transaction.respond(transaction.createResponse(100));
    if (!this.#takeSessionTimer(dialog, transaction)) return true;
    if (dialog.phase === 'inviting') return this.#receiveEarly(dialog, transaction);
    if (dialog.owner === undefined) {
      transaction.respond(transaction.createResponse(481));
      if (request.method === 'BYE') this.#board.end(dialog);
      return true;
    }
    if (request.method === 'BYE') this.#receiveBye(dialog, transaction);
    else this.deliver(dialog, transaction);
    return true;
  }

  /** Hands a request to the dialog's application, which answers it under a new id. */
  deliver(dialog: DrachtioDialog, transaction: ServerTransaction): void {
    const { id } = transaction;
    this.#board.openRequests.set(id, { transaction, dialog, dialogId: dialog.id, timer: undefined });
    dialog.openRequests.set(id, transaction);
    this.#tell(dialog, transaction, id);
  }

  /** The peer cancelled a re-INVITE; the stack has answered it, the application is not told. */
  cancelled(transaction: ServerTransaction): void {
    const open = this.#board.openRequests.get(transaction.id);
    this.#board.openRequests.delete(transaction.id);
    open?.dialog?.openRequests.delete(transaction.id);
  }

  respond(id: string, wanted: AppStatus, message: ControlMessage, client: ControlClient): void {
    const open = this.#board.openRequests.get(id);
    if (open === undefined) return;
    const { transaction, dialog, dialogId } = open;
    const response = createAppResponse(this.#board, transaction, wanted, message);
    const { method } = transaction.request;
    if (dialog !== undefined && method === 'INVITE' && !response.headers.has('Contact')) {
      response.headers.append('Contact', dialog.localContact);
    }
    if (wanted.status >= 200) {
      open.timer?.cancel();
      this.#board.openRequests.delete(id);
      dialog?.openRequests.delete(id);
    }
    const isSuccess = wanted.status >= 200 && wanted.status < 300;
    if (dialog !== undefined && isSuccess && (method === 'INVITE' || method === 'UPDATE')) {
      dialog.sip.refreshTarget(transaction.request);
      if (message.body.length > 0) dialog.localSdp = message.body;
    }
    if (dialog !== undefined && isSuccess && method === 'INVITE') {
      const sent = transaction.accept(response, {
        onAck: (ack, source) => {
          if (dialog.serverInvite === transaction) dialog.serverInvite = undefined;
          const bytes = ack.toBuffer();
          dialog.owner?.sendSip(networkMeta(bytes.length, source), randomUUID(), dialog.id, '', bytes);
        },
        // drachtio leaves a dialog alone whose re-INVITE was not acknowledged; the session timer or the media decide.
        onNoAck: () => undefined,
      });
      // Should the dialog end first, the 200 is not repeated any more.
      dialog.serverInvite = transaction;
      answerSentResponse(client, message, sent, dialogId);
      return;
    }
    answerSentResponse(client, message, transaction.respond(response), dialogId);
  }

  /** False when the request was refused with 422 (RFC 4028 section 6). Each INVITE and UPDATE starts the timer anew or stops it. */
  #takeSessionTimer(dialog: DrachtioDialog, transaction: ServerTransaction): boolean {
    const { method, headers } = transaction.request;
    if (method !== 'INVITE' && method !== 'UPDATE') return true;
    const weRefreshed = dialog.sessionTimer?.refresher === 'us';
    this.#sessionTimers.cancel(dialog);
    const wanted = parseSessionExpires(headers.get('Session-Expires'));
    if (wanted === undefined) return true;
    if (wanted.seconds < MIN_SE_SECONDS) {
      const response = transaction.createResponse(422);
      response.headers.append('Min-SE', String(MIN_SE_SECONDS));
      transaction.respond(response);
      return false;
    }
    const theyRefresh = wanted.refresher === undefined ? weRefreshed : wanted.refresher === 'uac';
    this.#sessionTimers.set(dialog, wanted.seconds, theyRefresh ? 'them' : 'us');
    return true;
  }

  #receiveEarly(dialog: DrachtioDialog, transaction: ServerTransaction): boolean {
    switch (transaction.request.method) {
      case 'UPDATE': {
        if (dialog.earlyUpdate !== undefined) {
          transaction.respond(transaction.createResponse(500));
          return true;
        }
        if (dialog.owner === undefined) {
          transaction.respond(transaction.createResponse(481));
          return true;
        }
        if (dialog.role === 'uac') {
          this.deliver(dialog, transaction);
          return true;
        }
        dialog.earlyUpdate = transaction;
        this.#tell(dialog, transaction, dialog.inviteId);
        return true;
      }
      case 'BYE':
        transaction.respond(transaction.createResponse(481));
        dialog.serverInvite?.respond(dialog.serverInvite.createResponse(500));
        this.#board.end(dialog);
        return true;
      case 'INVITE':
        // RFC 3261 section 14.2: another INVITE while the first has no final response.
        transaction.respond(transaction.createResponse(dialog.role === 'uas' ? 500 : 491));
        return true;
      default:
        return false;
    }
  }

  #receiveBye(dialog: DrachtioDialog, transaction: ServerTransaction): void {
    const { id } = transaction;
    const timer = this.#board.clock.schedule(ANSWER_BYE_MS, () => {
      if (this.#board.openRequests.delete(id)) transaction.respond(transaction.createResponse(500));
    });
    // drachtio names no dialog in its answer to the response: the dialog is gone by then.
    this.#board.openRequests.set(id, { transaction, dialog: undefined, dialogId: '', timer });
    this.#tell(dialog, transaction, id);
    this.#board.end(dialog);
  }

  #tell(dialog: DrachtioDialog, transaction: ServerTransaction, id: string): void {
    const bytes = transaction.request.toBuffer();
    dialog.owner?.sendSip(networkMeta(bytes.length, transaction.source), id, dialog.id, '', bytes);
  }
}
