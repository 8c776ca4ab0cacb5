/**
 * `ringpost demo`: the embedded switch in a process of its own, the control app in this one, bidders and buyers that we
 * play ourselves, and one real call through it all, step by step on the terminal.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { BUILT_IN_PROMPTS } from '../../adapters/speech/built-in-sounds.js';
import { CallScope } from '../../application/calls/call-scope.js';
import { applyConfiguration } from '../../application/configuration/apply-configuration.js';
import type { CallDetails } from '../../application/ports/call-repository.js';
import { loadConfig } from '../../config/config.js';
import { formatHostAndPort, type HostAndPort } from '../../config/network-address.js';
import { SCOPES } from '../../domain/campaigns/api-key.js';
import { TonePhoneMedia } from '../../embedded/media/tone-phone-media.js';
import { type PhoneManner, TonePhone } from '../../embedded/phone/tone-phone.js';
import { type ControlApp, startControlApp } from '../../main.js';
import { makeKey } from '../run-key.js';
import { besideSwitch, controlAppSettings } from '../settings.js';
import { createStepPrinter } from '../step-printer.js';
import { type SwitchReady, startSwitchChild } from '../switch-child.js';
import { startDemoBidder } from './demo-bidders.js';
import { missingFrom } from './demo-check.js';
import { DEMO_DID, demoConfiguration } from './demo-configuration.js';

const CALLER_HZ = 440;
const BUYER_HZ = 1_000;
const TALK_MS = 4_000;
const LONGEST_CALL_MS = 60_000;

export interface DemoOptions {
  readonly isOnce: boolean;
  /** Where database, prompts and recordings go; a fresh temporary folder when null. */
  readonly dataFolder: string | null;
  /** SIP port of the embedded switch; 0 takes a free one. */
  readonly sipPort: number;
  /** Where a real drachtio takes SIP: then it and FreeSWITCH are those of the environment, and no switch is started. */
  readonly serversSip: HostAndPort | null;
  readonly print: (line: string) => void;
  /** Fires when the user wants to stop. */
  readonly stop: Promise<unknown>;
}

async function dataFolderOf(options: DemoOptions, demo: CallScope): Promise<string> {
  if (options.dataFolder !== null) return options.dataFolder;
  const folder = await mkdtemp(join(tmpdir(), 'ringpost-demo-'));
  // A single run leaves nothing behind; a demonstration that stays up keeps its recordings for the user to hear.
  if (options.isOnce) demo.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

type Environment = Readonly<Record<string, string>>;

/** What the demonstration needs whatever the operator's environment says: its own files, and bidders on loopback. */
function commonEnvironment(dataFolder: string): Environment {
  return {
    ...{ RINGPOST_DATA_FOLDER: dataFolder, RINGPOST_PING_ALLOW_PRIVATE: '127.0.0.0/8' },
    ...{ RINGPOST_DRAIN_MS: '1000', RINGPOST_HTTP_ADDRESS: '127.0.0.1', RINGPOST_HTTP_PORT: '0' },
  };
}

interface Engine {
  readonly sip: HostAndPort;
  readonly environment: Environment;
  /** The switch that was started for it; null for servers that run already. */
  readonly ready: SwitchReady | null;
}

async function startEmbedded(options: DemoOptions, demo: CallScope, dataFolder: string): Promise<Engine> {
  const environment = {
    ...commonEnvironment(dataFolder),
    RINGPOST_ENGINE: 'embedded',
    RINGPOST_SIP_ADDRESS: '127.0.0.1',
    DRACHTIO_SECRET: randomBytes(18).toString('base64url'),
    FREESWITCH_EVENT_SOCKET_PASSWORD: randomBytes(18).toString('base64url'),
  };
  options.print('Starting the embedded switch ...');
  const { ready, stop } = await startSwitchChild(['--free-ports', '--sip-port', String(options.sipPort)], environment);
  demo.defer(stop);
  options.print(
    `  G.711 only, and ${ready.limits.length} more limits: "ringpost switch" prints them, README.md lists them`,
  );
  return {
    sip: { host: ready.sipAddress, port: ready.sipPort },
    environment,
    ready,
  };
}

async function startEngine(options: DemoOptions, demo: CallScope, dataFolder: string): Promise<Engine> {
  if (options.serversSip === null) return await startEmbedded(options, demo, dataFolder);
  options.print('Using the drachtio and the FreeSWITCH of the environment.');
  return {
    sip: options.serversSip,
    environment: { ...commonEnvironment(dataFolder), RINGPOST_ENGINE: 'servers' },
    ready: null,
  };
}

async function startPhone(demo: CallScope, name: string, manner: PhoneManner, toneHz: number): Promise<TonePhone> {
  const phone = await TonePhone.start({
    name,
    address: '127.0.0.1',
    port: 0,
    transport: 'udp',
    manner,
    media: () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz }),
  });
  demo.defer(() => phone.close());
  return phone;
}

async function startBuyers(demo: CallScope): Promise<Parameters<typeof demoConfiguration>[0]> {
  const answers = { kind: 'answer', afterMs: 800 } as const;
  const names = ['quick', 'high', 'steady', 'closed'] as const;
  const phones = await Promise.all(names.map((name) => startPhone(demo, name, answers, BUYER_HZ)));
  const [quick, high, steady, closed] = phones.map((phone) => phone.uri);
  const quickBidder = await startDemoBidder({ bidUnits: 35.5, delayMs: 60 });
  demo.defer(() => quickBidder.close());
  const highBidder = await startDemoBidder({ bidUnits: 42, delayMs: 140 });
  demo.defer(() => highBidder.close());
  return {
    quickBidderUrl: quickBidder.url,
    highBidderUrl: highBidder.url,
    phones: { quick: quick ?? '', high: high ?? '', steady: steady ?? '', closed: closed ?? '' },
  };
}

/** Places the call, talks for a while after the bridge, hangs up, and waits for the recording. */
async function placeCall(demo: CallScope, app: ControlApp, sip: HostAndPort): Promise<CallDetails> {
  const caller = await startPhone(demo, 'caller', { kind: 'refuse', status: 480 }, CALLER_HZ);
  let bridged = (): void => undefined;
  const onBridged = new Promise<void>((resolve) => {
    bridged = resolve;
  });
  let callId = '';
  const closed = new Promise<void>((resolve) => {
    app.events.subscribe({
      stepped: (call, entry) => {
        callId = call.callId;
        if (entry.step === 'bridged') bridged();
      },
      closed: () => resolve(),
    });
  });
  const call = await caller.call(`sip:${DEMO_DID}@${formatHostAndPort(sip)}`, '+13105550123');
  const giveUp = setTimeout(() => call.hangup(), LONGEST_CALL_MS);
  await Promise.race([onBridged, call.ended]);
  if (!call.isOver) {
    setTimeout(() => call.hangup(), TALK_MS);
    await call.ended;
  }
  clearTimeout(giveUp);
  await closed;
  await app.live.whenFollowed();
  const details = await app.store.calls.find(callId);
  if (details === null) throw new Error('the call is not in the store');
  return details;
}

async function printOutlook(
  options: DemoOptions,
  app: ControlApp,
  sip: HostAndPort,
  dataFolder: string,
): Promise<void> {
  options.print('');
  options.print(
    `Call it yourself: sip:${DEMO_DID}@${formatHostAndPort(sip)} (any softphone on this machine, G.711, no registration)`,
  );
  if (app.apiUrl !== null) {
    const { text } = await makeKey(app.store.keys, 'demonstration', SCOPES);
    options.print(`The API, with a page to try it: ${app.apiUrl}/api/docs   key: ${text}`);
  }
  options.print(`Recordings, prompts and the database lie in ${dataFolder}`);
  options.print('Stop with Ctrl-C.');
}

async function startEverything(
  options: DemoOptions,
  demo: CallScope,
  dataFolder: string,
): Promise<{ readonly app: ControlApp; readonly sip: HostAndPort }> {
  const { print } = options;
  const engine = await startEngine(options, demo, dataFolder);
  const { config, secrets } = loadConfig({ ...process.env, ...engine.environment });
  print('Starting the control app ...');
  const settings = controlAppSettings(config, secrets);
  const { ready } = engine;
  const app = await startControlApp(
    ready === null ? settings : besideSwitch(settings, ready),
    pino({ level: 'silent' }),
  );
  demo.defer(() => app.close());
  const addresses = await startBuyers(demo);
  print('Rendering the prompts and applying the demonstration campaign ...');
  const applied = await applyConfiguration(
    { configuration: app.store.configuration, prompts: app.prompts },
    demoConfiguration(addresses, BUILT_IN_PROMPTS),
    (done, total) => print(`  prompt ${done} of ${total}`),
  );
  if (applied.kind === 'refused')
    throw new Error(applied.faults.map((fault) => `${fault.promptId}: ${fault.sentence}`).join('; '));
  return { app, sip: engine.sip };
}

/** Answers the exit status: 0 when the call showed every step, else 1. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { print } = options;
  await using demo = new CallScope((error) =>
    print(`while stopping: ${error instanceof Error ? error.message : String(error)}`),
  );
  const dataFolder = await dataFolderOf(options, demo);
  const { app, sip } = await startEverything(options, demo, dataFolder);
  app.events.subscribe(createStepPrinter(print));
  print('');
  print(`A caller dials ${DEMO_DID}:`);
  const faults = missingFrom(await placeCall(demo, app, sip));
  for (const fault of faults) print(`FAILED: ${fault}`);
  print(faults.length === 0 ? 'The demonstration call did everything it should.' : 'The demonstration call failed.');
  const status = faults.length === 0 ? 0 : 1;
  if (options.isOnce) return status;
  await printOutlook(options, app, sip, dataFolder);
  await options.stop;
  return status;
}
