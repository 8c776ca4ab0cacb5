/**
 * What the parts of the drachtio half share: the SIP stack, the dialogs, the applications, and the few acts that more than one part
 * needs. Made once by `createDrachtioServer`.
 */
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipClock, SipTimer } from '../sip/sip-clock.js';
import type { SipTarget } from '../sip/sip-endpoint.js';
import type { SipRequest } from '../sip/sip-message.js';
import type { SipStack } from '../sip/sip-stack.js';
import type { ClientRegistry } from './client-registry.js';
import type { ControlClient } from './control-client.js';
import { DialogTable } from './dialog-table.js';
import type { DrachtioDialog } from './drachtio-dialog.js';
import { sentRequestMeta } from './meta-line.js';

/** A request outside a dialog that an application has and has not answered at all. */
export interface PendingRequest {
  readonly id: string;
  readonly transaction: ServerTransaction;
  readonly client: ControlClient;
  readonly timer: SipTimer;
}

export interface OpenRequest {
  readonly transaction: ServerTransaction;
  /** Undefined for a BYE: its dialog is gone already. */
  readonly dialog: DrachtioDialog | undefined;
  readonly dialogId: string;
  /** The end of our patience, for a BYE. */
  readonly timer: SipTimer | undefined;
}

export type Log = (event: string, details: Readonly<Record<string, string | number>>) => void;

export class Switchboard {
  readonly stack: SipStack;
  readonly clients: ClientRegistry;
  readonly log: Log;
  readonly dialogs = new DialogTable();
  /** By the ids that the applications know. */
  readonly pending = new Map<string, PendingRequest>();
  /** Requests inside dialogs that an application has and has not answered, by id. */
  readonly openRequests = new Map<string, OpenRequest>();

  constructor(stack: SipStack, clients: ClientRegistry, log: Log) {
    this.stack = stack;
    this.clients = clients;
    this.log = log;
  }

  get clock(): SipClock {
    return this.stack.clock;
  }

  /** `<sip:127.0.0.1:5060>`, with `;transport=tcp` where it is. */
  contactFor(target: SipTarget): string {
    const transport = target.transport === 'udp' ? '' : `;transport=${target.transport}`;
    return `<sip:${this.stack.hostPortFor(target)}${transport}>`;
  }

  /** Where requests of a dialog go when neither route set nor Contact decide: its connection, a NAT's address, a proxy. */
  targetOf(dialog: DrachtioDialog): SipTarget | undefined {
    const { connection } = dialog;
    if (connection?.connectionId !== undefined && this.stack.isConnected(connection.connectionId)) return connection;
    return dialog.forcedTarget;
  }

  /** The dialog is over: its timers stop, its open requests are answered 500 as the real server's stack does. */
  end(dialog: DrachtioDialog): void {
    if (dialog.phase === 'ended') return;
    dialog.phase = 'ended';
    dialog.sip.terminate();
    dialog.serverInvite?.stopAwaitingAck();
    dialog.sessionTimer?.timer.cancel();
    dialog.sessionTimer = undefined;
    this.dialogs.remove(dialog);
    for (const [id, transaction] of dialog.openRequests) {
      this.openRequests.delete(id);
      transaction.respond(transaction.createResponse(500));
    }
    dialog.openRequests.clear();
    dialog.earlyUpdate?.respond(dialog.earlyUpdate.createResponse(500));
    dialog.earlyUpdate = undefined;
  }

  /**
   * Ends a dialog by ourselves: BYE with a Reason to the peer, and the same BYE to the application as drachtio shows it, with the
   * transaction id `unsolicited`.
   */
  hangUp(dialog: DrachtioDialog, reason: string): void {
    if (dialog.phase === 'ended') return;
    const bye = dialog.sip.createRequest('BYE');
    bye.headers.append('Reason', `SIP;cause=200;text="${reason}"`);
    const nothing = { onFinal: () => undefined, onTimeout: () => undefined, onTransportError: () => undefined };
    this.#send(
      dialog,
      bye,
      (meta, message) => dialog.owner?.sendSip(meta, 'unsolicited', dialog.id, '', message),
      nothing,
    );
    this.end(dialog);
  }

  #send(
    dialog: DrachtioDialog,
    request: SipRequest,
    onSent: (meta: string, message: Buffer) => void,
    handlers: { onFinal(): void; onTimeout(): void; onTransportError(): void },
  ): void {
    this.stack.request(
      request,
      { ...handlers, onSent: (sent) => onSent(sentRequestMeta(sent), sent.bytes) },
      this.targetOf(dialog),
    );
  }
}
