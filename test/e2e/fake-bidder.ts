/** A bidding system over HTTP on loopback: it names its price when it is told to, at once unless it is held. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export class FakeBidder {
  readonly #server: Server;
  readonly #answer: object | null;
  readonly #pinged: Promise<void>;
  #markPinged: () => void = () => undefined;
  /** The JSON bodies of the requests. */
  readonly requests: unknown[] = [];

  /** `answer` is the JSON of every reply; null never replies. */
  private constructor(answer: object | null) {
    this.#answer = answer;
    this.#pinged = new Promise((resolve) => {
      this.#markPinged = resolve;
    });
    this.#server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      request.once('end', () => {
        this.requests.push(body === '' ? null : JSON.parse(body));
        this.#reply(response);
      });
    });
  }

  static async start(answer: object | null): Promise<FakeBidder> {
    const bidder = new FakeBidder(answer);
    await new Promise<void>((resolve) => bidder.#server.listen(0, '127.0.0.1', resolve));
    return bidder;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/ping`;
  }

  /** Settles at the first ping. */
  get pinged(): Promise<void> {
    return this.#pinged;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #reply(response: ServerResponse): void {
    this.#markPinged();
    if (this.#answer === null) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(this.#answer));
  }
}
