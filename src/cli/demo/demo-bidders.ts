/** The demonstration's bidding systems: HTTP servers on loopback that take their time and then name a price. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DemoBidderManner {
  readonly bidUnits: number;
  readonly delayMs: number;
}

export interface DemoBidder {
  readonly url: string;
  readonly close: () => Promise<void>;
}

export async function startDemoBidder(manner: DemoBidderManner): Promise<DemoBidder> {
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      setTimeout(() => {
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ accepted: true, bid: manner.bidUnits, expires_in: 60 }));
      }, manner.delayMs);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/ping`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
