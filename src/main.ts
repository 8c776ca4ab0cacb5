/**
 * Composition root: settings -> adapters -> application -> listen -> drain. `ringpost start`, the demonstration and the
 * end-to-end tests all start the control app here; nothing else wires adapters together.
 */
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Logger } from 'pino';
import { createHttpBidders } from './adapters/bidders/http-bidders.js';
import { createHttpFlowRequests } from './adapters/bidders/http-flow-requests.js';
import { createHttpRecogniser, type RecogniserSettings } from './adapters/bidders/http-recogniser.js';
import { linearPattern } from './adapters/config-file/linear-pattern.js';
import { type CallEventLog, createCallEventLog } from './adapters/logging/call-event-log.js';
import type { SmtpSettings } from './adapters/mail/smtp-mails.js';
import { MemorySlotCounter } from './adapters/memory/memory-slot-counter.js';
import { createCidrTrunkFinder } from './adapters/network/cidr-trunk-finder.js';
import { createNumberingPlan } from './adapters/numbering/numbering-plan.js';
import { createFaxFiles } from './adapters/recordings/fax-files.js';
import { createRecordingStore } from './adapters/recordings/recording-store.js';
import { createUtteranceFiles, type OpenUtteranceFiles } from './adapters/recordings/utterance-files.js';
import { BUILT_IN_PROMPTS } from './adapters/speech/built-in-sounds.js';
import { createPromptLibrary, type OpenPromptLibrary } from './adapters/speech/prompt-library.js';
import { openSqliteStore, type SqliteStore } from './adapters/sqlite/open-sqlite-store.js';
import { createIdSource } from './adapters/system/id-source.js';
import { createSystemClock } from './adapters/system/system-clock.js';
import type { DrachtioAddress } from './adapters/telephony/drachtio/drachtio-link-options.js';
import { createTelephony, type TelephonyAdapter } from './adapters/telephony/telephony.js';
import { CallerGaps } from './application/callers/caller-gaps.js';
import { CallerLists } from './application/callers/caller-lists.js';
import type { CallDependencies, CallLimits } from './application/calls/call-dependencies.js';
import { CallScope } from './application/calls/call-scope.js';
import { createInboundCallHandler } from './application/calls/handle-inbound-call.js';
import { LiveCalls } from './application/calls/live-calls.js';
import { preparePrompts, watchConfiguration } from './application/configuration/watch-configuration.js';
import { WaitingLines } from './application/flows/waiting-line.js';
import { Readiness } from './application/operation/readiness.js';
import { ShadowDesk } from './application/plans/shadow-desk.js';
import type { LoopWatch } from './application/ports/loop-watch.js';
import { CallPace } from './application/sale/call-pace.js';
import { capAlarms } from './application/sale/cap-alarms.js';
import { CapCounter } from './application/sale/cap-counter.js';
import { GatewayHealth } from './application/sale/gateway-health.js';
import { KeptAnswers } from './application/sale/kept-answers.js';
import { DIALS_KEPT, PlanRecords } from './application/sale/plan-records.js';
import { WatchedSlots } from './application/sale/watched-slots.js';
import type { DrainEnd } from './application/survival/drain-calls.js';
import type { HeldLease } from './application/survival/hold-lease.js';
import { packageRoot } from './config/package-root.js';
import { type Configuration, EMPTY_DOCUMENT } from './domain/campaigns/configuration.js';
import { givePatternEngine } from './domain/routing/pattern.js';
import { trustedNetworks } from './domain/trunks/trunk.js';
import { type ApiParts, type HttpSettings, openApi } from './main-api.js';
import { startDeliveries } from './main-deliveries.js';
import { Departure, takeCallsOver, takeLease } from './main-succession.js';

export interface MediaServerSettings {
  readonly name: string;
  readonly eventSocketHost: string;
  readonly eventSocketPort: number;
  readonly password: string;
  /** `host:port` of its drachtio_mrf profile. */
  readonly sipAddress: string;
}

export interface ControlAppSettings {
  readonly databaseFile: string;
  readonly promptFolder: string;
  readonly recordingFolder: string;
  readonly isMp3Made: boolean;
  /** With less room than this no recording is started. */
  readonly minFreeDiskBytes: number;
  /** Engines for text to speech, in the order in which they are tried. */
  readonly speechEngines: readonly ('flite' | 'espeak-ng' | 'flite-wasm')[];
  readonly drachtio: DrachtioAddress;
  readonly mediaServers: readonly MediaServerSettings[];
  readonly defaultCountry: string;
  /** Networks of ours that bidders may live in; private addresses are refused otherwise. */
  readonly pingAllowPrivate: readonly string[];
  readonly limits: CallLimits;
  readonly drainMs: number;
  /** What becomes of the calls that are up when the drain is over; `hang-up` when absent. */
  readonly drainEnd?: DrainEnd;
  /** Absent or null: nothing listens to callers, keys alone count. */
  readonly recogniser?: RecogniserSettings | null;
  /** Absent or null: no mail is sent. */
  readonly smtp?: SmtpSettings | null;
  /** Gives up waiting for another process that serves the calls of this database. */
  readonly abandon?: AbortSignal;
  readonly loopWatch?: LoopWatch;
  /** Absent: nothing listens for the API. */
  readonly http?: HttpSettings;
  /** Hears the networks of the trunks at the start and after each edit: whoever guards the SIP port lets in these only. */
  readonly onTrustedNetworks?: (cidrs: readonly string[]) => void;
}

export interface ControlApp {
  readonly store: SqliteStore;
  readonly telephony: TelephonyAdapter;
  readonly prompts: OpenPromptLibrary;
  readonly events: CallEventLog;
  readonly live: LiveCalls;
  /** Where the API listens, such as `http://127.0.0.1:8080`; null when it does not. */
  readonly apiUrl: string | null;
  readonly slots: MemorySlotCounter;
  /** Settles when another process has taken the calls over: this one must end. */
  readonly lost: Promise<void>;
  /** Stops the intake, lets calls finish for `drainMs`, then does as `drainEnd` says, and closes everything. Safe to call twice. */
  close(): Promise<void>;
}

const CONFIGURATION_LOOK_MS = 1_000;
const READINESS_LOOK_MS = 5_000;

/** Rejects with a sentence when a part cannot be started; what was started before is closed again. */
export async function startControlApp(settings: ControlAppSettings, log: Logger): Promise<ControlApp> {
  const process = new CallScope((error) => log.error({ err: error }, 'a part did not close'));
  try {
    return await assemble(settings, log, process);
  } catch (error) {
    await process[Symbol.asyncDispose]();
    throw error;
  }
}

/** Store and prompts alone, for commands that change the configuration and take no calls. */
export interface Workshop extends AsyncDisposable {
  readonly configuration: SqliteStore['configuration'];
  readonly keys: SqliteStore['keys'];
  readonly prompts: OpenPromptLibrary;
}

export async function openWorkshop(settings: ControlAppSettings, log: Logger): Promise<Workshop> {
  const scope = new CallScope((error) => log.error({ err: error }, 'a part did not close'));
  try {
    const { configuration, keys } = await openStore(settings, log, scope);
    const prompts = await openPrompts(settings, log, scope);
    return { configuration, keys, prompts, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}

async function openPrompts(settings: ControlAppSettings, log: Logger, process: CallScope): Promise<OpenPromptLibrary> {
  const prompts = await createPromptLibrary({ folder: settings.promptFolder, engines: settings.speechEngines, log });
  process.defer(() => prompts.close());
  return prompts;
}

async function openStore(settings: ControlAppSettings, log: Logger, process: CallScope): Promise<SqliteStore> {
  const { databaseFile: file } = settings;
  await mkdir(dirname(file), { recursive: true });
  const store = await openSqliteStore({ file, migrationsFolder: join(packageRoot(), 'migrations'), log });
  process.defer(() => store.close());
  return store;
}

type OpenParts = Pick<ControlApp, 'store' | 'prompts' | 'events' | 'slots'> & Pick<ApiParts, 'bidderFigures'>;
type CallPorts = Omit<CallDependencies, 'telephony' | 'gateways' | 'shadows'> & {
  readonly shadows: ShadowDesk;
  readonly utterances: OpenUtteranceFiles;
};

interface OpenPorts {
  readonly ports: CallPorts;
  readonly open: OpenParts;
  readonly lease: HeldLease;
}

/** Everything but telephony: the parts that can be opened without any other server. */
async function openPorts(settings: ControlAppSettings, log: Logger, process: CallScope): Promise<OpenPorts> {
  const clock = createSystemClock();
  const events = createCallEventLog(log);
  const store = await openStore(settings, log, process);
  const prompts = await openPrompts(settings, log, process);
  const { recordingFolder: folder, isMp3Made, minFreeDiskBytes: minFreeBytes } = settings;
  const recordings = await createRecordingStore({ folder, isMp3Made, minFreeBytes, log });
  process.defer(() => recordings.close());
  const numbers = createNumberingPlan();
  const { pingAllowPrivate: allowPrivateAddresses, defaultCountry } = settings;
  const bidders = createHttpBidders({ clock, numberingPlan: numbers, allowPrivateAddresses, defaultCountry });
  process.defer(() => bidders.close());
  const flowRequests = createHttpFlowRequests({ clock, allowPrivateAddresses });
  process.defer(() => flowRequests.close());
  const utterances = createUtteranceFiles(folder);
  const recogniser =
    settings.recogniser == null ? null : createHttpRecogniser({ ...settings.recogniser, clock, allowPrivateAddresses });
  process.defer(async () => recogniser?.close());
  givePatternEngine(linearPattern);
  // What the process that leaves does until then is to be found: caps that it uses up, turns that it takes, callers whom it lists.
  const lease = await takeLease(store, clock, log, settings.abandon ?? null);
  process.defer(() => lease.release());
  const slots = new MemorySlotCounter();
  const { configuration, calls, callerHistories, reservations, plans } = store;
  const past = { turns: await plans.turns(), dials: await calls.targetDials(DIALS_KEPT) };
  const ids = createIdSource();
  const ports: CallPorts = {
    ...{ configuration, calls, callerHistories, reservations },
    callerLists: new CallerLists(store.callerLists),
    callerGaps: new CallerGaps(clock),
    slots: new WatchedSlots(slots, clock, events),
    caps: new CapCounter(clock, await calls.capUses(), capAlarms(events)),
    planRecords: new PlanRecords(plans, events, past),
    shadows: await ShadowDesk.open({ shadows: store.shadows, clock, ids }),
    bidders,
    keptAnswers: new KeptAnswers(() => clock.monotonicMs()),
    flowRequests,
    ...{ utterances, speech: recogniser === null ? null : { recogniser, utterances } },
    lines: new WaitingLines(),
    prompts,
    recordings,
    ...{ faxes: store.faxes, faxFiles: createFaxFiles() },
    numbers,
    trunks: createCidrTrunkFinder(),
    pace: new CallPace(clock),
    ...{ events, clock },
    ids,
    random: Math.random,
    limits: settings.limits,
  };
  return { ports, open: { store, prompts, events, slots, bidderFigures: bidders }, lease };
}

/** The sounds that come with the system are always there to be named. */
async function addBuiltInSounds({ configuration }: SqliteStore): Promise<void> {
  const { prompts } = configuration.current();
  const missing = BUILT_IN_PROMPTS.filter(({ id }) => !prompts.has(id));
  if (missing.length > 0) await configuration.apply({ ...EMPTY_DOCUMENT, prompts: missing });
}

async function assemble(settings: ControlAppSettings, log: Logger, process: CallScope): Promise<ControlApp> {
  const { ports, open, lease } = await openPorts(settings, log, process);
  const { clock, events, prompts } = ports;
  const { configuration, health } = open.store;
  await ports.callerLists.load();
  await ports.utterances.clear();
  await addBuiltInSounds(open.store);
  await preparePrompts({ configuration, prompts, events, clock });
  const live = new LiveCalls(false);
  const readiness = new Readiness({ telephony: () => telephony.ready().links, store: health, live, clock });
  const telephony = await createTelephony({
    drachtio: settings.drachtio,
    mediaTimeoutMs: settings.limits.mediaTimeoutMs,
    mediaServers: settings.mediaServers,
    clock,
    log,
    // Also before an INVITE is read: what cannot be read would be answered 400, and a stranger gets no answer at all.
    allowedSource: (address) => {
      if (ports.trunks.find(configuration.current(), address) !== null) return true;
      events.unknownSource(address);
      return false;
    },
    mayTakeCalls: () => readiness.mayTakeCalls,
    ...(settings.loopWatch === undefined ? {} : { loopWatch: settings.loopWatch }),
  });
  process.defer(() => telephony.close());
  const gateways = new GatewayHealth({ configuration, probe: telephony, clock, events });
  telephony.onInboundCall(createInboundCallHandler({ ...ports, telephony, gateways }, live));
  const tellNetworks = ({ trunks }: Configuration): void =>
    settings.onTrustedNetworks?.(trustedNetworks(trunks.values()));
  tellNetworks(configuration.current());
  const takeUp = (now: Configuration): void => {
    tellNetworks(now);
    log.info({ version: now.version, dids: now.didsByNumber.size }, 'a new configuration is in force');
  };
  process.defer(watchConfiguration({ configuration, prompts, events, clock }, CONFIGURATION_LOOK_MS, takeUp));
  process.defer(readiness.watch(READINESS_LOOK_MS));
  const parts = { ...open, ports, live, readiness, gateways, tellNetworks, log, country: settings.defaultCountry };
  const api =
    settings.http === undefined ? null : await openApi(dirname(settings.databaseFile), settings.http, parts, process);
  await telephony.start();
  process.defer(gateways.start());
  const { drainMs, drainEnd: end = 'hang-up' } = settings;
  const departure = new Departure({ telephony, live, clock, lease, drainMs, end, log });
  process.defer(async () => {
    await departure.leave();
    api?.feed.close();
  });
  await takeCallsOver({ ...ports, telephony, gateways }, live, lease, log);
  const { pingAllowPrivate: allowedNetworks, smtp = null } = settings;
  startDeliveries({ ...ports, deliveries: open.store.deliveries }, { allowedNetworks, smtp }, process);
  const apiUrl = api?.apiUrl ?? null;
  return { ...open, telephony, live, apiUrl, lost: departure.lost, close: () => process[Symbol.asyncDispose]() };
}
