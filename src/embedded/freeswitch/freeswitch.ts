/**
 * The FreeSWITCH half of the embedded switch: event socket, dialplan, SIP profile and channels over one media engine. Made by
 * switch-process.ts, and by tests. It reads the configuration folder of the real server, so that both run the same dialplan.
 */
import type { MediaEngine, MediaEvent } from '../media/media-port.js';
import type { SipClock, SipTimerValues } from '../sip/sip-clock.js';
import { apiTable } from './api/api-table.js';
import { applicationTable } from './applications/application-table.js';
import type { Channel } from './channel.js';
import { ChannelTable } from './channel-table.js';
import { Conferences } from './conference.js';
import { descendants, parameters, readConfiguration, type XmlNode } from './configuration-xml.js';
import { parseContexts, XmlDialplan } from './dialplan-xml.js';
import { EventBus } from './event-bus.js';
import { EventSocketServer } from './event-socket-server.js';
import { startHeartbeat } from './heartbeat.js';
import { finishRecording } from './recordings.js';
import { SofiaProfile } from './sofia-profile.js';
import type { SwitchCore } from './switch-core.js';

export interface FreeswitchOptions {
  readonly engine: MediaEngine;
  /** Address and port of the SIP profile; port 0 takes a free one. */
  readonly sipAddress: string;
  readonly sipPort: number;
  /** A loopback address. */
  readonly eventSocketAddress: string;
  readonly eventSocketPort: number;
  readonly eventSocketPassword: string;
  /** Local address of RTP; what SDP says instead, behind one-to-one NAT. */
  readonly rtpAddress: string;
  readonly rtpAdvertisedAddress?: string | undefined;
  /** The folder with freeswitch.xml or dialplan/*.xml. */
  readonly confFolder: string;
  readonly soundsFolder: string;
  readonly recordingsFolder: string;
  /** Globals that the configuration cannot change, for example `ringpost_max_sessions`. */
  readonly globals?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly heartbeatMs?: number | undefined;
  readonly sipClock?: SipClock | undefined;
  readonly sipTimers?: Partial<SipTimerValues> | undefined;
  /** An exception that is a mistake of ours. */
  readonly onBug?: ((error: unknown) => void) | undefined;
}

/** What is held; all but the listeners are 0 when no call is up. */
export interface FreeswitchCounts {
  readonly channels: number;
  readonly legs: number;
  readonly eventSocketConnections: number;
  readonly queuedEvents: number;
  readonly eventListeners: number;
  readonly conferenceMembers: number;
  readonly channelTimers: number;
  readonly recordings: number;
}

export interface Freeswitch {
  readonly sipPort: number;
  readonly eventSocketPort: number;
  readonly core: SwitchCore;
  counts(): FreeswitchCounts;
  /** The SIP stack's own counts, for leak checks. */
  sipCounts(): Readonly<Record<string, number>>;
  /** Hangs up every channel, then frees everything. The media engine is its owner's. */
  close(): Promise<void>;
}

const PROFILE_NAME = 'drachtio_mrf';
const DEFAULT_USER_AGENT = 'ringpost-media';
const DEFAULT_MAX_SESSIONS = 1000;
const DEFAULT_SESSIONS_PER_SECOND = 30;
const DEFAULT_MEDIA_TIMEOUT_SECONDS = 20;
const DEFAULT_HOLD_TIMEOUT_SECONDS = 1800;
const DEFAULT_HEARTBEAT_SECONDS = 20;
/** How long close() waits for channels to end properly. */
const CLOSE_DEADLINE_MS = 3_000;

interface Settings {
  readonly root: XmlNode;
  readonly context: string;
  readonly userAgent: string;
  readonly talkTimeoutMs: number;
  readonly holdTimeoutMs: number;
  readonly maxSessions: number;
  readonly sessionsPerSecond: number;
  readonly heartbeatMs: number;
}

export async function createFreeswitch(options: FreeswitchOptions): Promise<Freeswitch> {
  const globals = initialGlobals(options);
  const read = (): Promise<XmlNode> =>
    readConfiguration(options.confFolder, {
      globals,
      fixed: new Set(globals.keys()),
      environment: options.environment ?? {},
    });
  const settings = readSettings(await read());
  const eventSocket = await EventSocketServer.listen({
    address: options.eventSocketAddress,
    port: options.eventSocketPort,
    password: options.eventSocketPassword,
  });
  const profile = createProfile(options, settings);
  try {
    const sipPort = await profile.listen();
    const dialplan = await XmlDialplan.create(async () => parseContexts(await read()));
    return assemble(options, settings, { globals, eventSocket, profile, sipPort, dialplan });
  } catch (error) {
    await Promise.all([eventSocket.close(), profile.close()]);
    throw error;
  }
}

function createProfile(options: FreeswitchOptions, settings: Settings): SofiaProfile {
  return new SofiaProfile({
    address: options.sipAddress,
    port: options.sipPort,
    engine: options.engine,
    userAgent: settings.userAgent,
    media: {
      rtpAddress: options.rtpAddress,
      advertisedAddress: options.rtpAdvertisedAddress ?? options.rtpAddress,
      timeouts: { talkMs: settings.talkTimeoutMs, holdMs: settings.holdTimeoutMs },
    },
    ...(options.sipClock === undefined ? {} : { clock: options.sipClock }),
    ...(options.sipTimers === undefined ? {} : { timers: options.sipTimers }),
  });
}

function initialGlobals(options: FreeswitchOptions): Map<string, string> {
  return new Map([
    ['sounds_dir', options.soundsFolder],
    ['recordings_dir', options.recordingsFolder],
    ['ringpost_sounds_dir', options.soundsFolder],
    ['ringpost_recordings_dir', options.recordingsFolder],
    ['sound_prefix', options.soundsFolder],
    ['local_ip_v4', options.sipAddress],
    ['switch_serial', 'embedded'],
    ...Object.entries(options.globals ?? {}),
  ]);
}

function readSettings(root: XmlNode): Settings {
  const profile = descendants(root, 'profile').find((node) => node.attributes.get('name') === PROFILE_NAME);
  const core = descendants(root, 'configuration').find((node) => node.attributes.get('name') === 'switch.conf');
  const sofia = profile === undefined ? new Map<string, string>() : parameters(profile);
  const system = core === undefined ? new Map<string, string>() : parameters(core);
  const number = (map: ReadonlyMap<string, string>, name: string, fallback: number): number => {
    const value = Number.parseInt(map.get(name) ?? '', 10);
    return value > 0 ? value : fallback;
  };
  return {
    root,
    context: sofia.get('context') ?? 'ringpost',
    userAgent: sofia.get('user-agent-string') ?? DEFAULT_USER_AGENT,
    talkTimeoutMs: number(sofia, 'rtp-timeout-sec', DEFAULT_MEDIA_TIMEOUT_SECONDS) * 1000,
    holdTimeoutMs: number(sofia, 'rtp-hold-timeout-sec', DEFAULT_HOLD_TIMEOUT_SECONDS) * 1000,
    maxSessions: number(system, 'max-sessions', DEFAULT_MAX_SESSIONS),
    sessionsPerSecond: number(system, 'sessions-per-second', DEFAULT_SESSIONS_PER_SECOND),
    heartbeatMs: number(system, 'event-heartbeat-interval', DEFAULT_HEARTBEAT_SECONDS) * 1000,
  };
}

interface Parts {
  readonly globals: Map<string, string>;
  readonly eventSocket: EventSocketServer;
  readonly profile: SofiaProfile;
  readonly sipPort: number;
  readonly dialplan: XmlDialplan;
}

function assemble(options: FreeswitchOptions, settings: Settings, parts: Parts): Freeswitch {
  const { eventSocket, profile, sipPort } = parts;
  const conferences = new Conferences();
  const startedMs = performance.now();
  const core: SwitchCore = {
    events: new EventBus({ ipv4: options.sipAddress }),
    channels: new ChannelTable({ maxSessions: settings.maxSessions, sessionsPerSecond: settings.sessionsPerSecond }),
    applications: applicationTable(),
    apis: apiTable(),
    dialplan: parts.dialplan,
    globals: parts.globals,
    profile: {
      name: PROFILE_NAME,
      address: options.sipAddress,
      port: sipPort,
      context: settings.context,
      callsIn: 0,
      failedCallsIn: 0,
    },
    soundsFolder: options.soundsFolder,
    recordingsFolder: options.recordingsFolder,
    uptimeMs: () => performance.now() - startedMs,
    conferences,
    reportBug: (error) => options.onBug?.(error),
    connectOut: (channel, argument) => eventSocket.connectOut(core, channel, argument),
  };
  parts.globals.set('hostname', core.events.hostname);
  parts.globals.set('core_uuid', core.events.coreUuid);
  listenToMedia(options.engine, core.channels);
  profile.serve(core);
  eventSocket.serve(core);
  const stopHeartbeat = startHeartbeat(core, options.heartbeatMs ?? settings.heartbeatMs);
  return {
    sipPort,
    eventSocketPort: eventSocket.port,
    core,
    counts: () => countAll(core, profile, eventSocket),
    sipCounts: () => ({ ...profile.stack?.counts() }),
    close: async () => {
      stopHeartbeat();
      await hangUpEverything(core);
      await Promise.all([eventSocket.close(), profile.close()]);
    },
  };
}

/** Events of a media session go to the channel that holds it. */
function listenToMedia(engine: MediaEngine, channels: ChannelTable): void {
  engine.onEvent((event) => {
    for (const channel of channels.all()) {
      if (channel.media?.session.id === event.sessionId) onMediaEvent(channel, event);
    }
  });
  engine.onFailure((_error, sessionIds) => {
    for (const channel of channels.all()) {
      if (channel.media !== null && sessionIds.includes(channel.media.session.id)) {
        channel.hangup('DESTINATION_OUT_OF_ORDER');
      }
    }
  });
}

function onMediaEvent(channel: Channel, event: MediaEvent): void {
  channel.media?.onEvent(event);
  switch (event.type) {
    case 'dtmf':
      channel.queueDigit({ digit: event.digit, durationMs: event.durationMs, source: 'RTP' });
      break;
    case 'record-end':
      finishRecording(channel, event.end.path, event.end);
      break;
    case 'media-timeout':
      channel.hangup('MEDIA_TIMEOUT');
      break;
    default:
      break;
  }
  channel.notify();
}

function countAll(core: SwitchCore, profile: SofiaProfile, eventSocket: EventSocketServer): FreeswitchCounts {
  const channels = core.channels.all();
  const sum = (count: (channel: Channel) => number): number =>
    channels.reduce((total, channel) => total + count(channel), 0);
  return {
    channels: channels.length,
    legs: profile.sessionCount(),
    eventSocketConnections: eventSocket.connectionCount(),
    queuedEvents: eventSocket.queuedEvents(),
    eventListeners: core.events.listenerCount(),
    conferenceMembers: core.conferences.memberCount(),
    channelTimers: sum((channel) => channel.timerCount()),
    recordings: sum((channel) => channel.recordings.size),
  };
}

async function hangUpEverything(core: SwitchCore): Promise<void> {
  for (const channel of core.channels.all()) channel.hangup('SYSTEM_SHUTDOWN');
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSE_DEADLINE_MS);
  });
  await Promise.race([core.channels.empty(), deadline]);
  clearTimeout(timer);
}
