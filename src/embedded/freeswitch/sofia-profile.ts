/**
 * The SIP profile `drachtio_mrf`: takes INVITEs from this machine, makes a leg and a channel of each, and finds the leg for what
 * comes later. Made by freeswitch.ts. Beyond the limits it answers 503 as mod_sofia does; nobody from elsewhere is answered.
 */
import { networkInterfaces } from 'node:os';
import type { MediaEngine } from '../media/media-port.js';
import { tagOf } from '../sip/name-addr.js';
import type { ServerTransaction } from '../sip/server-transaction.js';
import type { SipClock, SipTimerValues } from '../sip/sip-clock.js';
import { dialogKey } from '../sip/sip-dialog.js';
import type { SipListener, SipSource } from '../sip/sip-endpoint.js';
import { createSipStack, type SipStack } from '../sip/sip-stack.js';
import { Channel } from './channel.js';
import { runChannel } from './channel-thread.js';
import type { MediaOptions } from './sofia-media.js';
import { respondPlainly, respondToOptions } from './sofia-responses.js';
import { SofiaSession } from './sofia-session.js';
import { callerProfileOf, channelNameOf, decodeText, setInviteVariables } from './sofia-variables.js';
import type { ProfileView, SwitchCore } from './switch-core.js';

export interface SofiaProfileOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly userAgent: string;
  readonly media: MediaOptions;
  readonly engine: MediaEngine;
  readonly clock?: SipClock;
  readonly timers?: Partial<SipTimerValues>;
}

/** FreeSWITCH keeps no longer Call-ID as a channel's uuid. */
const MAX_UUID_LENGTH = 256;
/** What a request may require of us (RFC 3261 section 8.2.2.3). */
const SUPPORTED = new Set(['path', 'replaces', 'timer']);

export class SofiaProfile {
  readonly #options: SofiaProfileOptions;
  readonly #sessions = new Set<SofiaSession>();
  readonly #byInvite = new Map<string, SofiaSession>();
  readonly #byDialog = new Map<string, SofiaSession>();
  #stack: SipStack | null = null;
  #core: SwitchCore | null = null;

  constructor(options: SofiaProfileOptions) {
    this.#options = options;
  }

  /** Binds UDP and TCP at the same port. Rejects when it cannot. */
  async listen(): Promise<number> {
    const { address, port, clock, timers } = this.#options;
    const isLocal = localAddresses();
    const create = (listenPort: number): Promise<SipStack> =>
      createSipStack({
        listeners: (['udp', 'tcp'] as const).map(
          (transport): SipListener => ({ transport, address, port: listenPort }),
        ),
        ...(clock === undefined ? {} : { clock }),
        ...(timers === undefined ? {} : { timers }),
        acceptSource: (source) => isLocal(source.address),
        onRequest: (transaction) => this.#onRequest(transaction),
        onCancel: (transaction) => this.#byInvite.get(transaction.id)?.onCancel(),
        onBug: (error) => this.#core?.reportBug(error),
      });
    this.#stack = port === 0 ? await createOnFreePort(create) : await create(port);
    return this.#stack.addresses()[0]?.port ?? port;
  }

  serve(core: SwitchCore): void {
    this.#core = core;
  }

  sessionCount(): number {
    return this.#sessions.size;
  }

  get stack(): SipStack | null {
    return this.#stack;
  }

  async close(): Promise<void> {
    await this.#stack?.close();
    this.#sessions.clear();
    this.#byInvite.clear();
    this.#byDialog.clear();
  }

  #onRequest(transaction: ServerTransaction): void {
    const core = this.#core;
    if (core === null) {
      transaction.respond(transaction.createResponse(503));
      return;
    }
    const { request } = transaction;
    const toTag = tagOf(request.headers.get('To'));
    if (toTag !== undefined) this.#onInDialog(transaction, toTag);
    else if (request.method === 'INVITE') this.#onInvite(core, transaction);
    else if (request.method === 'OPTIONS') {
      const hostPort = this.#stack?.hostPortFor(transaction.source) ?? '';
      respondToOptions(transaction, `<sip:${hostPort}>`, this.#options.userAgent);
    } else
      transaction.respond(
        transaction.createResponse(request.method === 'BYE' || request.method === 'UPDATE' ? 481 : 405),
      );
  }

  #onInDialog(transaction: ServerTransaction, toTag: string): void {
    const { headers } = transaction.request;
    const key = dialogKey(headers.get('Call-ID') ?? '', toTag, tagOf(headers.get('From')) ?? '');
    const session = this.#byDialog.get(key);
    if (session?.isByeReceived === false) session.onRequest(transaction);
    else if (transaction.request.method === 'INFO') respondPlainly(transaction, 200, this.#options.userAgent);
    else respondPlainly(transaction, 481, this.#options.userAgent, 'Call Does Not Exist');
  }

  #onInvite(core: SwitchCore, transaction: ServerTransaction): void {
    const { request, source } = transaction;
    const unsupported = request.headers.list('Require').filter((token) => !SUPPORTED.has(token.toLowerCase()));
    if (unsupported.length > 0) {
      const response = transaction.createResponse(420);
      response.headers.set('Unsupported', unsupported.join(', '));
      transaction.respond(response);
      return;
    }
    const uuid = decodeText(request.headers.get('Call-ID') ?? '').slice(0, MAX_UUID_LENGTH);
    core.profile.callsIn += 1;
    if (uuid === '' || core.channels.has(uuid) || !core.channels.admit(performance.now())) {
      const response = transaction.createResponse(503, 'Maximum Calls In Progress');
      response.headers.set('Retry-After', '300');
      core.profile.failedCallsIn += 1;
      transaction.respond(response);
      return;
    }
    this.#begin(core, transaction, uuid, source);
  }

  #begin(core: SwitchCore, transaction: ServerTransaction, uuid: string, source: SipSource): void {
    const { request } = transaction;
    const stack = this.#stack;
    if (stack === null) return;
    const { engine, media, userAgent } = this.#options;
    let key = '';
    const view: ProfileView = core.profile;
    const session = new SofiaSession(transaction, {
      stack,
      engine,
      view,
      media,
      userAgent,
      onDialog: (made, dialog) => {
        key = dialog;
        this.#byDialog.set(dialog, made);
      },
      onEnded: (ended) => this.#forget(ended, transaction, key),
    });
    const channel = new Channel({
      uuid,
      name: channelNameOf(request, view),
      profile: callerProfileOf(request, source, uuid, view),
      events: core.events,
      endpoint: session,
    });
    setInviteVariables(channel, request, source, view);
    this.#sessions.add(session);
    this.#byInvite.set(transaction.id, session);
    core.channels.add(channel);
    startChannel(core, session, channel);
  }

  #forget(session: SofiaSession, transaction: ServerTransaction, key: string): void {
    this.#sessions.delete(session);
    this.#byDialog.delete(key);
    this.#byInvite.delete(transaction.id);
  }
}

/**
 * Apart from where the leg's callbacks are made: what they close over stays for as long as the SIP transactions do, half a minute
 * after the call, and a channel with its variables is large.
 */
function startChannel(core: SwitchCore, session: SofiaSession, channel: Channel): void {
  runChannel(core, channel).catch((error: unknown) => core.reportBug(error));
  session.begin(channel).catch((error: unknown) => {
    core.reportBug(error);
    channel.hangup('DESTINATION_OUT_OF_ORDER');
  });
}

/** UDP and TCP want the same number; the port that one got may be taken for the other. */
async function createOnFreePort(create: (port: number) => Promise<SipStack>): Promise<SipStack> {
  for (let attempt = 0; ; attempt += 1) {
    const probe = await create(0);
    const port = probe.addresses()[0]?.port ?? 0;
    const isShared = probe.addresses().every((address) => address.port === port);
    if (isShared) return probe;
    await probe.close();
    try {
      return await create(port);
    } catch (error) {
      if (attempt >= 10) throw error;
    }
  }
}

/** Loopback and the addresses of this machine: drachtio and the control app live beside us. */
function localAddresses(): (address: string) => boolean {
  const own = new Set(Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)));
  return (address) => address.startsWith('127.') || address === '::1' || own.has(address);
}
