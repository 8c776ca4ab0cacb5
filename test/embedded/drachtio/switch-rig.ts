/**
 * A running drachtio half with real drachtio-srf applications on its control port and bare sockets as SIP peers. Whatever a test makes
 * here is closed at its end, and nothing may be left in the server.
 */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Test } from 'tap';
import {
  createDrachtioServer,
  type DrachtioServer,
  type DrachtioServerOptions,
} from '../../../src/embedded/drachtio/drachtio-server.js';
import { createTcpPeer, createUdpPeer, type RawPeer } from '../sip/raw-peer.js';
import { VirtualClock } from '../sip/virtual-clock.js';
import { createApp, type DrachtioApp } from './drachtio-app.js';

export const SECRET = 'not-cymru';

export const OFFER_SDP =
  'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 30000 RTP/AVP 0\r\n';
export const ANSWER_SDP = OFFER_SDP.replace('30000', '30002');

export interface SwitchRig {
  readonly server: DrachtioServer;
  readonly clock: VirtualClock;
  readonly udpPort: number;
  readonly tcpPort: number;
  readonly bugs: string[];
  createApp(): Promise<DrachtioApp>;
  createPeer(): Promise<RawPeer>;
  createTcpPeer(): Promise<RawPeer & { readonly socket: Socket }>;
}

export async function createSwitch(t: Test, options: Partial<DrachtioServerOptions> = {}): Promise<SwitchRig> {
  const clock = new VirtualClock();
  const bugs: string[] = [];
  const server = await createDrachtioServer({
    sipListeners: [
      { transport: 'udp', address: '127.0.0.1', port: 0 },
      { transport: 'tcp', address: '127.0.0.1', port: 0 },
    ],
    controlHost: '127.0.0.1',
    controlPort: 0,
    secret: SECRET,
    clock,
    log: (event, details) => {
      if (event === 'bug') bugs.push(String(details.error));
    },
    ...options,
  });
  const apps: DrachtioApp[] = [];
  const peers: RawPeer[] = [];
  t.teardown(async () => {
    for (const app of apps) closeApp(app);
    for (const peer of peers) await peer.close();
    await server.close();
    assert.deepEqual(bugs, []);
    assert.equal(clock.waitingCount, 0, 'no timer is left after close');
  });
  const portOf = (transport: string) => server.sipAddresses.find((one) => one.transport === transport)?.port ?? 0;
  return {
    server,
    clock,
    bugs,
    udpPort: portOf('udp'),
    tcpPort: portOf('tcp'),
    createApp: async () => {
      const app = createApp();
      apps.push(app);
      app.on('error', () => undefined);
      const connected = new Promise<void>((resolve, reject) => {
        app.on('connect', (error: Error | null) => (error === null ? resolve() : reject(error)));
      });
      app.connect({ host: '127.0.0.1', port: server.controlPort, secret: SECRET });
      await connected;
      return app;
    },
    createPeer: async () => {
      const peer = await createUdpPeer();
      peers.push(peer);
      return peer;
    },
    createTcpPeer: async () => {
      const peer = await createTcpPeer(portOf('tcp'));
      peers.push(peer);
      return peer;
    },
  };
}

/** Closes an application's connection; drachtio-srf would reconnect otherwise. */
export function closeApp(app: DrachtioApp): void {
  try {
    app.disconnect();
  } catch {
    // It had no connection any more.
  }
}

/** Waits until the server shows these counts: the peers' last messages may still be on their way. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}

/** A response as a peer would write it, with the header fields of the request that it answers. */
export function answerTo(request: string, status: number, options: AnswerOptions = {}): string {
  const lines = request
    .slice(0, request.indexOf('\r\n\r\n'))
    .split('\r\n')
    .filter((line) => /^(via|from|to|call-id|cseq|record-route):/i.test(line))
    .map((line) => (/^to:/i.test(line) && !line.includes(';tag=') ? `${line};tag=${options.tag ?? 'callee'}` : line));
  const body = options.body ?? '';
  const extra = [...(options.extra ?? []), ...(body === '' ? [] : ['Content-Type: application/sdp'])];
  const head = [
    `SIP/2.0 ${status} ${options.reason ?? 'As Tested'}`,
    ...lines,
    ...extra,
    `Content-Length: ${body.length}`,
  ];
  return `${head.join('\r\n')}\r\n\r\n${body}`;
}

export interface AnswerOptions {
  readonly tag?: string;
  readonly reason?: string;
  /** Whole lines. */
  readonly extra?: readonly string[];
  readonly body?: string;
}

/** The SIP status with which a call fails; undefined when it succeeds or fails without one. */
export async function refusalOf(call: Promise<unknown>): Promise<number | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    return error instanceof Error && 'status' in error ? Number(error.status) : undefined;
  }
}
