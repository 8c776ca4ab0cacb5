/**
 * Whether secrets come from the environment alone, under names that both sides read, and whether every variable of docker/ and systemd/
 * is one that somebody reads. Each check answers a sentence for each fault; deployment.test.ts proves that each kind is seen.
 */
import { VARIABLE_NAMES } from '../../src/config/env.js';
import { SECRET_VARIABLES } from '../../src/config/secrets.js';
import { descendants, parameters } from '../../src/embedded/freeswitch/configuration-xml.js';
import { readEnvFile } from './compose-file.js';
import type { Check } from './deployment-agreement.js';
import { type DeploymentFiles, FILLED_IN } from './deployment-files.js';

const FILES = [
  'docker/compose.yaml',
  'docker/Dockerfile',
  'docker/.env.example',
  'systemd/ringpost.service',
  'systemd/ringpost-drachtio.service',
  'systemd/ringpost-freeswitch.service',
  'systemd/app.env.example',
  'systemd/drachtio.env.example',
  'systemd/freeswitch.env.example',
  'drachtio-conf/drachtio.conf.xml',
  'freeswitch-conf/freeswitch.xml',
  'freeswitch-conf/autoload_configs/event_socket.conf.xml',
] as const;

/** What drachtio 0.9.10 reads (its controller.cpp), as far as it is used here. */
const DRACHTIO_READS = ['DRACHTIO_SECRET', 'DRACHTIO_ADMIN_ADDRESS', 'DRACHTIO_ADMIN_TCP_PORT', 'DRACHTIO_LOGLEVEL'];

const publicSecrets: Check = ({ text }) =>
  FILES.flatMap((path) =>
    Object.values(SECRET_VARIABLES).flatMap(({ publicDefault }) =>
      text(path).includes(publicDefault) ? [`${path} holds ${publicDefault}`] : [],
    ),
  );

/** The value that each server ends up with is the one that the app ends up with. */
const sameSecrets: Check = ({ compose, freeswitch }) => {
  const { app, drachtio } = compose.services;
  const { DRACHTIO_SECRET: signalling, FREESWITCH_EVENT_SOCKET_PASSWORD: media } = FILLED_IN;
  const password = parameters(freeswitch.inCompose.section('event_socket.conf')).get('password');
  const given = {
    'the app has the secret of drachtio': app?.environment?.[SECRET_VARIABLES.drachtio.name] === signalling,
    'drachtio has its secret': drachtio?.environment?.DRACHTIO_SECRET === signalling,
    'the app has the password of the event socket': app?.environment?.[SECRET_VARIABLES.eventSocket.name] === media,
    'FreeSWITCH has its password': password === media,
  };
  return Object.entries(given).flatMap(([sentence, isSo]) => (isSo ? [] : [`not so: ${sentence}`]));
};

/** Without an environment nobody can know the password of FreeSWITCH, nor send that of drachtio. */
const noSecretsInFiles: Check = ({ freeswitch, drachtioConf }) => {
  const password = parameters(freeswitch.byItself.section('event_socket.conf')).get('password') ?? '';
  const secret = descendants(drachtioConf, 'admin')[0]?.attributes.get('secret') ?? '';
  return [
    ...(password === freeswitch.byItself.globals.get('core_uuid')
      ? []
      : ['event_socket.conf has a password of its own']),
    ...(secret.includes('|') ? [] : ['drachtio.conf.xml has a secret that could be sent']),
  ];
};

/** Compose must refuse to start without a secret or an address, and say what to do. */
const required: Check = ({ variables, envExample, text }) => [
  ...variables.flatMap(({ name, kind, text: sentence }) => {
    const isNeeded = Object.keys(FILLED_IN).includes(name);
    if (!isNeeded) return kind === 'defaulted' ? [] : [`${name} has no default`];
    return kind === 'required' && sentence.split(' ').length > 3 ? [] : [`${name} is not asked for with a sentence`];
  }),
  ...Object.keys(FILLED_IN).flatMap((name) =>
    envExample[name] === '' ? [] : [`${name} is not empty in .env.example`],
  ),
  ...variables.flatMap(({ name }) => {
    return offered(text('docker/.env.example')).includes(name) ? [] : [`${name} is not in .env.example`];
  }),
];

/** Commented-out names count as said. */
const offered = (text: string): readonly string[] =>
  [...text.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map((match) => match[1] ?? '');

function readNames(files: DeploymentFiles): Readonly<Record<string, ReadonlySet<string>>> {
  const ofFreeswitch = [...files.text('freeswitch-conf/freeswitch.xml').matchAll(/cmd="env-set" data="\w+=\$(\w+)"/g)];
  return {
    app: new Set([...VARIABLE_NAMES, ...Object.values(SECRET_VARIABLES).map(({ name }) => name), 'NODE_ENV']),
    drachtio: new Set(DRACHTIO_READS),
    freeswitch: new Set(ofFreeswitch.map((match) => match[1] ?? '')),
  };
}

const unreadNames: Check = (files) => {
  const reads = readNames(files);
  const units: Readonly<Record<string, Readonly<Record<string, string>>>> = Object.fromEntries(
    Object.entries(files.units).map(([name, unit]) => [name, unit.environment]),
  );
  return Object.entries(reads).flatMap(([service, names]) => {
    const example = offered(files.text(`systemd/${service}.env.example`)).filter((name) => !name.endsWith('_ADDRESS'));
    const given = [
      ...Object.keys(files.compose.services[service]?.environment ?? {}),
      ...Object.keys(units[service] ?? {}),
      ...example,
    ];
    return given.filter((name) => !names.has(name)).map((name) => `${service} does not read ${name}`);
  });
};

const documentedNames: Check = (files) => {
  const readme = files.text('freeswitch-conf/README.md');
  const said = new Set(
    [...readme.matchAll(/^\| (`RINGPOST_FS_.*?) \|/gm)].flatMap(([, cell = '']) => {
      const names = [...cell.matchAll(/`([A-Z_]+)`/g)].map((match) => match[1] ?? '');
      const stem = (names[0] ?? '').replace(/_[A-Z]+$/, '');
      return names.map((name) => (name.startsWith('_') ? `${stem}${name}` : name));
    }),
  );
  return [...(readNames(files).freeswitch ?? [])]
    .filter((name) => !said.has(name))
    .map((name) => `${name} is not in freeswitch-conf/README.md`);
};

/** systemd reads these files, and starts nothing while one is missing or empty. */
const unitSecrets: Check = ({ folder, units }) => {
  const wanted = {
    app: 'DRACHTIO_SECRET',
    drachtio: 'DRACHTIO_SECRET',
    freeswitch: 'RINGPOST_FS_EVENT_SOCKET_PASSWORD',
  } as const;
  return (['app', 'drachtio', 'freeswitch'] as const).flatMap((service) => {
    const unit = units[service];
    const faults: string[] = [];
    if (unit.one('EnvironmentFile') !== `/etc/ringpost/${service}.env`)
      faults.push(`the unit of ${service} does not need its env file`);
    if (readEnvFile(`${folder}/systemd/${service}.env.example`)[wanted[service]] !== '')
      faults.push(`${service}.env.example lacks an empty ${wanted[service]}`);
    if (service !== 'app' && !unit.one('ExecStartPre').includes(`\${${wanted[service]}}`))
      faults.push(`the unit of ${service} starts without ${wanted[service]}`);
    return faults;
  });
};

/** The command line under systemd sees what the service sees. */
const commandEnvironment: Check = ({ text, units }) => {
  const script = text('systemd/ringpost');
  const set = Object.fromEntries(
    [...script.matchAll(/^(RINGPOST_\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  const { NODE_ENV: _node, ...wanted } = units.app.environment;
  const names = new Set([...Object.keys(set), ...Object.keys(wanted)]);
  const group = units.app.one('Group');
  return [
    ...[...names].flatMap((name) => (set[name] === wanted[name] ? [] : [`systemd/ringpost has another ${name}`])),
    ...(script.includes(`--regid ${group} `) ? [] : [`systemd/ringpost is not of the group ${group}`]),
  ];
};

export const SECRET_AGREEMENTS: readonly Check[] = [
  publicSecrets,
  sameSecrets,
  noSecretsInFiles,
  required,
  unreadNames,
  documentedNames,
  unitSecrets,
  commandEnvironment,
];
