/**
 * Whether docker/, systemd/, drachtio-conf/, freeswitch-conf/ and src/config say the same of ports, paths, profile, secrets and limits.
 * Each check answers a sentence for each disagreement; deployment.test.ts proves that each kind is seen.
 */
import { dirname } from 'node:path';
import { PROFILE } from '../../src/cli/doctor/media-server-questions.js';
import { inspectCidr, isLoopback, mayBePrivate } from '../../src/config/network-address.js';
import { descendants, parameters } from '../../src/embedded/freeswitch/configuration-xml.js';
import type { DeploymentFiles, FreeswitchConf } from './deployment-files.js';
import { millisecondsOf } from './unit-file.js';

export type Check = (files: DeploymentFiles) => readonly string[];

/** Two legs of a call, each with a port for RTP and one for RTCP. */
const PORTS_PER_CALL = 4;
const LEGS_PER_CALL = 2;
/** First port that Linux hands out by itself. */
const EPHEMERAL_PORT = 32_768;
/** What may pass between the end of the drain and the end of the process: calls are ended, billed, files closed. */
const CLOSING_MS = 10_000;

function differing(what: string, values: Readonly<Record<string, unknown>>): readonly string[] {
  const distinct = new Set(Object.values(values).map(String));
  if (distinct.size === 1) return [];
  return [
    `${what}: ${Object.entries(values)
      .map(([where, value]) => `${where} says ${String(value)}`)
      .join(', ')}`,
  ];
}

const environmentOf = ({ compose }: DeploymentFiles, service: string): Readonly<Record<string, string>> =>
  compose.services[service]?.environment ?? {};

const healthOf = ({ compose }: DeploymentFiles, service: string): string =>
  (compose.services[service]?.healthcheck?.test ?? []).join(' ');

const drachtioPort: Check = (files) => {
  const admin = descendants(files.drachtioConf, 'admin')[0];
  const environment = environmentOf(files, 'drachtio');
  return differing('the control port of drachtio', {
    'src/config': files.app.byDefault.drachtio.port,
    'drachtio.conf.xml': admin?.attributes.get('port'),
    'the app in compose.yaml': files.app.inCompose.drachtio.port,
    'drachtio in compose.yaml': environment.DRACHTIO_ADMIN_TCP_PORT,
    'its health check': /\/dev\/tcp\/127\.0\.0\.1\/(\d+)/.exec(healthOf(files, 'drachtio'))?.[1],
    'the app in systemd': files.app.inSystemd.drachtio.port,
    'drachtio in systemd': files.units.drachtio.environment.DRACHTIO_ADMIN_TCP_PORT,
  });
};

const eventSocketPort: Check = (files) => {
  const portOf = (conf: FreeswitchConf): unknown => parameters(conf.section('event_socket.conf')).get('listen-port');
  return differing('the event socket', {
    'src/config': files.app.byDefault.mediaServers[0]?.eventSocket.port,
    'freeswitch-conf': portOf(files.freeswitch.byItself),
    'the app in compose.yaml': files.app.inCompose.mediaServers[0]?.eventSocket.port,
    'FreeSWITCH in compose.yaml': portOf(files.freeswitch.inCompose),
    'its health check': /127\.0\.0\.1 (\d+)/.exec(healthOf(files, 'freeswitch'))?.[1],
    'the app in systemd': files.app.inSystemd.mediaServers[0]?.eventSocket.port,
  });
};

const profileOf = (conf: FreeswitchConf): ReadonlyMap<string, string> => parameters(conf.section('sofia.conf'));

const sipPort: Check = (files) =>
  differing('the SIP profile of FreeSWITCH', {
    'src/config': files.app.byDefault.mediaServers[0]?.sip.port,
    'freeswitch-conf': profileOf(files.freeswitch.byItself).get('sip-port'),
    'the app in compose.yaml': files.app.inCompose.mediaServers[0]?.sip.port,
    'FreeSWITCH in compose.yaml': profileOf(files.freeswitch.inCompose).get('sip-port'),
  });

const profile: Check = ({ freeswitch }) => {
  const section = freeswitch.byItself.section('sofia.conf');
  const names = descendants(section, 'profile').map((node) => node.attributes.get('name'));
  const context = profileOf(freeswitch.byItself).get('context');
  const contexts = descendants(freeswitch.byItself.tree, 'context').map((node) => node.attributes.get('name'));
  return [
    ...differing('the name of the SIP profile', { 'the app': PROFILE, 'sofia.conf': names.join(' ') }),
    ...differing('the context of the dialplan', { 'sofia.conf': context, dialplan: contexts.join(' ') }),
  ];
};

const rtpPorts: Check = ({ freeswitch, app }) =>
  Object.entries(freeswitch).flatMap(([where, conf]) => {
    const values = parameters(conf.section('switch.conf'));
    const [first, last] = [Number(values.get('rtp-start-port')), Number(values.get('rtp-end-port'))];
    const faults: string[] = [];
    if (!(first >= 1_024 && last < EPHEMERAL_PORT))
      faults.push(`RTP ports ${where}: ${first} to ${last} reach into other ports`);
    const room = Math.floor((last - first + 1) / PORTS_PER_CALL);
    if (!(room >= app.inCompose.calls.maxCalls)) faults.push(`RTP ports ${where}: room for ${room} calls`);
    return faults;
  });

const limits: Check = ({ freeswitch, app }) => {
  const values = parameters(freeswitch.inCompose.section('switch.conf'));
  const sessions = Number(values.get('max-sessions'));
  const perSecond = Number(values.get('sessions-per-second'));
  const needed = app.inCompose.calls.maxCalls * LEGS_PER_CALL;
  return [
    ...(sessions >= needed ? [] : [`max-sessions is ${sessions} and the app takes ${needed} legs`]),
    ...(perSecond >= 100 ? [] : [`sessions-per-second is ${perSecond}`]),
  ];
};

const controlAddresses: Check = (files) => {
  const { freeswitch, drachtioConf, app, units } = files;
  const places = {
    'drachtio.conf.xml': descendants(drachtioConf, 'admin')[0]?.text ?? '',
    'drachtio in compose.yaml': environmentOf(files, 'drachtio').DRACHTIO_ADMIN_ADDRESS ?? '',
    'drachtio in systemd': units.drachtio.environment.DRACHTIO_ADMIN_ADDRESS ?? '',
    'the event socket of freeswitch-conf':
      parameters(freeswitch.byItself.section('event_socket.conf')).get('listen-ip') ?? '',
    'the event socket in compose.yaml':
      parameters(freeswitch.inCompose.section('event_socket.conf')).get('listen-ip') ?? '',
    'the SIP profile of freeswitch-conf': profileOf(freeswitch.byItself).get('sip-ip') ?? '',
    'the SIP profile in compose.yaml': profileOf(freeswitch.inCompose).get('sip-ip') ?? '',
    'the API in compose.yaml': app.inCompose.http.address,
  };
  const isOurs = (address: string): boolean =>
    /^[\d.]+$|:/.test(address) && (isLoopback(address) || mayBePrivate(address));
  const acl = [freeswitch.byItself, freeswitch.inCompose].map((conf) =>
    descendants(conf.section('acl.conf'), 'node').map((node) => node.attributes.get('cidr') ?? ''),
  );
  return [
    ...Object.entries(places).flatMap(([where, address]) =>
      isOurs(address) ? [] : [`${where} listens on "${address}"`],
    ),
    ...acl.flat().flatMap((cidr) => (inspectCidr(cidr)?.isPrivate === true ? [] : [`acl.conf lets in ${cidr}`])),
  ];
};

const folders: Check = (files) => {
  const mounted = (service: string): ReadonlyMap<string, string> =>
    new Map(
      (files.compose.services[service]?.volumes ?? []).map((volume) => {
        const [source = '', target = '', mode = ''] = volume.split(':');
        return [source, `${target}${mode === '' ? '' : ` (${mode})`}`];
      }),
    );
  const [app, freeswitch, drachtio] = ['app', 'freeswitch', 'drachtio'].map(mounted);
  const { promptFolder, recordingFolder } = files.app.inCompose.files;
  const unit = files.units.freeswitch;
  const confOf = (command: string): string => /(?:-conf|--file) (\S+)/.exec(command)?.[1] ?? '';
  const commandOf = (service: string): string => (files.compose.services[service]?.command ?? []).join(' ');
  return [
    ...differing('the prompts', {
      RINGPOST_PROMPT_FOLDER: `${promptFolder} (ro)`,
      'the volume of the app': `${app?.get('prompts')} (ro)`,
      'the volume of FreeSWITCH': freeswitch?.get('prompts'),
      'the app in systemd': `${files.app.inSystemd.files.promptFolder} (ro)`,
      'FreeSWITCH in systemd': `${unit.one('BindReadOnlyPaths')} (ro)`,
    }),
    ...differing('the recordings', {
      RINGPOST_RECORDING_FOLDER: recordingFolder,
      'the volume of the app': app?.get('recordings'),
      'the volume of FreeSWITCH': freeswitch?.get('recordings'),
      RINGPOST_FS_RECORDINGS_DIR: files.freeswitch.inCompose.globals.get('ringpost_recordings_dir'),
      'the app in systemd': files.app.inSystemd.files.recordingFolder,
      'FreeSWITCH in systemd': unit.one('BindPaths'),
      'RINGPOST_FS_RECORDINGS_DIR in systemd': unit.environment.RINGPOST_FS_RECORDINGS_DIR,
    }),
    ...differing('the configuration of FreeSWITCH', {
      'its volume': freeswitch?.get('../freeswitch-conf'),
      'its command': `${confOf(commandOf('freeswitch'))} (ro)`,
    }),
    ...differing('the configuration of drachtio', {
      'its volume': drachtio?.get('../drachtio-conf'),
      'its command': `${dirname(confOf(commandOf('drachtio')))} (ro)`,
    }),
  ];
};

const owners: Check = (files) => {
  const userOf = (service: string): string => files.compose.services[service]?.user ?? '';
  const groupOf = (service: string): string => userOf(service).split(':')[1] ?? '';
  const given = [...(files.compose.services.folders?.command ?? []).join('\n').matchAll(/-o (\d+) -g (\d+)/g)];
  const image = /^USER (\S+)$/m.exec(files.text('docker/Dockerfile'))?.[1];
  const owner = new Set(given.map(([, user, group]) => `${user}:${group}`));
  return [
    ...differing('the user of the app', {
      'compose.yaml': userOf('app'),
      Dockerfile: image,
      folders: [...owner].join(' '),
    }),
    ...differing('the group of the folders', { app: groupOf('app'), FreeSWITCH: groupOf('freeswitch') }),
    ...differing('the group in systemd', {
      app: files.units.app.one('Group'),
      FreeSWITCH: files.units.freeswitch.one('Group'),
      tmpfiles: /^d \S+recordings \d+ \S+ (\S+)/m.exec(files.text('systemd/ringpost.tmpfiles.conf'))?.[1],
    }),
    ...['app', 'drachtio', 'freeswitch'].flatMap((service) =>
      /^[1-9]\d*:[1-9]\d*$/.test(userOf(service)) ? [] : [`${service} runs as "${userOf(service)}"`],
    ),
  ];
};

const patience: Check = ({ compose, units, app }) => {
  const places = [
    ['stop_grace_period', compose.services.app?.stop_grace_period ?? '', app.inCompose.calls.drainMs],
    ['TimeoutStopSec', units.app.one('TimeoutStopSec'), app.inSystemd.calls.drainMs],
  ] as const;
  return places.flatMap(([name, text, drainMs]) =>
    millisecondsOf(text) >= drainMs + CLOSING_MS ? [] : [`${name} is "${text}" and calls may drain for ${drainMs} ms`],
  );
};

const killing: Check = ({ units }) =>
  // The embedded switch and encoders are children: a signal to the whole group would end what the drain waits for.
  units.app.one('KillMode') === 'mixed' ? [] : [`KillMode of the app is "${units.app.one('KillMode')}"`];

export const AGREEMENTS: readonly Check[] = [
  drachtioPort,
  eventSocketPort,
  sipPort,
  profile,
  rtpPorts,
  limits,
  controlAddresses,
  folders,
  owners,
  patience,
  killing,
];
