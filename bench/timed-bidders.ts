/** Bidding systems on loopback that take a fixed time to answer and note how long they really took for each call. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface BidderManner {
  readonly delayMs: number;
  readonly bidUnits: number;
}

/** What the bidders did for one call. */
export interface Answering {
  /** The longest that any of them took, from the whole request to the whole answer, in ms. */
  readonly slowestMs: number;
  /** When the last answer left, on the clock that all processes of a machine share, in ms. */
  readonly lastAnswerAtMs: number;
}

/** Milliseconds on CLOCK_MONOTONIC, the same in every process. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

export class TimedBidders {
  readonly #servers: Server[] = [];
  /** By callId. */
  #answerings = new Map<string, Answering>();

  /** Answers the URL of each. */
  async start(manners: readonly BidderManner[]): Promise<string[]> {
    return await Promise.all(manners.map((manner) => this.#startOne(manner)));
  }

  /** What was noted since the last question. */
  takeAnswerings(): Record<string, Answering> {
    const taken = Object.fromEntries(this.#answerings);
    this.#answerings = new Map();
    return taken;
  }

  async close(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  }

  async #startOne(manner: BidderManner): Promise<string> {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) =>
      this.#take(request, response, manner),
    );
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ping`;
  }

  #take(request: IncomingMessage, response: ServerResponse, { delayMs, bidUnits }: BidderManner): void {
    const arrivedMs = performance.now();
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      setTimeout(() => {
        const { call_id: callId } = JSON.parse(Buffer.concat(chunks).toString()) as { call_id: string };
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ accepted: true, bid: bidUnits }));
        const tookMs = performance.now() - arrivedMs;
        const slowestMs = Math.max(this.#answerings.get(callId)?.slowestMs ?? 0, tookMs);
        this.#answerings.set(callId, { slowestMs, lastAnswerAtMs: sharedClockMs() });
      }, delayMs);
    });
  }
}
