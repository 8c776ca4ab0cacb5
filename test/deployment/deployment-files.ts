/** What docker/, systemd/, drachtio-conf/ and freeswitch-conf/ of one folder say, read side by side for deployment-agreement.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/config.js';
import type { Config } from '../../src/config/config-shape.js';
import {
  descendants,
  parseXml,
  readConfiguration,
  type XmlNode,
} from '../../src/embedded/freeswitch/configuration-xml.js';
import { type ComposeFile, type ComposeVariable, readCompose, readEnvFile, variablesOf } from './compose-file.js';
import { UnitFile } from './unit-file.js';

/** As an operator fills in what may not be empty. */
export const FILLED_IN = {
  DRACHTIO_SECRET: 'drachtio-secret-of-the-test',
  FREESWITCH_EVENT_SOCKET_PASSWORD: 'event-socket-password-of-the-test',
  LOCAL_ADDRESS: '10.0.0.2',
  PUBLIC_ADDRESS: '203.0.113.7',
};

const HOST = { workingFolder: '/', ephemeralPortMin: 32_768 };

export interface DeploymentFiles {
  readonly folder: string;
  readonly text: (path: string) => string;
  readonly compose: ComposeFile;
  readonly variables: readonly ComposeVariable[];
  readonly envExample: Readonly<Record<string, string>>;
  readonly units: { readonly app: UnitFile; readonly drachtio: UnitFile; readonly freeswitch: UnitFile };
  readonly drachtioConf: XmlNode;
  /** With nothing in the environment, and with what Compose gives. */
  readonly freeswitch: { readonly byItself: FreeswitchConf; readonly inCompose: FreeswitchConf };
  /** Of the app: defaults of src/config with servers, and what Compose and systemd give. */
  readonly app: { readonly byDefault: Config; readonly inCompose: Config; readonly inSystemd: Config };
}

export interface FreeswitchConf {
  readonly globals: ReadonlyMap<string, string>;
  readonly tree: XmlNode;
  /** `event_socket.conf` and its like. */
  section(name: string): XmlNode;
}

async function readFreeswitch(folder: string, environment: Readonly<Record<string, string>>): Promise<FreeswitchConf> {
  const globals = new Map([['core_uuid', 'one-that-nobody-can-guess']]);
  const tree = await readConfiguration(folder, { globals, fixed: new Set(), environment });
  const section = (name: string): XmlNode => {
    const found = descendants(tree, 'configuration').find((node) => node.attributes.get('name') === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return { globals, tree, section };
}

/** Rejects when a file cannot be read at all, or when the app would refuse its environment. */
export async function readDeployment(folder: string): Promise<DeploymentFiles> {
  const text = (path: string): string => readFileSync(join(folder, path), 'utf8');
  const secrets = {
    DRACHTIO_SECRET: FILLED_IN.DRACHTIO_SECRET,
    FREESWITCH_EVENT_SOCKET_PASSWORD: FILLED_IN.FREESWITCH_EVENT_SOCKET_PASSWORD,
  };
  const compose = readCompose(join(folder, 'docker/compose.yaml'), FILLED_IN);
  const unit = (name: string): UnitFile => new UnitFile(join(folder, 'systemd', name));
  const units = {
    app: unit('ringpost.service'),
    drachtio: unit('ringpost-drachtio.service'),
    freeswitch: unit('ringpost-freeswitch.service'),
  };
  const conf = join(folder, 'freeswitch-conf');
  const appInCompose = compose.services.app?.environment ?? {};
  return {
    folder,
    text,
    compose,
    variables: variablesOf(text('docker/compose.yaml')),
    envExample: readEnvFile(join(folder, 'docker/.env.example')),
    units,
    drachtioConf: parseXml(text('drachtio-conf/drachtio.conf.xml')),
    freeswitch: {
      byItself: await readFreeswitch(conf, {}),
      inCompose: await readFreeswitch(conf, compose.services.freeswitch?.environment ?? {}),
    },
    app: {
      byDefault: loadConfig({ RINGPOST_ENGINE: 'servers', ...secrets }, HOST).config,
      inCompose: loadConfig(appInCompose, HOST).config,
      inSystemd: loadConfig({ ...secrets, ...units.app.environment, NODE_ENV: '' }, HOST).config,
    },
  };
}
