/**
 * Whether a real drachtio and a real FreeSWITCH are as the end-to-end sentences need them, asked before the first call: secrets, profile,
 * modules, a folder that both sides see, no other app that would get our calls, no calls of others. Most of it is asked by the checks of
 * `ringpost doctor`. Answers with the servers' names and the environment for the test files, or with one sentence for each fault.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { authenticate } from '../../src/cli/doctor/control-port.js';
import { DoctorContext } from '../../src/cli/doctor/doctor-context.js';
import { EventSocketRefusedError, EventSocketSession } from '../../src/cli/doctor/event-socket-session.js';
import { PROFILE } from '../../src/cli/doctor/media-server-questions.js';
import { OPERATOR_PATIENCE } from '../../src/cli/doctor/patience.js';
import { runChecks } from '../../src/cli/doctor/run-checks.js';
import { loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { formatHostAndPort, type HostAndPort, parseHostAndPort } from '../../src/config/network-address.js';
import { askOptions } from './ask-options.js';

export interface ServersPlan {
  /** `host:port` of the control port and of the event socket. */
  readonly drachtio: string;
  readonly freeswitch: string;
  /** `host:port`; null: the server is asked. */
  readonly drachtioSip: string | null;
  readonly freeswitchSip: string | null;
  /** Parent of the folders that the sentences make for prompts and recordings. */
  readonly shared: string;
  /** Has the secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface EnginesUnderTest {
  readonly isReal: boolean;
  /** Lines that say what is tested, with versions. */
  readonly names: readonly string[];
  /** For the test files: see test/e2e/switch-under-test.ts. */
  readonly environment: Readonly<Record<string, string>>;
}

export type Examined =
  | { readonly kind: 'refused'; readonly sentences: readonly string[] }
  | { readonly kind: 'ready'; readonly engines: EnginesUnderTest };

/** What of the doctor's list must be in order; the rest is the operator's affair. */
const NEEDED = [
  ...['drachtio', 'event-socket', 'profile', 'profile-settings', 'codecs', 'dialplan', 'modules'],
  ...['profile-call', 'prompt-folder', 'recording-folder'],
];
const SECRETS = [
  ...['DRACHTIO_SECRET', 'DRACHTIO_SECRET_FILE'],
  ...['FREESWITCH_EVENT_SOCKET_PASSWORD', 'FREESWITCH_EVENT_SOCKET_PASSWORD_FILE', 'RINGPOST_ALLOW_DEFAULT_SECRETS'],
];

class Refusal extends Error {
  readonly sentences: readonly string[];

  constructor(...sentences: readonly string[]) {
    super(sentences.join(' '));
    this.sentences = sentences;
  }
}

function address(option: string, text: string): HostAndPort {
  const parsed = parseHostAndPort(text);
  if (parsed === null) throw new Refusal(`${option} is "${text}": it must be host:port.`);
  return parsed;
}

/** Settings as an operator's environment would have them; throws what the start would refuse. */
function load(plan: ServersPlan, folder: string, freeswitchSip: string) {
  const drachtio = address('--drachtio', plan.drachtio);
  const eventSocket = address('--freeswitch', plan.freeswitch);
  const secrets = Object.fromEntries(SECRETS.map((name) => [name, plan.env[name]]));
  try {
    return loadConfig({
      ...secrets,
      RINGPOST_ENGINE: 'servers',
      RINGPOST_DATA_FOLDER: folder,
      DRACHTIO_HOST: drachtio.host,
      DRACHTIO_PORT: String(drachtio.port),
      FREESWITCH_EVENT_SOCKET_HOST: eventSocket.host,
      FREESWITCH_EVENT_SOCKET_PORT: String(eventSocket.port),
      FREESWITCH_SIP_ADDRESS: freeswitchSip,
    });
  } catch (error) {
    if (error instanceof ConfigError) throw new Refusal(...error.faults);
    throw error;
  }
}

type Loaded = ReturnType<typeof load>;

/** Where callers reach drachtio over UDP, and its version. */
async function askDrachtio(
  plan: ServersPlan,
  { config, secrets }: Loaded,
): Promise<{ sip: HostAndPort; version: string }> {
  const answer = await authenticate(config.drachtio, secrets.drachtio.reveal());
  const at = formatHostAndPort(config.drachtio);
  if (answer.kind === 'unreachable') throw new Refusal(`drachtio at ${at} cannot be reached: ${answer.detail}.`);
  if (answer.kind === 'refused') throw new Refusal(`drachtio at ${at} refuses the secret in DRACHTIO_SECRET.`);
  const own = answer.sipAddresses.find((one) => one.startsWith('udp/'))?.slice('udp/'.length);
  const text = plan.drachtioSip ?? own ?? '';
  return { sip: address('--drachtio-sip', text), version: answer.version ?? 'of unknown version' };
}

interface FreeSwitchFacts {
  readonly sip: string;
  readonly version: string;
}

async function askFreeSwitch(plan: ServersPlan, { secrets }: Loaded): Promise<FreeSwitchFacts> {
  const { host, port } = address('--freeswitch', plan.freeswitch);
  let session: EventSocketSession;
  try {
    session = await EventSocketSession.open(host, port, secrets.eventSocket.reveal());
  } catch (error) {
    if (!(error instanceof EventSocketRefusedError)) throw error;
    throw new Refusal(`FreeSWITCH at ${plan.freeswitch} cannot be used: ${error.message}.`);
  }
  try {
    const row = new RegExp(`^\\s*${PROFILE}\\s+profile\\s+sip:mod_sofia@(\\S+)\\s`, 'm').exec(
      await session.api('sofia status'),
    );
    if (row === null)
      throw new Refusal(
        `FreeSWITCH at ${plan.freeswitch} has no SIP profile ${PROFILE}: start it with freeswitch-conf/.`,
      );
    const channels = Number(/(\d+) total/.exec(await session.api('show channels count'))?.[1]);
    if (channels !== 0)
      throw new Refusal(`FreeSWITCH has ${channels} channels up: the sentences count channels, so it must have none.`);
    const version = (await session.api('version')).trim().split('\n', 1)[0] ?? '';
    return { sip: plan.freeswitchSip ?? row[1] ?? '', version };
  } finally {
    session.close();
  }
}

/** The far ends of the sentences are on the loopback, so the servers must be on this machine. */
function assertIsHere(what: string, { host }: HostAndPort): void {
  const own = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map((entry) => entry.address));
  if (host === 'localhost' || own.includes(host) || host.startsWith('127.')) return;
  throw new Refusal(
    `${what} is at ${host}, which is no address of this machine: callers and buyers of the sentences are on 127.0.0.1.`,
  );
}

/** drachtio shares new calls among all apps that are connected, so ours must be the only one: with none, it answers OPTIONS 503. */
async function assertNobodyElse(sip: HostAndPort): Promise<void> {
  const status = await askOptions(sip);
  if (status === 503) return;
  const seen = status === null ? 'not at all' : `with ${status}`;
  throw new Refusal(
    `drachtio answers OPTIONS at ${formatHostAndPort(sip)} ${seen}, and not with the 503 of one without an app: stop the app that is connected, since it would get some of the calls.`,
  );
}

async function runNeededChecks({ config, secrets }: Loaded): Promise<void> {
  mkdirSync(config.files.promptFolder, { recursive: true });
  mkdirSync(config.files.recordingFolder, { recursive: true });
  await using context = new DoctorContext(config, secrets, OPERATOR_PATIENCE);
  const findings = await runChecks(context, () => undefined);
  const faults = findings.filter(({ name, state }) => NEEDED.includes(name) && state === 'fault');
  const sentences = faults.map(
    ({ name, found, advice }) => `${name}: ${found}${advice === null ? '' : ` -> ${advice}`}`,
  );
  if (sentences.length > 0) throw new Refusal(...sentences);
}

async function examine(plan: ServersPlan, folder: string): Promise<EnginesUnderTest> {
  const loaded = load(plan, folder, plan.freeswitchSip ?? '127.0.0.1:5080');
  const drachtio = await askDrachtio(plan, loaded);
  const freeswitch = await askFreeSwitch(plan, loaded);
  assertIsHere('drachtio', drachtio.sip);
  assertIsHere('FreeSWITCH', address('--freeswitch-sip', freeswitch.sip));
  await assertNobodyElse(drachtio.sip);
  await runNeededChecks(load(plan, folder, freeswitch.sip));
  return {
    isReal: true,
    names: [
      `engine: drachtio ${drachtio.version} at ${plan.drachtio}, SIP at ${formatHostAndPort(drachtio.sip)}`,
      `engine: ${freeswitch.version} at ${plan.freeswitch}, SIP at ${freeswitch.sip}`,
      `prompts and recordings below ${plan.shared}`,
    ],
    environment: {
      E2E_DRACHTIO: plan.drachtio,
      E2E_DRACHTIO_SIP: formatHostAndPort(drachtio.sip),
      E2E_DRACHTIO_SECRET: loaded.secrets.drachtio.reveal(),
      E2E_EVENT_SOCKET: plan.freeswitch,
      E2E_EVENT_SOCKET_PASSWORD: loaded.secrets.eventSocket.reveal(),
      E2E_FREESWITCH_SIP: freeswitch.sip,
      E2E_SHARED_FOLDER: plan.shared,
    },
  };
}

export async function examineServers(plan: ServersPlan): Promise<Examined> {
  let folder: string | null = null;
  try {
    folder = mkdtempSync(join(plan.shared, 'ringpost-engines-'));
    return { kind: 'ready', engines: await examine(plan, folder) };
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', sentences: error.sentences };
    if (folder !== null) throw error;
    return { kind: 'refused', sentences: [`nothing can be written below ${plan.shared}: ${String(error)}`] };
  } finally {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  }
}
