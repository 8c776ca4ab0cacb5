/**
 * The configuration as the program uses it: typed values with units, derived ones filled in. `ringpost start`, `ringpost switch` and
 * the demonstration call loadConfig once at start; nothing else reads the environment.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { isRiskAccepted } from './accepted-risks.js';
import { ConfigError } from './config-error.js';
import type { Config, HostFacts, MediaServerConfig } from './config-shape.js';
import { findContradictions } from './contradictions.js';
import { SPEECH_ENGINES, type SpeechEngineName, type Variables } from './env.js';
import { readMail } from './mail-settings.js';
import { formatHostAndPort, parseHostAndPort } from './network-address.js';
import { type Environment, readVariables, refuseUnknownNames, shown } from './read-variables.js';
import { readRecogniser } from './recogniser-settings.js';
import { readSecrets, type Secrets } from './secrets.js';

const BYTES_PER_MB = 1_000_000;

export function readHostFacts(): HostFacts {
  let ephemeralPortMin: number | null = null;
  try {
    const range = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8');
    ephemeralPortMin = Number(range.trim().split(/\s+/)[0]);
  } catch {
    // Not Linux: the check against the range is left out.
  }
  return { workingFolder: process.cwd(), ephemeralPortMin };
}

function words(list: string | undefined): string[] {
  return (list ?? '').split(/[\s,]+/).filter((word) => word !== '');
}

function filesOf(variables: Variables, host: HostFacts): Config['files'] {
  const dataFolder = resolve(host.workingFolder, variables.RINGPOST_DATA_FOLDER);
  const place = (given: string | undefined, name: string): string => {
    if (given === undefined) return join(dataFolder, name);
    return isAbsolute(given) ? resolve(given) : resolve(host.workingFolder, given);
  };
  return {
    dataFolder,
    databaseFile: place(variables.RINGPOST_DATABASE_FILE, 'ringpost.db'),
    promptFolder: place(variables.RINGPOST_PROMPT_FOLDER, 'prompts'),
    recordingFolder: place(variables.RINGPOST_RECORDING_FOLDER, 'recordings'),
    minFreeDiskBytes: variables.RINGPOST_MIN_FREE_DISK_MB * BYTES_PER_MB,
    isMp3Made: variables.RINGPOST_MP3 === 'on',
  };
}

function singleMediaServer(variables: Variables, faults: string[]): MediaServerConfig[] {
  const sip = parseHostAndPort(variables.FREESWITCH_SIP_ADDRESS);
  if (sip === null) {
    faults.push(
      `FREESWITCH_SIP_ADDRESS is ${shown(variables.FREESWITCH_SIP_ADDRESS)}: write host and port, such as 127.0.0.1:5080.`,
    );
    return [];
  }
  const eventSocket = { host: variables.FREESWITCH_EVENT_SOCKET_HOST, port: variables.FREESWITCH_EVENT_SOCKET_PORT };
  return [{ name: formatHostAndPort(eventSocket), eventSocket, sip }];
}

function mediaServersOf(variables: Variables, faults: string[]): MediaServerConfig[] {
  const list = words(variables.FREESWITCH_SERVERS);
  if (list.length === 0) return singleMediaServer(variables, faults);
  return list.flatMap((entry) => {
    const [eventSocketText = '', sipText = ''] = entry.split('/');
    const eventSocket = parseHostAndPort(eventSocketText);
    const sip = parseHostAndPort(sipText);
    if (eventSocket === null || sip === null) {
      faults.push(
        `FREESWITCH_SERVERS has ${shown(entry)}: write each server as event socket/SIP, such as 10.0.0.5:8021/10.0.0.5:5080.`,
      );
      return [];
    }
    return [{ name: formatHostAndPort(eventSocket), eventSocket, sip }];
  });
}

function speechEnginesOf(variables: Variables, faults: string[]): SpeechEngineName[] {
  const names = words(variables.RINGPOST_TTS_ENGINES);
  return names.flatMap((name) => {
    const engine = SPEECH_ENGINES.find((known) => known === name);
    if (engine !== undefined) return [engine];
    faults.push(`RINGPOST_TTS_ENGINES has ${shown(name)}: the engines are ${SPEECH_ENGINES.join(', ')}.`);
    return [];
  });
}

function deriveConfig(
  variables: Variables,
  host: HostFacts,
  faults: string[],
): Omit<Config, 'mayControlBePublic' | 'mail' | 'recogniser'> {
  return {
    engine: variables.RINGPOST_ENGINE,
    nodeName: variables.RINGPOST_NODE_NAME,
    logLevel: variables.RINGPOST_LOG_LEVEL,
    stallExitMs: variables.RINGPOST_STALL_EXIT_MS,
    defaultCountry: variables.RINGPOST_DEFAULT_COUNTRY,
    http: {
      address: variables.RINGPOST_HTTP_ADDRESS,
      port: variables.RINGPOST_HTTP_PORT,
      requestsPerMinute: variables.RINGPOST_HTTP_REQUESTS_PER_MINUTE,
      feedEvents: variables.RINGPOST_FEED_EVENTS,
      exposure: variables.RINGPOST_HTTP_EXPOSURE,
    },
    files: filesOf(variables, host),
    drachtio: { host: variables.DRACHTIO_HOST, port: variables.DRACHTIO_PORT },
    mediaServers: mediaServersOf(variables, faults),
    switch: {
      sipAddress: variables.RINGPOST_SIP_ADDRESS,
      sipPort: variables.RINGPOST_SIP_PORT,
      sipSources: variables.RINGPOST_SIP_SOURCES === undefined ? null : words(variables.RINGPOST_SIP_SOURCES),
      externalAddress: variables.RINGPOST_SIP_EXTERNAL_ADDRESS ?? null,
      mediaAddress: variables.RINGPOST_MEDIA_ADDRESS ?? variables.RINGPOST_SIP_ADDRESS,
      rtpPortMin: variables.RINGPOST_RTP_PORT_MIN,
      rtpPortMax: variables.RINGPOST_RTP_PORT_MAX,
      mediaWorkers: variables.RINGPOST_MEDIA_WORKERS,
    },
    calls: {
      maxCalls: variables.RINGPOST_MAX_CALLS,
      mediaTimeoutMs: variables.RINGPOST_MEDIA_TIMEOUT_MS,
      holdGraceMs: variables.RINGPOST_HOLD_GRACE_MS,
      drainMs: variables.RINGPOST_DRAIN_MS,
      drainEnd: variables.RINGPOST_DRAIN_END,
    },
    pingAllowPrivate: words(variables.RINGPOST_PING_ALLOW_PRIVATE),
    speechEngines: speechEnginesOf(variables, faults),
  };
}

/** Throws a ConfigError with every fault there is: unknown names, values out of range, contradictions, missing and public secrets. */
export function loadConfig(
  env: Environment,
  host: HostFacts = readHostFacts(),
): { readonly config: Config; readonly secrets: Secrets } {
  const faults: string[] = [];
  refuseUnknownNames(env, faults);
  const variables = readVariables(env, faults);
  const mayControlBePublic = isRiskAccepted(env, 'publicControlPorts', faults);
  const { mail, smtpPassword } = readMail(variables, env, faults);
  const { recogniser, asrAuthorization } = readRecogniser(variables, env, faults);
  const config = { ...deriveConfig(variables, host, faults), mayControlBePublic, mail, recogniser };
  faults.push(...findContradictions(config, env, host));
  const secrets = readSecrets(env, config.engine === 'embedded', faults, config.mediaServers.length);
  if (faults.length > 0 || secrets === null) throw new ConfigError(faults);
  return { config, secrets: { ...secrets, smtpPassword, asrAuthorization } };
}
