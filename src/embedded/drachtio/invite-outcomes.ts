/**
 * An INVITE of an application on its way to becoming a dialog: provisional responses, 200, refusal, silence. Called by the outbound half.
 */

import { tagOf } from '../sip/name-addr.js';
import { contactUri, cseqNumber, SipDialog } from '../sip/sip-dialog.js';
import type { SentMessage, SipSource, SipTarget } from '../sip/sip-endpoint.js';
import type { SipRequest, SipResponse } from '../sip/sip-message.js';
import { parseSipUri } from '../sip/sip-uri.js';
import type { DrachtioDialog } from './drachtio-dialog.js';
import { deliverFailure, deliverResponse } from './response-delivery.js';
import type { SessionTimers } from './session-timers.js';
import type { Switchboard } from './switchboard.js';

export class InviteOutcomes {
  readonly #board: Switchboard;
  readonly #sessionTimers: SessionTimers;

  constructor(board: Switchboard, sessionTimers: SessionTimers) {
    this.#board = board;
    this.#sessionTimers = sessionTimers;
  }

  sendInvite(
    dialog: DrachtioDialog,
    request: SipRequest,
    target: SipTarget,
    onSent: (sent: SentMessage) => void,
  ): void {
    const cseq = dialog.sip.localCSeq;
    let firstSent: SentMessage | undefined;
    const transaction = this.#board.stack.request(
      request,
      {
        onSent: (sent) => {
          firstSent = sent;
          onSent(sent);
        },
        onProvisional: (response, source) => this.#provisional(dialog, response, source),
        onFinal: (response, source) => this.#final(dialog, request, response, source),
        onTimeout: () => this.#fail(dialog, request, 408, target),
        onTransportError: () => this.#fail(dialog, request, 503, target),
      },
      target,
    );
    dialog.clientInvite = { transaction, cseq, sent: firstSent };
  }

  #provisional(dialog: DrachtioDialog, response: SipResponse, source: SipSource): void {
    if (response.status === 100 || dialog.phase !== 'inviting') return;
    dialog.status = response.status;
    const rseq = response.headers.get('RSeq');
    if (rseq !== undefined) {
      // Only a reliable one makes the dialog one that the application can send requests in (PRACK first of all).
      dialog.lastRack = `${rseq} ${response.headers.get('CSeq') ?? ''}`;
      this.#learnPeer(dialog, response, source);
      this.#board.dialogs.index(dialog);
    }
    deliverResponse(dialog.owner, dialog.inviteId, dialog.id, response, source);
  }

  #final(dialog: DrachtioDialog, request: SipRequest, response: SipResponse, source: SipSource): void {
    if (response.status < 300 && dialog.phase !== 'inviting') {
      this.#refuseFork(dialog, request, response);
      return;
    }
    dialog.status = response.status;
    const transaction = dialog.clientInvite?.transaction;
    dialog.clientInvite = undefined;
    if (response.status >= 300 || transaction === undefined) {
      deliverResponse(dialog.owner, dialog.inviteId, dialog.id, response, source);
      this.#board.end(dialog);
      return;
    }
    this.#learnPeer(dialog, response, source);
    dialog.phase = 'stable';
    dialog.sip.state = 'confirmed';
    dialog.awaitingAck = { transaction, cseq: cseqNumber(request.headers.get('CSeq')) ?? 0 };
    const held = this.#board.dialogs.byId(dialog.id);
    if (held !== undefined && held !== dialog) {
      // drachtio cannot hold two dialogs of one id: the new one is lost, and its ACK would go out in the old one.
      deliverResponse(dialog.owner, dialog.inviteId, dialog.id, response, source);
      this.#board.end(dialog);
      return;
    }
    const displaced = this.#board.dialogs.index(dialog);
    if (displaced !== undefined) this.#board.end(displaced);
    if (dialog.owner === undefined) {
      // Nobody is left to acknowledge it: the callee shall not wait, nor pay.
      transaction.acknowledge(dialog.sip.createAck(dialog.awaitingAck.cseq), undefined, this.#board.targetOf(dialog));
      this.#board.hangUp(dialog, 'Application gone');
      return;
    }
    this.#sessionTimers.takeAnswer(dialog, response);
    deliverResponse(dialog.owner, dialog.inviteId, dialog.id, response, source);
  }

  /** Another branch of a forked INVITE answered too: acknowledged and ended at once (RFC 3261 section 13.2.2.4). */
  #refuseFork(dialog: DrachtioDialog, request: SipRequest, response: SipResponse): void {
    const transaction = dialog.awaitingAck?.transaction ?? dialog.lastInvite;
    const fork = SipDialog.ofClient(request, response);
    transaction?.acknowledge(fork.createAck(fork.localCSeq));
    const nothing = { onFinal: () => undefined, onTimeout: () => undefined, onTransportError: () => undefined };
    this.#board.stack.request(fork.createRequest('BYE'), nothing);
  }

  #fail(dialog: DrachtioDialog, request: SipRequest, status: 408 | 503, target: SipTarget): void {
    if (dialog.phase !== 'inviting') return;
    dialog.clientInvite = undefined;
    deliverFailure(dialog.owner, dialog.inviteId, dialog.id, request, status, target);
    this.#board.end(dialog);
  }

  /** Remote tag, route set, target, and drachtio's check for a callee behind a NAT. */
  #learnPeer(dialog: DrachtioDialog, response: SipResponse, source: SipSource): void {
    const { sip } = dialog;
    const to = response.headers.get('To') ?? sip.remoteAddress;
    sip.remoteAddress = to;
    sip.remoteTag = tagOf(to) ?? '';
    sip.routeSet = response.headers.list('Record-Route').reverse();
    sip.refreshTarget(response);
    dialog.connection = source.connectionId === undefined ? undefined : source;
    const contact = parseSipUri(contactUri(response) ?? '');
    const firstRoute = parseSipUri(/<([^>]*)>/.exec(sip.routeSet[0] ?? '')?.[1] ?? '');
    const isBehindNat =
      firstRoute === undefined ? contact !== undefined && contact.host !== source.address : isPrivate(firstRoute.host);
    dialog.forcedTarget = isBehindNat ? source : undefined;
  }
}

/** RFC 1918 as drachtio reads it: 10/8, 172/8 (its comparison lets the whole of it through) and 192.168/16. */
function isPrivate(host: string): boolean {
  return host.startsWith('10.') || host.startsWith('172.') || host.startsWith('192.168.');
}
