/**
 * One dialog as drachtio keeps it: RFC 3261's state, the application that owns it, what the application does not want to know (session
 * timer, open requests, the way back through a NAT). Made by the inbound and outbound halves, kept in the dialog table.
 *
 * States (`phase`): inviting -> stable -> ended; inviting -> ended.
 */
import type { ClientTransaction } from '../sip/client-transaction.js';
import { tagOf } from '../sip/name-addr.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipTimer } from '../sip/sip-clock.js';
import type { SipDialog } from '../sip/sip-dialog.js';
import type { SentMessage, SipSource, SipTarget } from '../sip/sip-endpoint.js';
import type { ControlClient } from './control-client.js';

export interface SessionTimer {
  readonly timer: SipTimer;
  readonly seconds: number;
  readonly refresher: 'us' | 'them';
}

export class DrachtioDialog {
  /** `<Call-ID>;from-tag=<tag of the INVITE's From>`, as applications see it. */
  readonly id: string;
  readonly role: 'uas' | 'uac';
  readonly sip: SipDialog;
  /** The id of the INVITE's transaction on the control connection. */
  readonly inviteId: string;
  client: ControlClient | undefined;
  phase: 'inviting' | 'stable' | 'ended' = 'inviting';
  /** The last status of the first INVITE. */
  status = 0;
  /** The Contact value that our requests and responses carry. */
  localContact: string;
  localSdp: Buffer = Buffer.alloc(0);
  localContentType = 'application/sdp';
  /** Where requests go regardless of route set and Contact: a peer behind a NAT, or the proxy the application named. */
  forcedTarget: SipTarget | undefined;
  /** The TCP connection the dialog lives on, as long as it is open. */
  connection: SipSource | undefined;
  sessionTimer: SessionTimer | undefined;
  /** The INVITE that arrived and has no ACK yet. */
  serverInvite: ServerTransaction | undefined;
  /** An INVITE of ours, first or again, that has no final response yet. */
  clientInvite:
    | { readonly transaction: ClientTransaction; readonly cseq: number; sent: SentMessage | undefined }
    | undefined;
  /** Our INVITE whose 2xx the application has to acknowledge. */
  awaitingAck: { readonly transaction: ClientTransaction; readonly cseq: number } | undefined;
  /** The INVITE that was acknowledged last: forks of it may still answer. */
  lastInvite: ClientTransaction | undefined;
  /** RAck of the last reliable provisional response to our INVITE. */
  lastRack: string | undefined;
  /** Our INVITE was cancelled: should its 200 have been on the way, it is acknowledged and ended. */
  isCancelled = false;
  /** Requests inside the dialog that the application has not answered, by their ids on the control connection. */
  readonly openRequests = new Map<string, ServerTransaction>();
  /** An UPDATE before the 200; the application answers it under the id of the INVITE. */
  earlyUpdate: ServerTransaction | undefined;

  constructor(role: 'uas' | 'uac', sip: SipDialog, inviteId: string, localContact: string) {
    this.role = role;
    this.sip = sip;
    this.inviteId = inviteId;
    this.localContact = localContact;
    const fromTag = role === 'uac' ? sip.localTag : (tagOf(sip.remoteAddress) ?? '');
    this.id = `${sip.sipCallId};from-tag=${fromTag}`;
  }

  /** The application, when it is still there. */
  get owner(): ControlClient | undefined {
    return this.client?.isGone === false ? this.client : undefined;
  }
}
