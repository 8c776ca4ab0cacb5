/**
 * What several settings say together and cannot both be: each check returns sentences that name the variables and what to change.
 * Called by loadConfig once all values have been read; it changes nothing.
 */
import { sep } from 'node:path';
import { isSupportedCountry } from 'libphonenumber-js/min';
import { ACCEPTED_RISKS } from './accepted-risks.js';
import type { Config, HostFacts } from './config-shape.js';
import { inspectCidr, isIpAddress, isLoopback, isUnspecified, mayBePrivate } from './network-address.js';
import { type Environment, shown } from './read-variables.js';

/** Two legs, each with a port for RTP and one for RTCP. */
const PORTS_PER_CALL = 4;

type Check = (config: Config, env: Environment, host: HostFacts) => readonly string[];

const isSet = (env: Environment, name: string): boolean => (env[name] ?? '').trim() !== '';

const switchAddresses: Check = ({ engine, switch: { sipAddress, externalAddress, mediaAddress } }) => {
  if (engine !== 'embedded') return [];
  const faults: string[] = [];
  const given = [
    ['RINGPOST_SIP_ADDRESS', sipAddress],
    ['RINGPOST_SIP_EXTERNAL_ADDRESS', externalAddress],
    ['RINGPOST_MEDIA_ADDRESS', mediaAddress],
  ] as const;
  for (const [name, address] of given) {
    if (address === null || isIpAddress(address)) continue;
    if (name === 'RINGPOST_MEDIA_ADDRESS' && address === sipAddress) continue;
    faults.push(`${name} is ${shown(address)}: it takes an IP address, not a name.`);
  }
  if (isUnspecified(mediaAddress)) {
    faults.push(
      `RINGPOST_MEDIA_ADDRESS would be ${mediaAddress}, to which nobody can send audio: set it to an address of this machine.`,
    );
  }
  if (externalAddress !== null && isUnspecified(externalAddress)) {
    faults.push(`RINGPOST_SIP_EXTERNAL_ADDRESS is ${externalAddress}: write the address that the trunks reach.`);
  }
  return faults;
};

const rtpRange: Check = ({ engine, switch: { rtpPortMin, rtpPortMax }, calls: { maxCalls } }, env, host) => {
  if (engine !== 'embedded') return [];
  if (rtpPortMin > rtpPortMax) {
    return [`RINGPOST_RTP_PORT_MIN (${rtpPortMin}) lies above RINGPOST_RTP_PORT_MAX (${rtpPortMax}): exchange them.`];
  }
  const faults: string[] = [];
  if (rtpPortMin < 1024) {
    faults.push(`RINGPOST_RTP_PORT_MIN is ${rtpPortMin}: ports below 1024 belong to the system, choose 1024 or more.`);
  }
  const room = Math.floor((rtpPortMax - rtpPortMin + 1) / PORTS_PER_CALL);
  if (room < maxCalls) {
    faults.push(
      `RINGPOST_RTP_PORT_MIN to RINGPOST_RTP_PORT_MAX has room for ${room} calls and RINGPOST_MAX_CALLS is ${maxCalls}: widen the one or lower the other.`,
    );
  }
  // An untouched default on a machine with an unusual range is not the operator's contradiction.
  const isChosen = isSet(env, 'RINGPOST_RTP_PORT_MIN') || isSet(env, 'RINGPOST_RTP_PORT_MAX');
  if (isChosen && host.ephemeralPortMin !== null && rtpPortMax >= host.ephemeralPortMin) {
    faults.push(
      `RINGPOST_RTP_PORT_MAX (${rtpPortMax}) reaches into the ephemeral ports of this machine, which begin at ${host.ephemeralPortMin}, and calls would be lost to ports in use: end the range below, or raise net.ipv4.ip_local_port_range.`,
    );
  }
  return faults;
};

/** Ports that the embedded switch binds, by the variable that sets them; 0 takes a free one and collides with nothing. */
const switchPorts: Check = (config) => {
  if (config.engine !== 'embedded') return [];
  const { sipPort, rtpPortMin, rtpPortMax } = config.switch;
  const server = config.mediaServers[0];
  const ports = [
    { name: 'RINGPOST_SIP_PORT', port: sipPort, isSip: true },
    { name: 'FREESWITCH_SIP_ADDRESS', port: server?.sip.port ?? 0, isSip: true },
    { name: 'DRACHTIO_PORT', port: config.drachtio.port, isSip: false },
    { name: 'FREESWITCH_EVENT_SOCKET_PORT', port: server?.eventSocket.port ?? 0, isSip: false },
    { name: 'RINGPOST_HTTP_PORT', port: config.http.port, isSip: false },
  ].filter(({ port }) => port !== 0);
  const faults: string[] = [];
  for (const [index, a] of ports.entries()) {
    const b = ports.slice(index + 1).find(({ port }) => port === a.port);
    if (b !== undefined) faults.push(`${a.name} and ${b.name} are both ${a.port}: give one of them another port.`);
    if (a.isSip && a.port >= rtpPortMin && a.port <= rtpPortMax) {
      faults.push(
        `${a.name} (${a.port}) lies in the range of RINGPOST_RTP_PORT_MIN to RINGPOST_RTP_PORT_MAX: move one of them.`,
      );
    }
  }
  return faults;
};

/** Whoever reaches a control port can place calls at our cost. */
const controlHosts: Check = (config, env) => {
  const hosts = [
    ['DRACHTIO_HOST', config.drachtio.host],
    ...config.mediaServers.map(({ eventSocket }) => [
      isSet(env, 'FREESWITCH_SERVERS') ? 'FREESWITCH_SERVERS' : 'FREESWITCH_EVENT_SOCKET_HOST',
      eventSocket.host,
    ]),
  ] as const;
  return hosts.flatMap(([name, host = '']) => {
    if (config.engine === 'embedded' && !isLoopback(host)) {
      return [
        `${name} is ${shown(host)}, and the embedded switch opens its control ports on loopback only: leave it out, or set RINGPOST_ENGINE=servers.`,
      ];
    }
    if (/^(?:tls|tcp|sips?):/i.test(host)) {
      return [
        `${name} is ${shown(host)}: write the host alone. There is no TLS on this link, since it would come back as plain TCP after a loss: use loopback, a private network or a tunnel.`,
      ];
    }
    if (!mayBePrivate(host) && !config.mayControlBePublic) {
      const { name: risk, words } = ACCEPTED_RISKS.publicControlPorts;
      return [
        `${name} is ${host}, a public address: control ports belong on loopback or in a private network, reach it by one, or accept the risk with ${risk}=${words}.`,
      ];
    }
    return [];
  });
};

const mediaServerList: Check = (config, env) => {
  if (!isSet(env, 'FREESWITCH_SERVERS')) {
    const unbound = config.mediaServers.filter(({ eventSocket, sip }) => eventSocket.port === 0 || sip.port === 0);
    const isUnbound = unbound.length > 0 || config.drachtio.port === 0;
    if (config.engine === 'embedded' || !isUnbound) return [];
    return [
      'DRACHTIO_PORT, FREESWITCH_EVENT_SOCKET_PORT and FREESWITCH_SIP_ADDRESS need a port other than 0 with RINGPOST_ENGINE=servers.',
    ];
  }
  const faults: string[] = [];
  if (config.engine === 'embedded') {
    faults.push(
      'FREESWITCH_SERVERS is set, but the embedded switch is the media server: leave it out, or set RINGPOST_ENGINE=servers.',
    );
  }
  for (const name of ['FREESWITCH_EVENT_SOCKET_HOST', 'FREESWITCH_EVENT_SOCKET_PORT', 'FREESWITCH_SIP_ADDRESS']) {
    if (isSet(env, name))
      faults.push(`${name} and FREESWITCH_SERVERS are both set: keep the list and leave ${name} out.`);
  }
  const names = config.mediaServers.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) faults.push(`FREESWITCH_SERVERS names ${twice} twice: leave one out.`);
  return faults;
};

const isWithin = (inner: string, outer: string): boolean => inner === outer || inner.startsWith(outer + sep);

const folders: Check = ({ files: { databaseFile, promptFolder, recordingFolder } }) => {
  const faults: string[] = [];
  if (isWithin(recordingFolder, promptFolder) || isWithin(promptFolder, recordingFolder)) {
    faults.push(
      'RINGPOST_RECORDING_FOLDER and RINGPOST_PROMPT_FOLDER lie inside each other: keep them apart, or tidying up one would delete the other.',
    );
  }
  for (const [name, folder] of [
    ['RINGPOST_RECORDING_FOLDER', recordingFolder],
    ['RINGPOST_PROMPT_FOLDER', promptFolder],
  ] as const) {
    if (isWithin(databaseFile, folder)) faults.push(`RINGPOST_DATABASE_FILE lies in ${name}: place it outside.`);
    // FreeSWITCH takes these paths apart at such characters.
    if (/[^A-Za-z0-9/._+-]/.test(folder)) {
      faults.push(
        `${name} is ${shown(folder)}: letters, digits and / . _ + - only, FreeSWITCH reads other characters as commands.`,
      );
    }
  }
  return faults;
};

const pingNetworks: Check = ({ pingAllowPrivate }) =>
  pingAllowPrivate.flatMap((cidr) => {
    const range = inspectCidr(cidr);
    if (range === null) return [`RINGPOST_PING_ALLOW_PRIVATE has ${shown(cidr)}: write networks, such as 10.1.0.0/16.`];
    if (range.isPrivate) return [];
    return [
      `RINGPOST_PING_ALLOW_PRIVATE has ${cidr}, which is not one private network: public bidders need no entry here.`,
    ];
  });

const sipSources: Check = ({ engine, switch: { sipSources: networks } }) => {
  if (networks === null) return [];
  if (engine !== 'embedded') {
    return [
      'RINGPOST_SIP_SOURCES is set, but drachtio does not read it: leave it out and put a firewall before drachtio.',
    ];
  }
  const wrong = networks.filter((cidr) => inspectCidr(cidr) === null);
  return wrong.map((cidr) => `RINGPOST_SIP_SOURCES has ${shown(cidr)}: write networks, such as 192.0.2.0/24.`);
};

/** Keys travel in the clear: whoever sees one may change where calls go. */
const httpAddress: Check = ({ http: { address, exposure } }) => {
  if (!isIpAddress(address)) return [`RINGPOST_HTTP_ADDRESS is ${shown(address)}: it takes an IP address, not a name.`];
  if (isLoopback(address) || exposure === 'trusted-network') return [];
  return [
    `RINGPOST_HTTP_ADDRESS is ${address}, where API keys would travel unencrypted: leave it at 127.0.0.1 behind a proxy with TLS, or say RINGPOST_HTTP_EXPOSURE=trusted-network.`,
  ];
};

const speech: Check = ({ speechEngines }, env) => {
  const isRepeated = new Set(speechEngines).size !== speechEngines.length;
  if (isRepeated) return ['RINGPOST_TTS_ENGINES names an engine twice: leave one out.'];
  const isEmpty = speechEngines.length === 0 && !isSet(env, 'RINGPOST_TTS_ENGINES');
  return isEmpty ? ['RINGPOST_TTS_ENGINES names no engine.'] : [];
};

const country: Check = ({ defaultCountry }) =>
  isSupportedCountry(defaultCountry)
    ? []
    : [
        `RINGPOST_DEFAULT_COUNTRY is ${shown(defaultCountry)}, which is no country with a numbering plan: write its ISO 3166 code.`,
      ];

const callTimes: Check = ({ calls: { holdGraceMs, drainMs } }, env) => {
  // A drain of 0 ends calls at once and is meant; a handful of milliseconds is a slip of the unit.
  const short = [
    ['RINGPOST_DRAIN_MS', drainMs],
    ['RINGPOST_HOLD_GRACE_MS', holdGraceMs],
  ] as const;
  return short
    .filter(([name, value]) => isSet(env, name) && value > 0 && value < 500)
    .map(([name, value]) => `${name} is ${value}: the unit is milliseconds; write 0 or 500 and more.`);
};

const CHECKS: readonly Check[] = [
  ...[switchAddresses, rtpRange, switchPorts, controlHosts, mediaServerList],
  ...[folders, pingNetworks, sipSources, httpAddress, speech, country, callTimes],
];

/** All of them, in a fixed order. */
export function findContradictions(config: Config, env: Environment, host: HostFacts): string[] {
  return CHECKS.flatMap((check) => check(config, env, host));
}
