/**
 * The three ways to carry the same call over the same servers: FreeSWITCH's dialplan alone, the least drachtio program, and Ringpost.
 * Only one of them is connected at a time, since drachtio shares new calls among its apps.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CallScope } from '../src/application/calls/call-scope.js';
import { didOf } from '../test/e2e/campaign-builder.js';
import { writeTonePrompts } from '../test/e2e/tone-prompts.js';
import type { ChildLink } from '../test/soak/child-link.js';
import { appSettings, type BenchCampaign, documentOf, startChild } from './call-system.js';
import type { MinimalStart } from './minimal-app-process.js';
import type { PeersStart, PeersStarted, Placement } from './peers-process.js';
import type { ServerAccess } from './server-access.js';

/** How calls reach a contender, and its Node process; null where there is none. */
export interface Contender extends AsyncDisposable {
  readonly placement: Pick<Placement, 'uri' | 'headers'>;
  readonly node: ChildLink | null;
}

export const CONTENDERS = ['plain', 'minimal', 'ringpost'] as const;
export type ContenderName = (typeof CONTENDERS)[number];

export const TITLES: Readonly<Record<ContenderName, string>> = {
  plain: 'plain FreeSWITCH dialplan',
  minimal: 'least drachtio-srf + fsmrf program',
  ringpost: 'Ringpost',
};

export interface Ground {
  readonly servers: ServerAccess;
  readonly peers: ChildLink;
  readonly peersStarted: PeersStarted;
  readonly campaign: BenchCampaign;
  /** Seen by FreeSWITCH under the same path. */
  readonly folder: string;
  readonly prompts: { readonly greeting: string; readonly music: string };
}

/** Peers whose phones send a packet every so many ticks, and a folder that goes with the scope. */
export async function layGround(
  scope: CallScope,
  shared: string,
  servers: ServerAccess,
  campaign: BenchCampaign,
  peersStart: Omit<PeersStart, 'bidders'>,
): Promise<Ground> {
  const folder = mkdtempSync(join(shared, 'ringpost-bench-'));
  scope.defer(async () => rmSync(folder, { recursive: true, force: true }));
  const peers = startChild(scope, './peers-process.js');
  const { bidders } = campaign;
  const peersStarted = await peers.ask<PeersStarted>('start', { ...peersStart, bidders } satisfies PeersStart);
  const tones = join(folder, 'files');
  mkdirSync(tones);
  const prompts = new Map(writeTonePrompts(tones).map((prompt) => [prompt.id, join(tones, `${prompt.id}.wav`)]));
  const [greeting = '', music = ''] = [prompts.get('short-greeting'), prompts.get('hold-music')];
  return { servers, peers, peersStarted, campaign, folder, prompts: { greeting, music } };
}

function newFolder(ground: Ground): string {
  return mkdtempSync(join(ground.folder, 'run-'));
}

async function startPlain(ground: Ground): Promise<Contender> {
  const { greeting, music } = ground.prompts;
  return {
    node: null,
    placement: {
      uri: `sip:plain@${ground.servers.mediaServer.sipAddress}`,
      headers: {
        'X-Bench-Greeting': greeting,
        'X-Bench-Music': music,
        'X-Bench-Folder': newFolder(ground),
        'X-Bench-Buyer': ground.peersStarted.buyerUri,
      },
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}

async function startMinimal(ground: Ground, scope: CallScope): Promise<Contender> {
  const node = startChild(scope, './minimal-app-process.js');
  const start: MinimalStart = {
    servers: ground.servers,
    ...ground.prompts,
    recordingFolder: newFolder(ground),
    buyerUri: ground.peersStarted.buyerUri,
  };
  await node.ask('start', start);
  const placement = { uri: `sip:${didOf(0)}@${ground.servers.drachtioSip}` };
  return { node, placement, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

async function startRingpost(ground: Ground, scope: CallScope): Promise<Contender> {
  const { servers, campaign, peersStarted } = ground;
  const folder = newFolder(ground);
  const node = startChild(scope, './app-bench-process.js');
  const settings = {
    ...appSettings({ isMp3Made: false }, servers, folder),
    // The live feed and the metrics follow every step.
    http: { address: '127.0.0.1', port: 0, requestsPerMinute: 1_000, feedEvents: 10_000 },
  };
  const document = documentOf({ campaigns: [campaign] }, peersStarted, folder);
  await node.ask('start', { settings, document });
  const placement = { uri: `sip:${didOf(0)}@${servers.drachtioSip}` };
  return { node, placement, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
}

const STARTS = { plain: startPlain, minimal: startMinimal, ringpost: startRingpost } as const;

export async function startContender(name: ContenderName, ground: Ground): Promise<Contender> {
  const scope = new CallScope((error) => process.stderr.write(`while stopping: ${String(error)}\n`));
  try {
    return await STARTS[name](ground, scope);
  } catch (error) {
    await scope[Symbol.asyncDispose]();
    throw error;
  }
}
