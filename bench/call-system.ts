/** Control app, embedded switch and peers, each in a process of its own, with the bench's campaigns in force. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallScope } from '../src/application/calls/call-scope.js';
import { packageRoot } from '../src/config/package-root.js';
import type { Campaign } from '../src/domain/campaigns/campaign.js';
import type { ConfigurationDocument } from '../src/domain/campaigns/configuration.js';
import type { EmbeddedSwitchOptions } from '../src/embedded/switch-process.js';
import type { ControlAppSettings } from '../src/main.js';
import { buildConfiguration, didOf, type TargetPlan } from '../test/e2e/campaign-builder.js';
import { writeTonePrompts } from '../test/e2e/tone-prompts.js';
import { ChildLink } from '../test/soak/child-link.js';
import type { PeersStart, PeersStarted } from './peers-process.js';
import type { ServerAccess } from './server-access.js';
import type { SwitchAddresses } from './switch-bench-process.js';
import type { BidderManner } from './timed-bidders.js';

const SECRET = 'bench';

/** One campaign, reached at a number of its own. */
export interface BenchCampaign {
  readonly bidders: readonly (BidderManner & { readonly maximumUnits?: number })[];
  /** Of a buyer with a fixed price; null for none. */
  readonly staticUnits: number | null;
  readonly changes?: Partial<Campaign>;
}

export interface SystemPlan {
  readonly campaigns: readonly BenchCampaign[];
  readonly ringMs: number;
  readonly mediaWorkers: number;
  readonly isMp3Made: boolean;
}

export interface CallSystem extends AsyncDisposable {
  readonly app: ChildLink;
  readonly switch: ChildLink;
  readonly peers: ChildLink;
  /** SIP URI that reaches a campaign. */
  readonly uriOf: (campaign: number) => string;
}

export const startChild = (scope: CallScope, script: string): ChildLink => {
  const child = new ChildLink(new URL(script, import.meta.url));
  scope.defer(() => child.stop());
  return child;
};

export function documentOf(
  plan: Pick<SystemPlan, 'campaigns'>,
  peers: PeersStarted,
  folder: string,
): ConfigurationDocument {
  const urls = [...peers.bidderUrls];
  const maxima = new Map<string, number>();
  const campaigns = plan.campaigns.map(({ bidders, staticUnits, changes }, index) => {
    const targets: TargetPlan[] = bidders.map(({ maximumUnits }, place) => {
      if (maximumUnits !== undefined) maxima.set(`campaign-${index}-bidder-${place}`, maximumUnits * 1_000_000);
      return { id: `bidder-${place}`, uri: peers.buyerUri, bidderUrl: urls.shift() ?? '' };
    });
    if (staticUnits !== null) targets.push({ id: 'static', uri: peers.buyerUri, price: staticUnits });
    return { targets, ...(changes === undefined ? {} : { changes }) };
  });
  const tones = join(folder, 'tones');
  mkdirSync(tones);
  const document = buildConfiguration(campaigns, writeTonePrompts(tones));
  return {
    ...document,
    bidders: document.bidders.map((bidder) => ({ ...bidder, maximumBidMicros: maxima.get(bidder.id) ?? null })),
  };
}

function switchOptions(plan: SystemPlan, folder: string): EmbeddedSwitchOptions {
  return {
    sipAddress: '127.0.0.1',
    sipPort: 0,
    controlPort: 0,
    controlSecret: SECRET,
    freeswitchSipPort: 0,
    eventSocketPort: 0,
    eventSocketPassword: SECRET,
    mediaAddress: '127.0.0.1',
    rtpPortMin: 16_384,
    rtpPortMax: 32_767,
    mediaWorkers: plan.mediaWorkers,
    configurationFolder: join(packageRoot(), 'freeswitch-conf'),
    soundsFolder: join(folder, 'switch-sounds'),
    recordingsFolder: join(folder, 'switch-recordings'),
  };
}

function embeddedAccess(addresses: SwitchAddresses): Omit<ServerAccess, 'drachtioSip'> {
  const { eventSocketPort, freeswitchSipAddress: sipAddress, controlPort: port } = addresses;
  return {
    drachtio: { host: '127.0.0.1', port, secret: SECRET, forgetsDeadApps: true },
    mediaServer: { name: 'embedded', eventSocketHost: '127.0.0.1', eventSocketPort, password: SECRET, sipAddress },
  };
}

export function appSettings(
  { isMp3Made }: Pick<SystemPlan, 'isMp3Made'>,
  { drachtio, mediaServer }: Omit<ServerAccess, 'drachtioSip'>,
  folder: string,
): ControlAppSettings {
  return {
    databaseFile: join(folder, 'ringpost.db'),
    promptFolder: join(folder, 'prompts'),
    recordingFolder: join(folder, 'recordings'),
    isMp3Made,
    minFreeDiskBytes: 0,
    speechEngines: [],
    drachtio,
    mediaServers: [mediaServer],
    defaultCountry: 'US',
    pingAllowPrivate: ['127.0.0.0/8'],
    limits: { maxCalls: 5_000, mediaTimeoutMs: 30_000, holdGraceMs: 10_000 },
    drainMs: 0,
  };
}

export async function startCallSystem(plan: SystemPlan): Promise<CallSystem> {
  const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
  try {
    const folder = mkdtempSync(join(tmpdir(), 'ringpost-bench-'));
    scope.defer(async () => rmSync(folder, { recursive: true, force: true }));
    const peers = startChild(scope, './peers-process.js');
    const peersStart: PeersStart = { bidders: plan.campaigns.flatMap(({ bidders }) => bidders), ringMs: plan.ringMs };
    const document = documentOf(plan, await peers.ask<PeersStarted>('start', peersStart), folder);
    const switchChild = startChild(scope, './switch-bench-process.js');
    const addresses = await switchChild.ask<SwitchAddresses>('start', switchOptions(plan, folder));
    const app = startChild(scope, './app-bench-process.js');
    await app.ask('start', { settings: appSettings(plan, embeddedAccess(addresses), folder), document });
    return {
      app,
      switch: switchChild,
      peers,
      uriOf: (campaign) => `sip:${didOf(campaign)}@127.0.0.1:${addresses.sipPort}`,
      [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose](),
    };
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}
