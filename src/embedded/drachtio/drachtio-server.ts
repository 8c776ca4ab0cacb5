/**
 * The drachtio half of the embedded switch: a control port that speaks drachtio 0.9.10's protocol to drachtio-srf, and SIP behind it.
 * Made by `ringpost switch` and by tests. What it does otherwise than the real server is listed in differences.ts.
 */
import type { SipClock, SipTimerValues } from '../sip/sip-clock.js';
import type { SipListener, SipSource } from '../sip/sip-endpoint.js';
import { createSipStack, type SipStack, type SipStackCounts } from '../sip/sip-stack.js';
import { AbandonedInvites } from './abandoned-invites.js';
import { ClientRegistry } from './client-registry.js';
import { ControlServer } from './control-server.js';
import { InDialogRequests } from './in-dialog-requests.js';
import { InDialogSends } from './in-dialog-sends.js';
import { InboundRequests } from './inbound-requests.js';
import { InviteOutcomes } from './invite-outcomes.js';
import { InviteResponses } from './invite-responses.js';
import { OutboundRequests } from './outbound-requests.js';
import { SessionTimers } from './session-timers.js';
import { SourceFilter } from './source-filter.js';
import { type Log, Switchboard } from './switchboard.js';

export interface DrachtioServerOptions {
  readonly sipListeners: readonly SipListener[];
  /** A loopback address. */
  readonly controlHost: string;
  /** 0 takes a free one. */
  readonly controlPort: number;
  readonly secret: string;
  /** Addresses and CIDR blocks whose requests outside dialogs are answered; the others get no answer at all. Default: everybody. */
  readonly trustedSources?: readonly string[];
  readonly log?: Log;
  readonly clock?: SipClock;
  readonly timers?: Partial<SipTimerValues>;
}

export interface DrachtioServerCounts {
  readonly dialogs: number;
  /** Requests outside dialogs that an application has not answered. */
  readonly pendingRequests: number;
  /** Requests inside dialogs that an application has not answered. */
  readonly openRequests: number;
  readonly clients: number;
  readonly sip: SipStackCounts;
}

export interface DrachtioServer {
  readonly controlPort: number;
  /** `udp/127.0.0.1:5060`, with the ports that the listeners really have. */
  readonly sipAddresses: readonly SipListener[];
  counts(): DrachtioServerCounts;
  /** From now on requests outside dialogs are answered to these addresses and CIDR blocks only; null is everybody. Throws RangeError. */
  trustSources(sources: readonly string[] | null): void;
  close(): Promise<void>;
}

export async function createDrachtioServer(options: DrachtioServerOptions): Promise<DrachtioServer> {
  const log: Log = options.log ?? (() => undefined);
  const filter = new SourceFilter();
  filter.trust(options.trustedSources ?? null);
  const acceptSource = filter.accepts;
  let inbound: InboundRequests | undefined;
  const stack = await createSipStack({
    listeners: options.sipListeners,
    rport: 'forced',
    acceptSource,
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.timers === undefined ? {} : { timers: options.timers }),
    onRequest: (transaction) => inbound?.receive(transaction),
    onCancel: (transaction, cancel, source) => inbound?.cancelled(transaction, cancel, source),
    onMalformed: (reason, { address, port }) => log('malformed SIP message', { reason, address, port }),
    onBug: (error) => log('bug', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  });
  const board = new Switchboard(stack, new ClientRegistry(), log);
  const parts = createParts(board, acceptSource);
  inbound = parts.inbound;
  const control = createControl(options, board, parts);
  const controlPort = await control.listen().catch(async (error: unknown) => {
    await stack.close();
    throw error;
  });
  return {
    controlPort,
    sipAddresses: stack.addresses(),
    counts: () => ({
      dialogs: board.dialogs.size,
      pendingRequests: board.pending.size,
      openRequests: board.openRequests.size,
      clients: board.clients.size,
      sip: stack.counts(),
    }),
    trustSources: (sources) => filter.trust(sources),
    close: async () => {
      await control.close();
      for (const dialog of board.dialogs.all()) dialog.sessionTimer?.timer.cancel();
      await stack.close();
    },
  };
}

interface Parts {
  readonly inbound: InboundRequests;
  readonly outbound: OutboundRequests;
  readonly inDialogSends: InDialogSends;
}

function createParts(board: Switchboard, acceptSource: (source: SipSource) => boolean): Parts {
  const sessionTimers = new SessionTimers(board);
  const inDialog = new InDialogRequests(board, sessionTimers);
  const inviteResponses = new InviteResponses(board, sessionTimers, inDialog);
  return {
    inbound: new InboundRequests(board, inDialog, inviteResponses, acceptSource),
    outbound: new OutboundRequests(board, new InviteOutcomes(board, sessionTimers)),
    inDialogSends: new InDialogSends(board, sessionTimers),
  };
}

/** A `sip` message is a response, a request inside a dialog, a CANCEL or a request outside dialogs: its ids tell which. */
function createControl(options: DrachtioServerOptions, board: Switchboard, parts: Parts): ControlServer {
  const abandoned = new AbandonedInvites(board);
  return new ControlServer({
    host: options.controlHost,
    port: options.controlPort,
    secret: options.secret,
    clock: board.clock,
    clients: board.clients,
    log: board.log,
    hostports: () => hostportsOf(board.stack),
    onGone: (client) => abandoned.clientGone(client),
    onSip: (message, client) => {
      const [, , transactionId = '', dialogId = ''] = message.tokens;
      if (message.startLine.startsWith('SIP/')) {
        if (transactionId !== '') parts.inbound.respond(message, client);
        else {
          client.answer(message.msgId, 'NO|transaction id missing');
          client.dismiss('transaction id missing');
        }
      } else if (dialogId !== '') parts.inDialogSends.send(message, client);
      else if (transactionId !== '') parts.outbound.cancel(message, client);
      else parts.outbound.send(message, client);
    },
  });
}

function hostportsOf(stack: SipStack): { readonly advertised: string; readonly local: string } {
  const listeners = stack.addresses();
  return {
    advertised: listeners.map((one) => `${one.transport}/${one.advertisedAddress}:${one.port}`).join(','),
    local: listeners.map((one) => `${one.transport}/${one.address}:${one.port}`).join(','),
  };
}
