/** Bidders on loopback for the tests of the HTTP adapter: a port of their own, gone with the test that started them. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import {
  createHttpBidders,
  type HttpBidders,
  type HttpBiddersOptions,
} from '../../../src/adapters/bidders/http-bidders.js';
import { createNumberingPlan } from '../../../src/adapters/numbering/numbering-plan.js';
import type { Bidder, Dialect, RequestShape, ResponseShape } from '../../../src/domain/bidding/bidder.js';
import { VirtualClock } from '../../support/virtual-clock.js';

interface Teardown {
  teardown(release: () => unknown): void;
}

async function listen(t: Teardown, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

export async function httpBidder(t: Teardown, answer: RequestListener): Promise<string> {
  return `http://127.0.0.1:${await listen(t, createServer(answer))}/rtb`;
}

/** Answers every connection with whatever `talk` does to the socket once a request has come. */
export async function tcpBidder(t: Teardown, talk: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    socket.once('data', () => talk(socket));
  });
  return `http://127.0.0.1:${await listen(t, server)}/rtb`;
}

/** Serves one JSON text with status 200. */
export function jsonBidder(t: Teardown, body: string, status = 200): Promise<string> {
  return httpBidder(t, (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString('utf8');
}

export interface Asking {
  readonly bidders: HttpBidders;
  readonly clock: VirtualClock;
}

export function startBidders(t: Teardown, options: Partial<HttpBiddersOptions> = {}): Asking {
  const clock = new VirtualClock();
  const bidders = createHttpBidders({
    clock,
    numberingPlan: createNumberingPlan(),
    allowPrivateAddresses: ['127.0.0.0/8'],
    ...options,
  });
  t.teardown(() => bidders.close());
  return { bidders, clock };
}

const PING: Omit<RequestShape, 'url'> = {
  method: 'POST',
  headers: {},
  encoding: 'json',
  fields: { caller: '{{caller_number}}' },
};

const ANSWER: ResponseShape = {
  accept: [{ path: 'accepted', operator: 'not-equals', value: false }],
  pricePath: 'bid',
  destinationPath: 'destination',
  destinationCountry: 'US',
  referencePath: 'ref',
  billAfterSecondsPath: 'seconds',
  expiresInSecondsPath: 'expires',
  reasonPath: 'reason',
  refusalStatuses: [404],
};

export interface BidderParts {
  readonly ping?: Partial<RequestShape>;
  readonly answer?: Partial<ResponseShape>;
  readonly dialect?: Dialect;
}

let lastId = 0;

/** A one-phase bidder of its own id, so that no test opens the circuit of another. */
export function bidderAt(url: string, parts: BidderParts = {}): Bidder {
  lastId += 1;
  return {
    id: `bidder-${lastId}`,
    name: `Bidder ${lastId}`,
    isActive: true,
    dialect: parts.dialect ?? {
      ping: { ...PING, url, ...parts.ping },
      pingResponse: { ...ANSWER, ...parts.answer },
      post: null,
      postResponse: null,
    },
    pingTimeoutMs: 2000,
    postTimeoutMs: 2000,
    maximumBidMicros: null,
    bidLifetimeMs: 60_000,
    maxPingsPerMinute: null,
    allowsShadowPings: false,
  };
}

/** What every ping of these tests carries beside its bidder. */
export function ordinary(): { tokens: Record<string, string>; timeoutMs: number; signal: AbortSignal } {
  return { tokens: { caller_number: '+12125550123' }, timeoutMs: 2000, signal: new AbortController().signal };
}
