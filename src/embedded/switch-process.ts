/**
 * The whole embedded switch in one process: the media engine, the drachtio half and the FreeSWITCH half. Started by `ringpost switch`
 * and by end-to-end tests. It knows nothing of the control app; its control ports bind to loopback only.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DRACHTIO_DIFFERENCES } from './drachtio/differences.js';
import { createDrachtioServer, type DrachtioServer, type DrachtioServerCounts } from './drachtio/drachtio-server.js';
import { FREESWITCH_DIFFERENCES } from './freeswitch/differences.js';
import { createFreeswitch, type Freeswitch, type FreeswitchCounts } from './freeswitch/freeswitch.js';
import { createMediaEngine } from './media/media-engine.js';
import type { MediaEngine } from './media/media-port.js';
import type { SipTimerValues } from './sip/sip-clock.js';
import type { SipListener } from './sip/sip-endpoint.js';

export interface EmbeddedSwitchOptions {
  /** Where the drachtio half listens, UDP and TCP at one port; 0 takes a free one. */
  readonly sipAddress: string;
  readonly sipPort: number;
  /** What SIP and SDP say instead of the own addresses, behind one-to-one NAT; null or absent without one. */
  readonly externalAddress?: string | null | undefined;
  /** drachtio's control port on the loopback; 0 takes a free one. */
  readonly controlPort: number;
  readonly controlSecret: string;
  /** The profile drachtio_mrf on the loopback; 0 takes a free one. */
  readonly freeswitchSipPort: number;
  /** The event socket on the loopback; 0 takes a free one. */
  readonly eventSocketPort: number;
  readonly eventSocketPassword: string;
  /** Local address of RTP. */
  readonly mediaAddress: string;
  readonly rtpPortMin: number;
  readonly rtpPortMax: number;
  /** Threads that carry audio. */
  readonly mediaWorkers?: number | undefined;
  /** The folder freeswitch-conf. */
  readonly configurationFolder: string;
  /** Where sounds and recordings named without a path lie. */
  readonly soundsFolder?: string | undefined;
  readonly recordingsFolder?: string | undefined;
  /** Whose requests outside dialogs are answered at all; everybody's when absent. */
  readonly trustedSources?: readonly string[] | undefined;
  /** Values for the globals of freeswitch.xml, for example `ringpost_max_sessions`. */
  readonly globals?: Readonly<Record<string, string>> | undefined;
  /** Shorter SIP timers than RFC 3261 table 4 has, on both halves, for tests that wait until they have run out. */
  readonly sipTimers?: Partial<SipTimerValues> | undefined;
  /** Told of mistakes of ours that were survived, and of what drachtio would log. */
  readonly log?: ((event: string, details: Readonly<Record<string, string | number>>) => void) | undefined;
}

export interface EmbeddedSwitchCounts {
  readonly drachtio: DrachtioServerCounts;
  readonly freeswitch: FreeswitchCounts;
  readonly freeswitchSip: Readonly<Record<string, number>>;
  readonly mediaSessions: number;
}

export interface EmbeddedSwitch {
  readonly sipPort: number;
  readonly controlPort: number;
  /** `127.0.0.1:5080`. */
  readonly freeswitchSipAddress: string;
  readonly eventSocketPort: number;
  /** What is held, for leak checks. */
  counts(): EmbeddedSwitchCounts;
  /** Whose requests outside dialogs are answered from now on; the others get no answer at all. Throws RangeError. */
  trustSources(sources: readonly string[] | null): void;
  /** What it cannot do, in sentences; printed at start. */
  limits(): readonly string[];
  /** Hangs up every call and frees everything. */
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const OWN_FOLDER = 'ringpost-switch';
/** UDP and TCP want the same number; how often a free one is looked for. */
const PORT_ATTEMPTS = 20;

/** Rejects, with everything closed again, when a port cannot be bound or the configuration cannot be read. */
export async function startEmbeddedSwitch(options: EmbeddedSwitchOptions): Promise<EmbeddedSwitch> {
  const engine = await createMediaEngine({
    rtpPortMin: options.rtpPortMin,
    rtpPortMax: options.rtpPortMax,
    workers: options.mediaWorkers ?? 1,
  });
  const opened: { close(): Promise<void> }[] = [engine];
  try {
    const freeswitch = await createFreeswitchHalf(options, engine);
    opened.push(freeswitch);
    const drachtio = await createDrachtioHalf(options);
    return assemble(engine, freeswitch, drachtio);
  } catch (error) {
    for (const part of opened.reverse()) await part.close();
    throw error;
  }
}

function createFreeswitchHalf(options: EmbeddedSwitchOptions, engine: MediaEngine): Promise<Freeswitch> {
  return createFreeswitch({
    engine,
    sipAddress: LOOPBACK,
    sipPort: options.freeswitchSipPort,
    eventSocketAddress: LOOPBACK,
    eventSocketPort: options.eventSocketPort,
    eventSocketPassword: options.eventSocketPassword,
    rtpAddress: options.mediaAddress,
    rtpAdvertisedAddress: options.externalAddress ?? undefined,
    confFolder: options.configurationFolder,
    soundsFolder: options.soundsFolder ?? join(tmpdir(), OWN_FOLDER, 'sounds'),
    recordingsFolder: options.recordingsFolder ?? join(tmpdir(), OWN_FOLDER, 'recordings'),
    globals: options.globals ?? {},
    environment: process.env,
    sipTimers: options.sipTimers,
    onBug: (error) =>
      options.log?.('bug', { error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  });
}

async function createDrachtioHalf(options: EmbeddedSwitchOptions): Promise<DrachtioServer> {
  const create = (port: number): Promise<DrachtioServer> =>
    createDrachtioServer({
      sipListeners: sipListeners(options, port),
      controlHost: LOOPBACK,
      controlPort: options.controlPort,
      secret: options.controlSecret,
      ...(options.sipTimers === undefined ? {} : { timers: options.sipTimers }),
      ...(options.trustedSources === undefined ? {} : { trustedSources: options.trustedSources }),
      ...(options.log === undefined ? {} : { log: options.log }),
    });
  if (options.sipPort !== 0) return create(options.sipPort);
  for (let attempt = 1; ; attempt += 1) {
    const probe = await create(0);
    const port = probe.sipAddresses[0]?.port ?? 0;
    if (probe.sipAddresses.every((address) => address.port === port)) return probe;
    await probe.close();
    try {
      return await create(port);
    } catch (error) {
      if (attempt >= PORT_ATTEMPTS) throw error;
    }
  }
}

function sipListeners(options: EmbeddedSwitchOptions, port: number): SipListener[] {
  const external = options.externalAddress ?? null;
  return (['udp', 'tcp'] as const).map((transport) => ({
    transport,
    address: options.sipAddress,
    port,
    ...(external === null ? {} : { advertisedAddress: external }),
  }));
}

function assemble(engine: MediaEngine, freeswitch: Freeswitch, drachtio: DrachtioServer): EmbeddedSwitch {
  return {
    sipPort: drachtio.sipAddresses[0]?.port ?? 0,
    controlPort: drachtio.controlPort,
    freeswitchSipAddress: `${LOOPBACK}:${freeswitch.sipPort}`,
    eventSocketPort: freeswitch.eventSocketPort,
    counts: () => ({
      drachtio: drachtio.counts(),
      freeswitch: freeswitch.counts(),
      freeswitchSip: freeswitch.sipCounts(),
      mediaSessions: engine.sessionCount(),
    }),
    trustSources: (sources) => drachtio.trustSources(sources),
    limits: () => [...FREESWITCH_DIFFERENCES, ...DRACHTIO_DIFFERENCES],
    close: async () => {
      // The FreeSWITCH half goes first: its BYEs still pass through drachtio.
      await freeswitch.close();
      await drachtio.close();
      await engine.close();
    },
  };
}
