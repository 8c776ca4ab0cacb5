/**
 * The system of a bidding network on loopback, as one network documents it: it answers each request by the path of the request, and keeps what
 * it was asked to the byte. Unlike FakeBidder it reads nothing, since every network sends in a form of its own.
 */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface AskedOfNetwork {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface NetworkAnswer {
  readonly status?: number;
  readonly json: object;
}

export class NetworkBidder {
  readonly #server: Server;
  readonly requests: AskedOfNetwork[] = [];

  private constructor(answer: (asked: AskedOfNetwork) => NetworkAnswer) {
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.once('end', () => {
        const asked = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body };
        this.requests.push(asked);
        const { status = 200, json } = answer(asked);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      });
    });
  }

  static async start(answer: (asked: AskedOfNetwork) => NetworkAnswer): Promise<NetworkBidder> {
    const bidder = new NetworkBidder(answer);
    await new Promise<void>((resolve) => bidder.#server.listen(0, '127.0.0.1', resolve));
    return bidder;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}${path}`;
  }

  /** Method and path of each request, in their order. */
  get asked(): readonly string[] {
    return this.requests.map(({ method, path }) => `${method} ${path}`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
