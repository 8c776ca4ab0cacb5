/** A speech recogniser over HTTP on loopback: it keeps what it is sent and answers what it is told to, in turn. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SentUtterance {
  readonly wav: Buffer;
  readonly url: string;
  readonly contentType: string;
}

export class FakeRecogniser {
  readonly sent: SentUtterance[] = [];
  readonly #server: Server;
  /** Transcripts, or a status where it fails. */
  readonly #answers: (string | number)[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        const contentType = request.headers['content-type'] ?? '';
        this.sent.push({ wav: Buffer.concat(chunks), url: request.url ?? '', contentType });
        const answer = this.#answers.shift() ?? 500;
        if (typeof answer === 'number') response.writeHead(answer).end();
        else response.end(JSON.stringify({ transcript: answer, confidence: 0.93 }));
      });
    });
  }

  static async start(): Promise<FakeRecogniser> {
    const recogniser = new FakeRecogniser();
    await new Promise<void>((resolve) => recogniser.#server.listen(0, '127.0.0.1', resolve));
    return recogniser;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/listen`;
  }

  willAnswer(...answers: readonly (string | number)[]): void {
    this.#answers.push(...answers);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }
}
