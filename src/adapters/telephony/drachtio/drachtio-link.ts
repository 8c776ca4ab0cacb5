/**
 * The one connection to drachtio: it authenticates, reconnects within half a second, checks that the server still answers, hands
 * new INVITEs to the flow and in-dialog requests to their dialog. Nothing else in the project touches drachtio-srf. No
 * exception of a handler and no byte from the server gets past it.
 *
 * States: idle -> connecting -> up <-> down -> closed. Requests are refused in all but `up`.
 */
import type { Socket } from 'node:net';
import Srf, { type SrfRequest, type SrfResponse } from 'drachtio-srf';
import { messageOf, withDeadline } from '../deadline.js';
import { pingDrachtio, watchConnecting } from './control-ping.js';
import { forgetInvite, pendingRequestCount, sendAnswer, sendRequest } from './control-requests.js';
import { farewellOf, guardAgent, type StreamRules } from './control-stream.js';
import { DeadAppWatch } from './dead-app-watch.js';
import { DrachtioLinkDownError, PlainTextReconnectError } from './drachtio-errors.js';
import type { DrachtioLinkOptions } from './drachtio-link-options.js';
import {
  type Answer,
  agentOptionsOf,
  type InDialogHandler,
  type OutgoingRequest,
  type RequestListener,
} from './drachtio-request.js';
import { type HostPort, readUdpAddress } from './hostports.js';
import { leaveDrachtio, leaveForGood } from './leave-drachtio.js';
import { ownAddress } from './own-address.js';

/** After a longer standstill nothing that waits in the control connection is trusted. */
export const STALL_MS = 2_000;
/** How long a connection that is not trusted is read on, so that callers in it are refused. */
const REFUSING_MS = 100;

export class DrachtioLink {
  /** By drachtio's dialog id. */
  readonly dialogs = new Map<string, InDialogHandler>();
  readonly #srf: Srf;
  readonly #options: DrachtioLinkOptions;
  readonly #lossListeners = new Set<(error: Error) => void>();
  #socket: Socket | null = null;
  #localAddress: string | null = null;
  #udpAddress: HostPort | null = null;
  #refusal: string | null = null;
  #closed = false;
  #stopPing: (() => void) | null = null;
  #stopConnecting: () => void = () => undefined;
  readonly #deadApps: DeadAppWatch;
  readonly #distrusted = new WeakSet<Socket>();
  #mayAnswer: (sourceAddress: string) => boolean = () => true;
  #connected: (() => void) | null = null;
  #onInvite: (request: SrfRequest, response: SrfResponse) => void = (_request, response) => this.respond(response, 503);
  #isReady: () => boolean = () => false;
  #onRegained: () => void = () => undefined;

  /** Throws PlainTextReconnectError when the address asks for TLS. */
  constructor(options: DrachtioLinkOptions) {
    options.loopWatch?.onStall(() => this.distrust());
    if (options.drachtio.tls !== undefined) throw new PlainTextReconnectError();
    this.#options = options;
    this.#srf = new Srf([...(options.drachtio.tags ?? [])]);
    this.#deadApps = new DeadAppWatch({
      ...{ clock: options.clock, log: options.log, answerMs: options.deadlines.pongMs },
      address: () => this.#udpAddress,
      send: (text) =>
        this.#contain('a message', () => this.#socket && this.#srf.app.client.wp.send(this.#socket, text)),
    });
  }

  get srf(): Srf {
    return this.#srf;
  }

  get isUp(): boolean {
    return this.#socket !== null;
  }

  /** What is wrong with it, as a clause; empty when all is well. */
  get detail(): string {
    if (!this.isUp) return 'the control link is down';
    return this.#deadApps.hasFound ? 'it hands a part of the calls to an app that is gone; restart it' : '';
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** host:port of drachtio's first SIP address, for headers that name us; null before the first connection. */
  get localAddress(): string | null {
    return this.#localAddress;
  }

  /** Where drachtio itself listens for SIP over UDP; null before the first connection and when it does not. */
  get udpAddress(): HostPort | null {
    return this.#udpAddress;
  }

  /** Requests and answers of which drachtio has not yet said that they were sent, and INVITEs without a final answer. */
  get pendingCount(): number {
    return this.#socket === null ? 0 : pendingRequestCount(this.#srf.app.client, this.#socket);
  }

  onInvite(handler: (request: SrfRequest, response: SrfResponse) => void): void {
    this.#onInvite = handler;
  }

  /** Whether an address may get an answer when what it sends cannot be parsed. */
  onUnreadable(mayAnswer: (sourceAddress: string) => boolean): void {
    this.#mayAnswer = mayAnswer;
  }

  /** Decides the answer to OPTIONS. */
  onReadiness(isReady: () => boolean): void {
    this.#isReady = isReady;
  }

  /** Called at each connection but the first. */
  onRegained(listener: () => void): void {
    this.#onRegained = listener;
  }

  /** The listener is called at most once, when the connection is lost; the returned function takes it back. */
  onLoss(listener: (error: Error) => void): () => void {
    this.#lossListeners.add(listener);
    return () => this.#lossListeners.delete(listener);
  }

  /** Rejects with a sentence when drachtio cannot be reached or refuses the secret until the deadline. */
  async start(): Promise<void> {
    const { drachtio, deadlines, clock, log, loopWatch } = this.#options;
    this.#route();
    const up = new Promise<void>((resolve) => {
      this.#connected = resolve;
    });
    void this.#srf.connect({ ...drachtio, reconnect: { retryMaxDelay: 500 }, enablePing: false });
    const { client } = this.#srf.app;
    const rules: StreamRules = {
      log,
      mayTrust: () => (loopWatch?.lagMs() ?? 0) < STALL_MS,
      onDistrust: (socket) => this.#distrust(socket),
      renew: (socket) => this.#renew(socket),
      isDistrusted: (socket) => this.#distrusted.has(socket),
      mayAnswer: (address) => this.#mayAnswer(address),
    };
    guardAgent(client, rules);
    const onSilence = (): void =>
      log.error({ connectMs: deadlines.connectMs }, 'drachtio takes a connection and says nothing; it is renewed');
    this.#stopConnecting = watchConnecting(client, clock, deadlines, () => this.isUp, onSilence);
    client.wp.on('close', (socket: Socket) => this.#lost(socket));
    try {
      await withDeadline(clock, deadlines.startMs, 'connecting to drachtio', up);
    } catch {
      await this.close();
      const why = this.#refusal ?? `no answer within ${deadlines.startMs} ms`;
      const where = `drachtio at ${drachtio.host}:${drachtio.port}`;
      throw new Error(`${where} cannot be used: ${why}. Check that it runs, and its admin port and secret.`);
    }
  }

  /** New INVITEs get 503 from drachtio itself from now on; dialogs go on. */
  stopIntake(): void {
    this.#onInvite = (_request, response) => this.respond(response, 503, { headers: { 'Retry-After': '10' } });
    this.#isReady = () => false;
    this.#deadApps.retire();
    this.#contain('stopping intake', () => this.#srf.app.client.removeRoute('invite'));
  }

  /** Settles when the connection is closed on both sides, or drachtio has taken too long for it. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#stopPing?.();
    this.#stopConnecting();
    this.#deadApps.stop();
    await leaveForGood(this.#srf.app.client, this.#options.clock);
  }

  /** What waits in the connection is given up before it is acted on, and the connection opened anew. */
  distrust(): void {
    if (this.#socket !== null) this.#distrust(this.#socket);
  }

  /** Sends a request. Errors come to `listener.failed`, also that the link is down or a deadline has passed; nothing is thrown. */
  request(outgoing: OutgoingRequest, listener: RequestListener): void {
    const { clock, deadlines } = this.#options;
    const channel = {
      ...{ agent: this.#srf.app.client, clock, deadlines },
      optionsOf: (one: OutgoingRequest) => agentOptionsOf(one, this.#socket),
      onLoss: (lost: (error: Error) => void) => this.onLoss(lost),
      contain: (what: string, work: () => void) => this.#contain(what, work),
    };
    sendRequest(channel, outgoing, listener);
  }

  /** Answers a request; what goes wrong is logged. `sent` is told when drachtio has put the answer on the wire, or why not. */
  respond(
    response: SrfResponse,
    status: number,
    answer: Answer = {},
    sent: (error: Error | null, dialogId: string | undefined) => void = () => undefined,
  ): void {
    sendAnswer(this.#options.log, response, status, answer, (error, dialogId) =>
      this.#contain('an answer', () => sent(error, dialogId)),
    );
  }

  /** Of one that gets no answer. */
  forgetInvite(sipCallId: string): void {
    forgetInvite(this.#srf.app.client, sipCallId);
  }

  #route(): void {
    this.#srf.on('error', (error: Error) => {
      this.#refusal ??= error.message;
    });
    this.#srf.on('connect', (error: Error | null, hostports?: string, _version?: string, localHostports?: string) => {
      this.#udpAddress = readUdpAddress(localHostports ?? hostports ?? '');
      this.#onConnect(error, hostports);
    });
    this.#srf.use((request, response, next) => {
      const dialog = request.stackDialogId === undefined ? undefined : this.dialogs.get(request.stackDialogId);
      if (dialog !== undefined) return this.#contain(request.method, () => dialog.handle(request, response));
      if (request.method === 'ACK') return;
      const isInDialog = /;\s*tag=/i.test(request.get('to') ?? '');
      // RFC 3261 section 12.2.2: a request for a dialog that we do not know.
      if (isInDialog) return this.respond(response, 481);
      next();
    });
    this.#srf.invite((request, response) => {
      try {
        this.#onInvite(request, response);
      } catch (error) {
        this.#options.log.error({ detail: messageOf(error) }, 'an INVITE could not be handled');
        this.respond(response, 500);
      }
    });
    this.#srf.options((_request, response) => this.respond(response, this.#isReady() ? 200 : 503));
  }

  #onConnect(error: Error | null, hostports: string | undefined): void {
    if (error !== null) {
      this.#refusal = 'it refuses the shared secret';
      this.#options.log.error({}, 'drachtio refuses the shared secret');
      return;
    }
    for (const [socket, server] of this.#srf.app.client.mapServer) if (server.authenticated) this.#socket = socket;
    if (this.#socket !== null) this.#options.loopWatch?.setFarewell(farewellOf(this.#socket));
    this.#localAddress = ownAddress(hostports);
    this.#options.log.info({ sipAddress: this.#localAddress }, 'the control link to drachtio is up');
    this.#ping();
    if (this.#options.drachtio.forgetsDeadApps !== true) this.#deadApps.start();
    const isFirst = this.#connected !== null;
    this.#connected?.();
    this.#connected = null;
    if (!isFirst) this.#contain('a regained link', this.#onRegained);
  }

  #distrust(socket: Socket): void {
    if (this.#distrusted.has(socket)) return;
    this.#distrusted.add(socket);
    const { clock, log } = this.#options;
    log.error({ stallMs: STALL_MS }, 'the event loop has stood still; the control link to drachtio is renewed');
    this.#lost(socket);
    clock.startTimer(REFUSING_MS, () => this.#renew(socket));
  }

  #renew(socket: Socket): void {
    this.#lost(socket);
    void leaveDrachtio(this.#srf.app.client, socket, this.#options.clock);
  }

  #lost(socket: Socket): void {
    if (socket !== this.#socket) return;
    this.#socket = null;
    this.#options.loopWatch?.setFarewell(null);
    this.#stopPing?.();
    this.#deadApps.stop();
    if (!this.#closed) this.#options.log.error({}, 'the control link to drachtio is lost');
    for (const listener of [...this.#lossListeners]) {
      this.#lossListeners.delete(listener);
      this.#contain('a lost link', () => listener(new DrachtioLinkDownError()));
    }
  }

  #ping(): void {
    this.#stopPing?.();
    const [socket, { clock, deadlines, log }] = [this.#socket, this.#options];
    if (socket === null) return;
    this.#stopPing = pingDrachtio(this.#srf.app.client, socket, clock, deadlines, () => {
      log.error({ pongMs: deadlines.pongMs }, 'drachtio does not answer a ping; the control link is renewed');
      this.#renew(socket);
    });
  }

  #contain(what: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#options.log.error({ what, detail: messageOf(error) }, 'a telephony handler failed');
    }
  }
}
