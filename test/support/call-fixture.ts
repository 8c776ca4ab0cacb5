/**
 * A whole application over scripted ports: a campaign with static and bidding targets, a virtual clock, a store in memory.
 * Each test changes what its sentence is about and leaves the rest.
 */

import { MemoryCallRepository } from '../../src/adapters/memory/memory-call-repository.js';
import { MemoryCallerListRepository } from '../../src/adapters/memory/memory-caller-list-repository.js';
import { MemoryFaxRepository } from '../../src/adapters/memory/memory-fax-repository.js';
import { MemoryPingReservations } from '../../src/adapters/memory/memory-ping-reservations.js';
import { MemoryPlanRepository } from '../../src/adapters/memory/memory-plan-repository.js';
import { MemoryShadowRepository } from '../../src/adapters/memory/memory-shadow-repository.js';
import { MemorySlotCounter } from '../../src/adapters/memory/memory-slot-counter.js';
import { CallerGaps } from '../../src/application/callers/caller-gaps.js';
import { CallerLists } from '../../src/application/callers/caller-lists.js';
import type { CallDependencies } from '../../src/application/calls/call-dependencies.js';
import { createInboundCallHandler } from '../../src/application/calls/handle-inbound-call.js';
import { LiveCalls } from '../../src/application/calls/live-calls.js';
import { WaitingLines } from '../../src/application/flows/waiting-line.js';
import { ShadowDesk } from '../../src/application/plans/shadow-desk.js';
import type { PingRequest, PostRequest } from '../../src/application/ports/bidders.js';
import type { CallEvents } from '../../src/application/ports/call-events.js';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { FaxFileOutcome } from '../../src/application/ports/fax-files.js';
import type { FlowAnswer, FlowRequest } from '../../src/application/ports/flow-requests.js';
import { CallPace } from '../../src/application/sale/call-pace.js';
import { CapCounter } from '../../src/application/sale/cap-counter.js';
import { KeptAnswers } from '../../src/application/sale/kept-answers.js';
import { PlanRecords } from '../../src/application/sale/plan-records.js';
import type { PingOutcome, PostOutcome } from '../../src/domain/bidding/bid.js';
import { NO_HISTORY } from '../../src/domain/callers/caller-history.js';
import type { Recording } from '../../src/domain/calls/recording.js';
import type { TimelineEntry } from '../../src/domain/calls/timeline.js';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import { type ConfigurationDocument, indexConfiguration } from '../../src/domain/campaigns/configuration.js';
import type { Moment } from '../../src/domain/routing/eligibility.js';
import { RoutingField } from '../../src/domain/routing/routing-field.js';
import { routingPlanOf } from '../../src/domain/routing/routing-plan.js';
import { gatewayName } from '../../src/domain/trunks/gateway-order.js';
import { type E164, isE164 } from '../../src/domain/trunks/phone-number.js';
import type { Gateway } from '../../src/domain/trunks/trunk.js';
import { CAMPAIGN, documentOf, type FixtureOptions } from './call-configuration.js';
import { ScriptedCall, ScriptedTelephony } from './scripted-telephony.js';
import { VirtualClock } from './virtual-clock.js';

/** Where callers from 512 are; of others nothing is known. */
const AUSTIN = { country: 'US', state: 'TX', areaCode: '512', timeZone: 'America/Chicago' } as const;
const NOBODY = { callerNumber: '+15125550123', entries: [] };

/** The field of a call that meets these targets, on a Monday at noon (UTC) unless the moment says otherwise. */
export function fieldOf(
  targets: readonly Target[],
  campaign: Partial<Campaign> = {},
  moment: Partial<Moment> = {},
  document: Partial<ConfigurationDocument> = {},
): RoutingField {
  const configuration = indexConfiguration(1, documentOf({ targets, campaign, document }));
  const found = configuration.campaigns.get(CAMPAIGN.id) ?? CAMPAIGN;
  const noon = {
    wallMs: Date.UTC(2026, 10, 23, 12),
    tags: new Map(),
    history: NO_HISTORY,
    caller: NOBODY,
    usedSlots: () => 0,
    usedCap: () => 0,
  };
  return new RoutingField(routingPlanOf(configuration, found), { ...noon, ...moment });
}

/** What a scripted bidder answers, and after how many ms of the virtual clock. */
export type PingScript = { readonly afterMs: number; readonly outcome: PingOutcome };

export function bidOf(
  units: number,
  latencyMs: number,
  changes: Partial<Extract<PingOutcome, { kind: 'bid' }>> = {},
): PingScript {
  const outcome = {
    kind: 'bid',
    amountMicros: units * 1_000_000,
    destination: null,
    reference: null,
    billAfterMs: null,
    lifetimeMs: 60_000,
    latencyMs,
  } as const;
  return { afterMs: latencyMs, outcome: { ...outcome, ...changes } };
}

/** What a killed process leaves to the one after it: the store, and the time of day. */
export interface EarlierProcess {
  readonly calls: MemoryCallRepository;
  readonly wallMs: number;
  /** Pings that it answered; none when absent. */
  readonly reservations?: MemoryPingReservations;
  readonly faxes?: MemoryFaxRepository;
  /** What the plans knew of its calls, as the store has it; nothing when absent. */
  readonly past?: ConstructorParameters<typeof PlanRecords>[2];
}

export class CallFixture {
  readonly clock: VirtualClock;
  readonly telephony: ScriptedTelephony;
  readonly faxes: MemoryFaxRepository;
  /** What becomes of the TIFF of a fax. */
  pdf = (tiffPath: string): FaxFileOutcome => ({ kind: 'ready', pdfPath: tiffPath.replace('.tif', '.pdf') });
  readonly calls: MemoryCallRepository;
  readonly reservations: MemoryPingReservations;
  readonly callerLists = new CallerLists(new MemoryCallerListRepository());
  readonly slots = new MemorySlotCounter();
  readonly caps: CapCounter;
  readonly plans = new MemoryPlanRepository();
  readonly planRecords: PlanRecords;
  readonly live = new LiveCalls();
  readonly shadows: ShadowDesk;
  readonly pings = new Map<string, PingScript>();
  readonly posts = new Map<string, PostOutcome>();
  readonly webhooks = new Map<string, FlowAnswer>();
  readonly pingsSent: PingRequest[] = [];
  readonly webhooksSent: FlowRequest[] = [];
  readonly alarms: string[] = [];
  readonly steps: TimelineEntry[] = [];
  readonly unknownSources: string[] = [];
  readonly missingPrompts = new Set<string>();
  /** How long a speech engine needs for a text; endless for one that fails. */
  speechMs = 0;
  readonly spokenTexts: string[] = [];
  readonly finishedRecordings: Recording[] = [];
  /** How much sound lies in a file, by the id of its recording. */
  readonly recordedMs = new Map<string, number>();
  /** Who hears of steps and closed calls besides the fixture. */
  readonly listeners: Partial<CallEvents>[] = [];
  /** Names of gateways that do not answer their probes, and of those that do. */
  readonly gateways = {
    down: new Set<string>(),
    answering: new Set<string>(),
    isUp: (_trunkId: string, gateway: Gateway): boolean => !this.gateways.down.has(gatewayName(gateway)),
    hasAnswered: (_trunkId: string, gateway: Gateway): boolean => this.gateways.answering.has(gatewayName(gateway)),
  };
  readonly deps: CallDependencies;
  readonly #alarm = (kind: string, sentence: string): void => void this.alarms.push(`${kind}: ${sentence}`);
  readonly #spoken = new Map<string, Promise<void>>();
  #nextId = 0;

  constructor(options: FixtureOptions = {}, earlier: EarlierProcess | null = null, random = () => 0.5) {
    this.clock = new VirtualClock(earlier?.wallMs);
    this.caps = new CapCounter(this.clock);
    this.telephony = new ScriptedTelephony(this.clock);
    this.faxes = earlier?.faxes ?? new MemoryFaxRepository();
    this.calls = earlier?.calls ?? new MemoryCallRepository();
    this.reservations = earlier?.reservations ?? new MemoryPingReservations();
    this.planRecords = new PlanRecords(this.plans, { alarm: this.#alarm }, earlier?.past);
    const configuration = indexConfiguration(1, documentOf(options));
    this.deps = {
      ...{ telephony: this.telephony, gateways: this.gateways, pace: new CallPace(this.clock) },
      configuration: { current: () => configuration },
      calls: this.calls,
      ...{ callerHistories: this.calls.callerHistories, callerGaps: new CallerGaps(this.clock) },
      ...{ reservations: this.reservations, slots: this.slots, caps: this.caps, callerLists: this.callerLists },
      ...{ ...this.#flowPorts(), speech: options.speech ?? null },
      ...{ planRecords: this.planRecords, shadows: { watching: (campaign) => this.shadows.watching(campaign) } },
      bidders: { ping: (request) => this.#ping(request), post: async (request) => this.#post(request) },
      prompts: {
        prepare: async () => [],
        speak: (text) => this.#speak(text),
        find: (prompt) =>
          this.missingPrompts.has(prompt.id) ? null : { path: `/cache/${prompt.id}.wav`, durationMs: 20_000 },
      },
      recordings: {
        newPath: async (callId, recordingId) => `/recordings/${callId}-${recordingId}.wav`,
        finish: async ({ recording, reportedMs, failure }) => {
          const state = failure === null ? 'ready' : 'lost';
          const finished = { ...recording, state, durationMs: reportedMs, lostReason: failure } as const;
          this.finishedRecordings.push(finished);
          return finished;
        },
        lengthMs: async ({ id }) => this.recordedMs.get(id) ?? null,
      },
      numbers: {
        areaOf: (number) => (number.startsWith('+1512') ? AUSTIN : null),
        toE164: (text) => (isE164(text) ? text : isE164(`+1${text}`) ? (`+1${text}` as E164) : null),
        toNational: (number) => (number.startsWith('+1') ? number.slice(2) : null),
      },
      trunks: {
        find: (config, address) => (address.startsWith('192.0.2.') ? (config.trunks.get('trunk') ?? null) : null),
      },
      events: {
        stepped: (call, entry) => {
          this.steps.push(entry);
          for (const listener of this.listeners) listener.stepped?.(call, entry);
        },
        closed: (call) => {
          for (const listener of this.listeners) listener.closed?.(call);
        },
        unknownSource: (address) => void this.unknownSources.push(address),
        alarm: this.#alarm,
      },
      ...{ clock: this.clock, random, keptAnswers: new KeptAnswers(() => this.clock.monotonicMs()) },
      ids: { newId: () => `${earlier === null ? 'id' : 'next'}-${++this.#nextId}` },
      limits: { maxCalls: 100, mediaTimeoutMs: 20_000, holdGraceMs: 30_000 },
    };
    this.shadows = this.#openShadows();
    this.telephony.onInboundCall(createInboundCallHandler(this.deps, this.live));
  }

  #openShadows(): ShadowDesk {
    const { clock, ids } = this.deps;
    return new ShadowDesk({ shadows: new MemoryShadowRepository(this.calls), clock, ids });
  }

  invite(facts: ConstructorParameters<typeof ScriptedCall>[1] = {}): {
    readonly call: ScriptedCall;
    readonly done: Promise<void>;
  } {
    const call = new ScriptedCall(this.telephony, facts);
    return { call, done: this.telephony.receive(call) };
  }

  /** The one call of the test, as the store has it. */
  async stored(): Promise<CallDetails> {
    const [call] = await this.calls.list({ limit: 1, before: null });
    const details = call === undefined ? null : await this.calls.find(call.callId);
    if (details === null) throw new Error('no call is stored');
    return details;
  }

  /** What a finished call must not leave behind. Empty when all is well. */
  leftovers(): readonly string[] {
    const { callerLegs, buyerLegs, pendingCommands } = this.telephony.counts();
    const found = {
      callerLegs,
      buyerLegs,
      pendingCommands,
      slots: this.slots.snapshot().size,
      live: this.live.size,
      timers: this.clock.pendingTimers,
    };
    return Object.entries(found).flatMap(([name, count]) => (count === 0 ? [] : [`${name}: ${count}`]));
  }

  async #speak(text: string): Promise<{ path: string; durationMs: number } | null> {
    const isNew = !this.spokenTexts.includes(text);
    if (isNew) this.spokenTexts.push(text);
    if (isNew) this.#spoken.set(text, new Promise((resolve) => void this.clock.startTimer(this.speechMs, resolve)));
    await this.#spoken.get(text);
    return { path: `/cache/spoken-${this.spokenTexts.indexOf(text)}.wav`, durationMs: 2_000 };
  }

  #ping(request: PingRequest): Promise<PingOutcome> {
    this.pingsSent.push(request);
    const script = this.pings.get(request.bidder.id);
    const { clock } = this;
    return new Promise((resolve) => {
      const late: PingOutcome = {
        kind: 'no-bid',
        reason: 'timeout',
        detail: `nothing in ${request.timeoutMs} ms`,
        latencyMs: request.timeoutMs,
      };
      const stop = clock.startTimer(Math.min(script?.afterMs ?? Number.POSITIVE_INFINITY, request.timeoutMs), () =>
        resolve(script !== undefined && script.afterMs <= request.timeoutMs ? script.outcome : late),
      );
      request.signal.addEventListener(
        'abort',
        () => {
          stop();
          resolve({ kind: 'no-bid', reason: 'cancelled', detail: 'cancelled', latencyMs: 0 });
        },
        { once: true },
      );
    });
  }

  #flowPorts(): Pick<CallDependencies, 'flowRequests' | 'lines' | 'faxes' | 'faxFiles'> {
    const send = async (request: FlowRequest): Promise<FlowAnswer> => {
      this.webhooksSent.push(request);
      return this.webhooks.get(request.request.url) ?? { kind: 'failed', detail: 'not scripted' };
    };
    const faxFiles = { toPdf: async (path: string) => this.pdf(path) };
    return { flowRequests: { send }, lines: new WaitingLines(), faxes: this.faxes, faxFiles };
  }

  #post(request: PostRequest): PostOutcome {
    const scripted = this.posts.get(request.bidder.id);
    return scripted ?? { kind: 'not-accepted', reason: 'refused', detail: 'not scripted', latencyMs: 1 };
  }
}
