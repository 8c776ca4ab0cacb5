/**
 * What the product is compared with: the least program on drachtio-srf and drachtio-fsmrf that plays a greeting and hold music, rings one
 * buyer, bridges and records. It decides nothing, stores nothing and tells nobody. In a process of its own; answers the bench over IPC.
 */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { answerParent } from '../test/soak/child-link.js';
import { liveMb } from './live-memory.js';
import { processorTime } from './processor-time.js';
import type { ServerAccess } from './server-access.js';

export interface MinimalStart {
  readonly servers: ServerAccess;
  readonly greeting: string;
  readonly music: string;
  readonly recordingFolder: string;
  readonly buyerUri: string;
}

interface Dialog {
  readonly remote: { readonly sdp: string };
  on(event: 'destroy', listener: () => void): void;
  destroy(): Promise<unknown>;
}

interface Endpoint {
  readonly uuid: string;
  readonly local: { readonly sdp: string };
  play(file: string): Promise<unknown>;
  execute(application: string, argument: string): Promise<unknown>;
  set(variables: Readonly<Record<string, string>>): Promise<unknown>;
  modify(sdp: string): Promise<unknown>;
  bridge(other: Endpoint): Promise<unknown>;
  recordSession(file: string): Promise<unknown>;
  destroy(): Promise<unknown>;
}

interface MediaServer {
  connectCaller(request: unknown, response: unknown): Promise<{ endpoint: Endpoint; dialog: Dialog }>;
  createEndpoint(): Promise<Endpoint>;
  disconnect(): void;
}

interface Srf {
  connect(options: { host: string; port: number; secret: string }): unknown;
  once(event: string, listener: () => void): this;
  on(event: string, listener: (...values: unknown[]) => void): this;
  invite(handler: (request: unknown, response: Refusable) => void): void;
  createUAC(uri: string, options: { localSdp: string }): Promise<Dialog>;
  disconnect(): void;
}

interface Refusable {
  send(status: number): void;
}

interface Mrf {
  connect(options: Readonly<Record<string, string | number>>): Promise<MediaServer>;
}

// The packages' own types leave half of this out; the product's declarations name what the product uses.
const require = createRequire(import.meta.url);
const SrfClass = require('drachtio-srf') as new () => Srf;
const MrfClass = require('drachtio-fsmrf') as new (srf: Srf) => Mrf;

let srf: Srf | null = null;
let media: MediaServer | null = null;
let failed = 0;

async function serve(plan: MinimalStart, request: unknown, response: Refusable): Promise<void> {
  if (srf === null || media === null) return response.send(503);
  const { endpoint, dialog } = await media.connectCaller(request, response);
  const parts: { destroy(): Promise<unknown> }[] = [endpoint, dialog];
  let isOver = false;
  const end = (): void => {
    if (isOver) return;
    isOver = true;
    for (const part of parts) part.destroy().catch(() => undefined);
  };
  dialog.on('destroy', end);
  // Together 1 s.
  await endpoint.play('silence_stream://300');
  await endpoint.play(plan.greeting);
  endpoint.execute('loop_playback', `+20 ${plan.music}`).catch(() => undefined);
  const buyerEnd = await media.createEndpoint();
  parts.push(buyerEnd);
  const buyer = await srf.createUAC(plan.buyerUri, { localSdp: buyerEnd.local.sdp });
  parts.push(buyer);
  buyer.on('destroy', end);
  await buyerEnd.modify(buyer.remote.sdp);
  await endpoint.set({ RECORD_STEREO: 'true', RECORD_MIN_SEC: '0' });
  await endpoint.bridge(buyerEnd);
  await endpoint.recordSession(join(plan.recordingFolder, `${endpoint.uuid}.wav`));
}

async function start(plan: MinimalStart): Promise<void> {
  const { drachtio, mediaServer } = plan.servers;
  const link = new SrfClass();
  link.on('error', () => undefined);
  const connected = once(link as unknown as NodeJS.EventEmitter, 'connect');
  link.connect({ ...drachtio });
  await connected;
  srf = link;
  const { eventSocketHost: address, eventSocketPort: port, password: secret } = mediaServer;
  media = await new MrfClass(link).connect({
    ...{ address, port, secret },
    ...{ profile: 'drachtio_mrf', listenAddress: '127.0.0.1' },
  });
  link.invite((request, response) => {
    serve(plan, request, response).catch(() => {
      failed += 1;
    });
  });
}

// What this program does not catch is the library's, and is one failed call to the bench.
process.on('unhandledRejection', () => {
  failed += 1;
});

answerParent(
  {
    start: (argument) => start(argument as MinimalStart),
    used: processorTime,
    liveMb,
    settled: () => failed,
  },
  async () => {
    media?.disconnect();
    srf?.disconnect();
    // Of calls that it lost the library keeps sockets open for ever.
    process.exit();
  },
);
