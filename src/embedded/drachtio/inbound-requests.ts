/**
 * Requests from the network outside any dialog, and INVITEs until their ACK: choosing the application, waiting for its answer, sending
 * it, CANCEL. Called by the SIP stack for requests and by the control server for responses of applications.
 */
import type { ServerTransaction } from '../sip/server-transaction.js';
import { contactUri, SipDialog } from '../sip/sip-dialog.js';
import type { SipSource } from '../sip/sip-endpoint.js';
import type { SipRequest } from '../sip/sip-message.js';
import { parseSipUri } from '../sip/sip-uri.js';
import { answerSentResponse, appToTag, createAppResponse } from './app-responses.js';
import type { ControlClient } from './control-client.js';
import { type ControlMessage, parseStatusLine } from './control-message.js';
import { DrachtioDialog } from './drachtio-dialog.js';
import type { InDialogRequests } from './in-dialog-requests.js';
import type { InviteResponses } from './invite-responses.js';
import { networkMeta } from './meta-line.js';
import type { PendingRequest, Switchboard } from './switchboard.js';

/** drachtio forgets a request that its application has not answered after this time, without any answer. */
const PENDING_MS = 64_000;

const ROUTED: ReadonlySet<string> = new Set([
  'INVITE',
  'REGISTER',
  'MESSAGE',
  'OPTIONS',
  'INFO',
  'NOTIFY',
  'SUBSCRIBE',
  'PUBLISH',
]);

export class InboundRequests {
  readonly #board: Switchboard;
  readonly #inDialog: InDialogRequests;
  readonly #inviteResponses: InviteResponses;
  readonly #acceptSource: (source: SipSource) => boolean;

  constructor(
    board: Switchboard,
    inDialog: InDialogRequests,
    inviteResponses: InviteResponses,
    acceptSource: (source: SipSource) => boolean,
  ) {
    this.#board = board;
    this.#inDialog = inDialog;
    this.#inviteResponses = inviteResponses;
    this.#acceptSource = acceptSource;
  }

  receive(transaction: ServerTransaction): void {
    const { envelope, request, source } = transaction;
    const dialog = this.#board.dialogs.find(envelope);
    if (dialog !== undefined) {
      if (!this.#inDialog.receive(dialog, transaction)) this.#receiveNew(transaction);
      return;
    }
    if (envelope.toTag !== '' && !this.#acceptSource(source)) {
      transaction.discard();
      return;
    }
    const live = this.#board.dialogs.byId(`${envelope.sipCallId};from-tag=${envelope.fromTag}`);
    if (request.method === 'INVITE' && envelope.toTag === '' && live !== undefined && live.phase === 'stable') {
      transaction.respond(transaction.createResponse(491));
      return;
    }
    this.#receiveNew(transaction);
  }

  #receiveNew(transaction: ServerTransaction): void {
    const { method } = transaction.request;
    if (method === 'UPDATE' || method === 'BYE') {
      transaction.respond(transaction.createResponse(481));
      return;
    }
    if (!ROUTED.has(method)) {
      transaction.discard();
      return;
    }
    if (method === 'INVITE') transaction.respond(transaction.createResponse(100));
    if (method === 'INVITE' && transaction.envelope.toTag !== '') {
      transaction.respond(transaction.createResponse(481));
      return;
    }
    const client = this.#board.clients.select(method);
    if (client === undefined) {
      transaction.respond(transaction.createResponse(503));
      return;
    }
    const { id } = transaction;
    const timer = this.#board.clock.schedule(PENDING_MS, () => {
      this.#board.pending.delete(id);
      transaction.discard();
    });
    this.#board.pending.set(id, { id, transaction, client, timer });
    const { source, request } = transaction;
    const bytes = request.toBuffer();
    client.sendSip(networkMeta(bytes.length, source), id, '', `${source.localAddress}|${source.localPort}|`, bytes);
  }

  /** The stack has answered the CANCEL; the INVITE gets its 487 and the application is told. */
  cancelled(transaction: ServerTransaction, cancel: SipRequest, source: SipSource): void {
    transaction.respond(transaction.createResponse(487));
    const { id } = transaction;
    const bytes = cancel.toBuffer();
    const pending = this.#board.pending.get(id);
    if (pending !== undefined) {
      this.#forget(pending);
      pending.client.sendSip(networkMeta(bytes.length, source), id, '', '', bytes);
      return;
    }
    const dialog = this.#board.dialogs.byInviteId(id);
    if (dialog === undefined) {
      this.#inDialog.cancelled(transaction);
      return;
    }
    dialog.owner?.sendSip(networkMeta(bytes.length, source), id, dialog.id, '', bytes);
    this.#board.end(dialog);
  }

  /** A response of an application, to whatever request its transaction id names. */
  respond(message: ControlMessage, client: ControlClient): void {
    const id = message.tokens[2] ?? '';
    const wanted = parseStatusLine(message.startLine);
    if (wanted === undefined) {
      client.answer(message.msgId, 'NOK|Unknown server error sending response');
      return;
    }
    if (this.#board.openRequests.has(id)) {
      this.#inDialog.respond(id, wanted, message, client);
      return;
    }
    const dialog = this.#board.dialogs.byInviteId(id) ?? this.#createDialog(id, message);
    if (dialog?.serverInvite !== undefined) {
      this.#inviteResponses.respond(dialog, dialog.serverInvite, wanted, message, client);
      return;
    }
    const pending = this.#board.pending.get(id);
    if (pending !== undefined) {
      const response = createAppResponse(this.#board, pending.transaction, wanted, message);
      if (wanted.status >= 200) this.#forget(pending);
      answerSentResponse(client, message, pending.transaction.respond(response), '');
      return;
    }
    const isCancel = message.headers.get('CSeq')?.endsWith('CANCEL') === true;
    client.answer(
      message.msgId,
      isCancel
        ? 'NOK|200 OK to incoming CANCEL is automatically generated by the stack'
        : 'NOK|Response not sent due to unknown transaction',
    );
  }

  /** With its application's first response an INVITE becomes a dialog. */
  #createDialog(id: string, message: ControlMessage): DrachtioDialog | undefined {
    const pending = this.#board.pending.get(id);
    if (pending === undefined || pending.transaction.request.method !== 'INVITE') return undefined;
    const { transaction } = pending;
    this.#forget(pending);
    transaction.localTag = appToTag(message) ?? transaction.localTag;
    const sip = SipDialog.ofServer(transaction.request, transaction.createResponse(180));
    // drachtio counts its own requests on from the CSeq of the INVITE.
    sip.localCSeq = transaction.envelope.cseqNumber;
    const dialog = new DrachtioDialog('uas', sip, id, this.#board.contactFor(transaction.source));
    dialog.client = pending.client;
    dialog.serverInvite = transaction;
    if (transaction.source.connectionId !== undefined) dialog.connection = transaction.source;
    dialog.forcedTarget = natTargetOf(transaction);
    this.#board.dialogs.add(dialog);
    return dialog;
  }

  #forget(pending: PendingRequest): void {
    pending.timer.cancel();
    this.#board.pending.delete(pending.id);
  }
}

/**
 * drachtio's check for a caller behind a NAT: over UDP, without Record-Route, a Contact that is not where the INVITE came from makes
 * requests of the dialog go back there.
 */
function natTargetOf(transaction: ServerTransaction): SipSource | undefined {
  const { request, source } = transaction;
  if (source.transport !== 'udp' || request.headers.has('Record-Route')) return undefined;
  const contact = parseSipUri(contactUri(request) ?? '');
  if (contact === undefined) return undefined;
  const isSame = contact.host === source.address && (contact.port === 0 || contact.port === source.port);
  return isSame ? undefined : source;
}
