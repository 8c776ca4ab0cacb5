/**
 * The telephony adapter: `createTelephony` puts the links and the procedures of this folder behind the Telephony port. main.ts makes one,
 * registers the flow's handler, and starts it.
 */
import type { SrfRequest, SrfResponse } from 'drachtio-srf';
import type { Clock } from '../../application/ports/clock.js';
import type { GatewayProbe, ProbeAnswer } from '../../application/ports/gateway-probe.js';
import type { LoopWatch } from '../../application/ports/loop-watch.js';
import type { Survey } from '../../application/ports/survey.js';
import type {
  AdoptCallerRequest,
  AdoptedCaller,
  AdoptedPair,
  AdoptPairRequest,
  AttachOutcome,
  AttachRequest,
  DialOutcome,
  DialRequest,
  InboundHandler,
  Telephony,
} from '../../application/ports/telephony.js';
import type { HangupCause } from '../../domain/calls/hangup-cause.js';
import type { Leg } from '../../domain/calls/leg.js';
import type { Gateway } from '../../domain/trunks/trunk.js';
import { messageOf } from './deadline.js';
import { DEFAULT_DEADLINES, type Deadlines } from './deadlines.js';
import { attachListener } from './drachtio/attach-listener.js';
import { DrachtioLink } from './drachtio/drachtio-link.js';
import type { DrachtioAddress } from './drachtio/drachtio-link-options.js';
import { probeGateway } from './drachtio/options-probe.js';
import { EventSocketLink, type MediaServerAddress } from './event-socket/event-socket-link.js';
import { surveyChannels } from './event-socket/survey-channels.js';
import { adoptCaller, adoptPair } from './legs/adopt-legs.js';
import { dialBuyer } from './legs/dial-buyer.js';
import { endChannel, endLeg } from './legs/end-leg.js';
import { LegTable, type TableLeg } from './legs/leg-table.js';
import type { Log } from './log.js';
import { MediaServers } from './media-servers/media-servers.js';
import { CallRescue } from './media-servers/rescue-calls.js';
import { ReceivedInvite } from './sip/inbound-call.js';
import { mayBeAnswered, readInviteFacts } from './sip/invite-facts.js';
import { ACCEPT, isForeignBody } from './sip/session-description.js';
import type { TelephonyContext } from './telephony-context.js';

const MEDIA_TIMEOUT_MS = 20_000;

export interface TelephonyOptions {
  readonly drachtio: DrachtioAddress;
  readonly mediaServers: readonly MediaServerAddress[];
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines?: Partial<Deadlines>;
  /** That of the callers' treatment; a leg that comes back from hold gets it again. */
  readonly mediaTimeoutMs?: number;
  /** INVITEs from other addresses get no answer at all, and the flow never hears of them. Absent: the flow decides. */
  readonly allowedSource?: (address: string) => boolean;
  readonly loopWatch?: LoopWatch;
  /** What else must hold before OPTIONS is answered 200, such as a store that takes calls. */
  readonly mayTakeCalls?: () => boolean;
}

export interface LinkState {
  readonly name: string;
  readonly isUp: boolean;
  /** Empty when all is well. */
  readonly detail: string;
}

export interface TelephonyReadiness {
  /** drachtio and at least one media server are up. */
  readonly isReady: boolean;
  readonly links: readonly LinkState[];
}

export class TelephonyAdapter implements GatewayProbe, Telephony {
  readonly #context: TelephonyContext;
  readonly #options: TelephonyOptions;
  readonly #openings = new Set<Promise<void>>();
  #handler: InboundHandler | null = null;
  #stopLossTimers = new Set<() => void>();
  #isClosed = false;

  constructor(options: TelephonyOptions) {
    this.#options = options;
    const { clock, log } = options;
    const deadlines = { ...DEFAULT_DEADLINES, ...options.deadlines };
    const stall = options.loopWatch === undefined ? {} : { loopWatch: options.loopWatch };
    const drachtio = new DrachtioLink({ drachtio: options.drachtio, clock, log, deadlines, ...stall });
    const links = options.mediaServers.map((server) => new EventSocketLink({ server, clock, log, deadlines }));
    const mediaServers = new MediaServers(links);
    const { mediaTimeoutMs = MEDIA_TIMEOUT_MS } = options;
    this.#context = { clock, log, deadlines, drachtio, mediaServers, legs: new LegTable(), mediaTimeoutMs };
  }

  onInboundCall(handler: InboundHandler): void {
    this.#handler = handler;
  }

  /** Rejects with a sentence when drachtio, or every media server, cannot be reached or refuses us. */
  async start(): Promise<void> {
    const { drachtio, mediaServers } = this.#context;
    drachtio.onInvite((request, response) => this.#onInvite(request, response));
    drachtio.onUnreadable((address) => this.#options.allowedSource?.(address) !== false);
    drachtio.onReadiness(() => this.ready().isReady && this.#options.mayTakeCalls?.() !== false);
    const anyUp = this.#startMediaServers();
    try {
      await Promise.all([drachtio.start(), anyUp]);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#watchDrachtio();
    for (const link of mediaServers.all)
      if (!link.isUp) this.#context.log.warn({ mediaServer: link.name }, 'a media server is not up yet');
  }

  ready(): TelephonyReadiness {
    const { drachtio, mediaServers } = this.#context;
    const links = [
      { name: 'drachtio', isUp: drachtio.isUp, detail: drachtio.detail },
      ...mediaServers.all.map(({ name, isUp, detail }) => ({ name, isUp, detail: isUp ? '' : detail })),
    ];
    return { isReady: drachtio.isUp && mediaServers.all.some((link) => link.isUp), links };
  }

  probe(gateway: Gateway, timeoutMs: number): Promise<ProbeAnswer> {
    return probeGateway(this.#context, gateway, timeoutMs);
  }

  dial(request: DialRequest): Promise<DialOutcome> {
    return dialBuyer(this.#context, request);
  }

  attach(request: AttachRequest): Promise<AttachOutcome> {
    return attachListener(this.#context, request);
  }

  survey(): Promise<Survey> {
    return surveyChannels(this.#context);
  }

  adoptPair(request: AdoptPairRequest): Promise<AdoptedPair> {
    return adoptPair(this.#context, request);
  }

  adoptCaller(request: AdoptCallerRequest): Promise<AdoptedCaller> {
    return adoptCaller(this.#context, request);
  }

  endLeg(leg: Leg, cause: HangupCause): Promise<void> {
    return endLeg(this.#context, leg, cause);
  }

  endChannel(channelId: string, mediaServer: string, cause: HangupCause): Promise<void> {
    return endChannel(this.#context, channelId, mediaServer, cause);
  }

  counts(): { callerLegs: number; buyerLegs: number; dialogs: number; pendingCommands: number } {
    const { legs, drachtio, mediaServers } = this.#context;
    const commands = mediaServers.all.reduce((sum, link) => sum + link.pendingCount, 0);
    return {
      callerLegs: legs.count('a'),
      buyerLegs: legs.count('b'),
      dialogs: drachtio.dialogs.size,
      pendingCommands: drachtio.pendingCount + commands,
    };
  }

  /** New calls are refused with 503 from now on; those that are up go on. */
  stopIntake(): void {
    this.#context.drachtio.stopIntake();
  }

  /** What waits in the control connection is given up before it is acted on, and the connection opened anew. */
  distrustControlLink(): void {
    this.#context.drachtio.distrust();
  }

  /** Cuts both links. Calls that are up stay with the servers: drain first. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const stop of this.#stopLossTimers) stop();
    for (const link of this.#context.mediaServers.all) link.close();
    await this.#context.drachtio.close();
  }

  #onInvite(request: SrfRequest, response: SrfResponse): void {
    const { drachtio, log } = this.#context;
    const facts = readInviteFacts(request);
    if (this.#options.allowedSource?.(request.source_address) === false) {
      drachtio.forgetInvite(request.get('call-id') ?? '');
      return;
    }
    if (!mayBeAnswered(request)) {
      log.warn({ sourceAddress: request.source_address }, 'an INVITE with an impossible Contact is not answered');
      drachtio.forgetInvite(request.get('call-id') ?? '');
      return;
    }
    if (facts === null) {
      drachtio.respond(response, 400);
      return;
    }
    if (isForeignBody(request)) {
      drachtio.respond(response, 415, { headers: ACCEPT });
      return;
    }
    if (this.#handler === null) {
      drachtio.respond(response, 503);
      return;
    }
    const inbound = new ReceivedInvite(this.#context, facts, request, response);
    const opening = this.#handler(inbound)
      .catch((error: unknown) => {
        log.error({ detail: messageOf(error) }, 'the handler of an inbound call failed');
        inbound.reject(500, 'Server Internal Error');
      })
      .finally(() => this.#openings.delete(opening));
    this.#openings.add(opening);
  }

  /** Settles when one is up; rejects at the deadline with what is wrong with each. */
  #startMediaServers(): Promise<void> {
    const { clock, deadlines, mediaServers } = this.#context;
    const rescue = new CallRescue(this.#context);
    return new Promise((resolve, reject) => {
      const stop = clock.startTimer(deadlines.startMs, () => {
        const all = mediaServers.all.map((link) => `${link.name}: ${link.detail}`).join('; ');
        reject(
          new Error(`no FreeSWITCH can be used (${all}). Check its event socket's address, password and access list.`),
        );
      });
      for (const link of mediaServers.all) {
        let stopLoss: () => void = () => undefined;
        let lossMs = 0;
        link.onChange(
          () => {
            stop();
            stopLoss();
            this.#stopLossTimers.delete(stopLoss);
            resolve();
            void rescue.serverBack(link.name, lossMs, deadlines.restartMs);
          },
          () => {
            lossMs = clock.monotonicMs();
            stopLoss = clock.startTimer(deadlines.linkLossMs, () => void rescue.serverGone(link.name, lossMs, 0));
            this.#stopLossTimers.add(stopLoss);
          },
          () => void rescue.serverGone(link.name, lossMs, lossMs + deadlines.restartMs - clock.monotonicMs()),
        );
        link.start();
      }
    });
  }

  /**
   * Audio goes on without drachtio. When it is back it knows nothing of the calls, or answers what comes for them with 481, since it
   * holds them for the connection that was lost: their dialogs are rebuilt.
   */
  #watchDrachtio(): void {
    const { clock, deadlines, drachtio, legs } = this.#context;
    let stopLoss: () => void = () => undefined;
    const onLoss = (): void => {
      if (this.#isClosed) return;
      stopLoss = clock.startTimer(deadlines.drachtioLossMs, () => this.#loseLegs());
      this.#stopLossTimers.add(stopLoss);
    };
    drachtio.onLoss(onLoss);
    drachtio.onRegained(() => {
      stopLoss();
      this.#stopLossTimers.delete(stopLoss);
      drachtio.onLoss(onLoss);
      legs.payFarewells();
      void regainLegs(legs.list());
    });
  }

  #loseLegs(): void {
    for (const leg of this.#context.legs.list()) leg.loseLink('NETWORK_OUT_OF_ORDER', 'drachtio was lost');
  }
}

/** So many at a time, so that drachtio has room for new calls beside them. */
const REGAINED_AT_ONCE = 20;

async function regainLegs(legs: readonly TableLeg[]): Promise<void> {
  const waiting = [...legs];
  const work = async (): Promise<void> => {
    for (let leg = waiting.shift(); leg !== undefined; leg = waiting.shift()) await leg.regainLink();
  };
  await Promise.all(Array.from({ length: REGAINED_AT_ONCE }, work));
}

/** Not connected yet: register the handler, then `start`. */
export function createTelephony(options: TelephonyOptions): Promise<TelephonyAdapter> {
  return Promise.resolve(new TelephonyAdapter(options));
}
