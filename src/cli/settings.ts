/** From the configuration to what the control app and the embedded switch are started with. */
import { join } from 'node:path';
import type { Config } from '../config/config-shape.js';
import { formatHostAndPort } from '../config/network-address.js';
import { packageRoot } from '../config/package-root.js';
import { passwordOf, type Secrets } from '../config/secrets.js';
import type { EmbeddedSwitchOptions } from '../embedded/switch-process.js';
import type { ControlAppSettings } from '../main.js';
import type { SwitchReady } from './switch-child.js';

/** Throws when secrets of a server are used before they are known. */
export function controlAppSettings(config: Config, secrets: Secrets): ControlAppSettings {
  const { calls, files, recogniser } = config;
  const authorization = secrets.asrAuthorization?.reveal() ?? null;
  return {
    databaseFile: files.databaseFile,
    promptFolder: files.promptFolder,
    recordingFolder: files.recordingFolder,
    isMp3Made: files.isMp3Made,
    minFreeDiskBytes: files.minFreeDiskBytes,
    speechEngines: config.speechEngines,
    drachtio: { ...config.drachtio, secret: secrets.drachtio.reveal() },
    mediaServers: config.mediaServers.map(({ name, eventSocket, sip }, index) => ({
      name,
      eventSocketHost: eventSocket.host,
      eventSocketPort: eventSocket.port,
      password: passwordOf(secrets.eventSocket, index),
      sipAddress: formatHostAndPort(sip),
    })),
    defaultCountry: config.defaultCountry,
    pingAllowPrivate: config.pingAllowPrivate,
    limits: { maxCalls: calls.maxCalls, mediaTimeoutMs: calls.mediaTimeoutMs, holdGraceMs: calls.holdGraceMs },
    drainMs: calls.drainMs,
    drainEnd: calls.drainEnd,
    http: config.http,
    recogniser: recogniser === null ? null : { ...recogniser, authorization },
    smtp: config.mail === null ? null : { ...config.mail, password: secrets.smtpPassword?.reveal() ?? null },
  };
}

/** The same app beside a switch that it started itself: at the ports that the switch really has. */
export function besideSwitch(settings: ControlAppSettings, ready: SwitchReady): ControlAppSettings {
  const [server] = settings.mediaServers;
  const eventSocket = { eventSocketHost: '127.0.0.1', eventSocketPort: ready.eventSocketPort };
  return {
    ...settings,
    drachtio: { ...settings.drachtio, host: '127.0.0.1', port: ready.controlPort, forgetsDeadApps: true },
    mediaServers: server === undefined ? [] : [{ ...server, ...eventSocket, sipAddress: ready.freeswitchSipAddress }],
  };
}

export interface SwitchPorts {
  /** Free ones for both control ports and for FreeSWITCH's profile: for a switch that a program of ours started. */
  readonly areFree: boolean;
  /** In place of the configured SIP port. */
  readonly sipPort: number | null;
}

export function embeddedSwitchOptions(config: Config, secrets: Secrets, ports: SwitchPorts): EmbeddedSwitchOptions {
  const [server] = config.mediaServers;
  const choose = (configured: number | undefined): number => (ports.areFree ? 0 : (configured ?? 0));
  return {
    sipAddress: config.switch.sipAddress,
    sipPort: ports.sipPort ?? config.switch.sipPort,
    trustedSources: config.switch.sipSources ?? undefined,
    externalAddress: config.switch.externalAddress,
    controlPort: choose(config.drachtio.port),
    controlSecret: secrets.drachtio.reveal(),
    freeswitchSipPort: choose(server?.sip.port),
    eventSocketPort: choose(server?.eventSocket.port),
    eventSocketPassword: secrets.eventSocket.reveal(),
    mediaAddress: config.switch.mediaAddress,
    rtpPortMin: config.switch.rtpPortMin,
    rtpPortMax: config.switch.rtpPortMax,
    mediaWorkers: config.switch.mediaWorkers,
    configurationFolder: join(packageRoot(), 'freeswitch-conf'),
  };
}
