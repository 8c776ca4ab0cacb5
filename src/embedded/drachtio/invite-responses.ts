/**
 * An application's responses to an INVITE that opens a dialog: provisional (reliable when it asks for it), final, and what follows: ACK,
 * PRACK, session timer. Called by the inbound half.
 */
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipSource } from '../sip/sip-endpoint.js';
import type { SipRequest, SipResponse } from '../sip/sip-message.js';
import { type AppStatus, answerSentResponse, createAppResponse } from './app-responses.js';
import type { ControlClient } from './control-client.js';
import type { ControlMessage } from './control-message.js';
import type { DrachtioDialog } from './drachtio-dialog.js';
import type { InDialogRequests } from './in-dialog-requests.js';
import { networkMeta } from './meta-line.js';
import { MIN_SE_SECONDS, parseSessionExpires, type SessionTimers } from './session-timers.js';
import type { Switchboard } from './switchboard.js';

/** `default-refresher` of drachtio-conf: who refreshes when the caller leaves it open. */
const DEFAULT_REFRESHER = 'uas';

export class InviteResponses {
  readonly #board: Switchboard;
  readonly #sessionTimers: SessionTimers;
  readonly #inDialog: InDialogRequests;

  constructor(board: Switchboard, sessionTimers: SessionTimers, inDialog: InDialogRequests) {
    this.#board = board;
    this.#sessionTimers = sessionTimers;
    this.#inDialog = inDialog;
  }

  respond(
    dialog: DrachtioDialog,
    transaction: ServerTransaction,
    wanted: AppStatus,
    message: ControlMessage,
    client: ControlClient,
  ): void {
    if (this.#answerEarlyUpdate(dialog, wanted, message, client)) return;
    if (dialog.status >= 200) {
      client.answer(message.msgId, 'NOK|a final response has already been sent');
      return;
    }
    const response = createAppResponse(this.#board, transaction, wanted, message);
    const contact = response.headers.get('Contact');
    if (contact !== undefined) dialog.localContact = contact;
    if (message.body.length > 0) {
      dialog.localSdp = message.body;
      dialog.localContentType = response.headers.get('Content-Type') ?? dialog.localContentType;
    }
    if (wanted.status > 100 && wanted.status < 200 && response.headers.includesToken('Require', '100rel')) {
      this.#respondReliably(dialog, transaction, response, message, client);
      return;
    }
    dialog.status = wanted.status;
    if (wanted.status < 200) answerSentResponse(client, message, transaction.respond(response), dialog.id);
    else if (wanted.status < 300) this.#accept(dialog, transaction, response, message, client);
    else {
      answerSentResponse(client, message, transaction.respond(response), dialog.id);
      this.#board.end(dialog);
    }
  }

  #accept(
    dialog: DrachtioDialog,
    transaction: ServerTransaction,
    response: SipResponse,
    message: ControlMessage,
    client: ControlClient,
  ): void {
    if (!response.headers.has('Contact')) response.headers.append('Contact', dialog.localContact);
    this.#startSessionTimer(dialog, transaction.request, response);
    const sent = transaction.accept(response, {
      onAck: (ack, source) => this.#acknowledged(dialog, ack, source),
      onNoAck: () => this.#board.hangUp(dialog, 'ACK timeout'),
    });
    if (sent === undefined) {
      this.#board.end(dialog);
    } else {
      dialog.phase = 'stable';
      dialog.sip.confirm();
      this.#board.dialogs.index(dialog);
    }
    answerSentResponse(client, message, sent, dialog.id);
  }

  #acknowledged(dialog: DrachtioDialog, ack: SipRequest, source: SipSource): void {
    dialog.serverInvite = undefined;
    const bytes = ack.toBuffer();
    dialog.owner?.sendSip(networkMeta(bytes.length, source), dialog.inviteId, dialog.id, '', bytes);
  }

  #respondReliably(
    dialog: DrachtioDialog,
    transaction: ServerTransaction,
    response: SipResponse,
    message: ControlMessage,
    client: ControlClient,
  ): void {
    const { headers } = transaction.request;
    if (!headers.includesToken('Supported', '100rel') && !headers.includesToken('Require', '100rel')) {
      client.answer(message.msgId, 'NOK|Remote endpoint does not support 100rel');
      return;
    }
    dialog.status = response.status;
    if (!response.headers.has('Contact')) response.headers.append('Contact', dialog.localContact);
    const sent = transaction.respondReliably(response, {
      onPrack: (prack) => {
        dialog.sip.receive(prack.request);
        this.#inDialog.deliver(dialog, prack);
      },
      // RFC 3262 section 3: without a PRACK the INVITE is refused.
      onNoPrack: () => {
        transaction.respond(transaction.createResponse(504));
        this.#board.end(dialog);
      },
    });
    answerSentResponse(client, message, sent, dialog.id);
  }

  /** The application answers an UPDATE before the 200 under the id of the INVITE; CSeq tells which of the two it means. */
  #answerEarlyUpdate(
    dialog: DrachtioDialog,
    wanted: AppStatus,
    message: ControlMessage,
    client: ControlClient,
  ): boolean {
    const update = dialog.earlyUpdate;
    if (update === undefined || message.headers.get('CSeq')?.endsWith('UPDATE') !== true) return false;
    if (wanted.status >= 200) dialog.earlyUpdate = undefined;
    const response = createAppResponse(this.#board, update, wanted, message);
    if (!response.headers.has('Contact')) response.headers.append('Contact', dialog.localContact);
    answerSentResponse(client, message, update.respond(response), dialog.id);
    return true;
  }

  /**
   * What drachtio does about RFC 4028 on a 200: the application's Session-Expires counts; else the caller's is echoed with no less
   * than 90 s.
   */
  #startSessionTimer(dialog: DrachtioDialog, request: SipRequest, response: SipResponse): void {
    const own = parseSessionExpires(response.headers.get('Session-Expires'));
    const offered = parseSessionExpires(request.headers.get('Session-Expires'));
    if (own !== undefined) {
      this.#sessionTimers.set(dialog, Math.max(MIN_SE_SECONDS, own.seconds), own.refresher === 'uas' ? 'us' : 'them');
    } else if (offered !== undefined) {
      const seconds = Math.max(MIN_SE_SECONDS, offered.seconds);
      const refresher = offered.refresher ?? DEFAULT_REFRESHER;
      response.headers.append('Session-Expires', `${seconds};refresher=${refresher}`);
      this.#sessionTimers.set(dialog, seconds, refresher === 'uas' ? 'us' : 'them');
    }
  }
}
