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
import { applyConfiguration } from '../../application/apply-configuration.js';
import { CallScope } from '../../application/call-scope.js';
import type { CallDetails } from '../../application/ports/call-repository.js';
import { loadConfig } from '../../config/config.js';
import { TonePhoneMedia } from '../../embedded/media/tone-phone-media.js';
import { type PhoneManner, TonePhone } from '../../embedded/phone/tone-phone.js';
import { type ControlApp, startControlApp } from '../../main.js';
import { controlAppSettings } from '../settings.js';
import { createStepPrinter } from '../step-printer.js';
import { type SwitchChild, startSwitchChild } from '../switch-child.js';
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
  /** SIP port of the switch; 0 takes a free one. */
  readonly sipPort: number;
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

/** The demonstration lives on loopback whatever the operator's environment says. */
function environmentFor(dataFolder: string): Record<string, string> {
  return {
    RINGPOST_ENGINE: 'embedded',
    RINGPOST_DATA_FOLDER: dataFolder,
    RINGPOST_SIP_ADDRESS: '127.0.0.1',
    RINGPOST_PING_ALLOW_PRIVATE: '127.0.0.0/8',
    RINGPOST_DRAIN_MS: '1000',
    DRACHTIO_SECRET: randomBytes(18).toString('base64url'),
    FREESWITCH_EVENT_SOCKET_PASSWORD: randomBytes(18).toString('base64url'),
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
async function placeCall(demo: CallScope, app: ControlApp, child: SwitchChild): Promise<CallDetails> {
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
  const { sipAddress, sipPort } = child.ready;
  const call = await caller.call(`sip:${DEMO_DID}@${sipAddress}:${sipPort}`, '+13105550123');
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

function printOutlook(options: DemoOptions, child: SwitchChild, dataFolder: string): void {
  const { sipAddress, sipPort } = child.ready;
  options.print('');
  options.print(
    `Call it yourself: sip:${DEMO_DID}@${sipAddress}:${sipPort} (any softphone on this machine, G.711, no registration)`,
  );
  options.print(`Recordings, prompts and the database lie in ${dataFolder}`);
  options.print('Stop with Ctrl-C.');
}

async function startEverything(
  options: DemoOptions,
  demo: CallScope,
  dataFolder: string,
): Promise<{ readonly app: ControlApp; readonly child: SwitchChild }> {
  const { print } = options;
  const environment = environmentFor(dataFolder);
  print('Starting the embedded switch ...');
  const child = await startSwitchChild(['--free-ports', '--sip-port', String(options.sipPort)], environment);
  demo.defer(() => child.stop());
  for (const limit of child.ready.limits) print(`  limit: ${limit}`);
  const { config, secrets } = loadConfig({
    ...process.env,
    ...environment,
    DRACHTIO_PORT: String(child.ready.controlPort),
    FREESWITCH_EVENT_SOCKET_PORT: String(child.ready.eventSocketPort),
    FREESWITCH_SIP_ADDRESS: child.ready.freeswitchSipAddress,
  });
  print('Starting the control app ...');
  const app = await startControlApp(controlAppSettings(config, secrets), pino({ level: 'silent' }));
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
  return { app, child };
}

/** Answers the exit status: 0 when the call showed every step, else 1. */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { print } = options;
  await using demo = new CallScope((error) =>
    print(`while stopping: ${error instanceof Error ? error.message : String(error)}`),
  );
  const dataFolder = await dataFolderOf(options, demo);
  const { app, child } = await startEverything(options, demo, dataFolder);
  app.events.subscribe(createStepPrinter(print));
  print('');
  print(`A caller dials ${DEMO_DID}:`);
  const faults = missingFrom(await placeCall(demo, app, child));
  for (const fault of faults) print(`FAILED: ${fault}`);
  print(faults.length === 0 ? 'The demonstration call did everything it should.' : 'The demonstration call failed.');
  const status = faults.length === 0 ? 0 : 1;
  if (options.isOnce) return status;
  printOutlook(options, child, dataFolder);
  await options.stop;
  return status;
}
