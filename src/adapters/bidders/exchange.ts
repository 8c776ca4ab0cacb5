/**
 * One request and its answer, under one absolute deadline that runs from the moment of asking: connecting, waiting and
 * reading all fall under it. Redirects are not followed, compressed answers are refused, a body ends at the limit. It
 * settles exactly once; what arrives later is dropped with its connection.
 */
import type { Dispatcher, Pool } from 'undici';
import type { Clock } from '../../application/ports/clock.js';
import type { NoBidReason } from '../../domain/bidding/bid.js';
import { onAbort } from './abort-listeners.js';
import { AddressRefusedError } from './address-guard.js';
import type { HttpRequest } from './compiled-request.js';
import { printable } from './dotted-path.js';

export const MAX_ANSWER_BYTES = 65_536;

export type ExchangeResult =
  | { readonly kind: 'answer'; readonly status: number; readonly body: string }
  | { readonly kind: 'failed'; readonly reason: NoBidReason; readonly detail: string };

export interface ExchangeOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** A kept-alive connection may be closed by the far end just as we write: a ping is asked once more, a post is not. */
  readonly maySendTwice: boolean;
}

const ABANDONED = new Error('abandoned');

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';

const BROKEN_CONNECTION = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']);

export interface OutgoingRequest extends Pick<HttpRequest, 'method' | 'path' | 'headers'> {
  readonly body: string | Uint8Array | null;
}

class Exchange implements Dispatcher.DispatchHandler {
  readonly #pool: Pool;
  readonly #request: OutgoingRequest;
  readonly #settle: (result: ExchangeResult) => void;
  #retriesLeft: number;
  #controller: Dispatcher.DispatchController | null = null;
  #isSettled = false;
  #status = 0;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(pool: Pool, request: OutgoingRequest, retries: number, settle: (result: ExchangeResult) => void) {
    this.#pool = pool;
    this.#request = request;
    this.#retriesLeft = retries;
    this.#settle = settle;
  }

  start(): void {
    const { method, path, headers, body } = this.#request;
    this.#pool.dispatch({ method, path, headers, body }, this);
  }

  /** Settles now, and gives the connection up. A request that still waits for a connection is never written. */
  fail(reason: NoBidReason, detail: string): void {
    this.#finish({ kind: 'failed', reason, detail });
    this.#controller?.abort(ABANDONED);
  }

  #finish(result: ExchangeResult): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#settle(result);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isSettled) controller.abort(ABANDONED);
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status < 200) return;
    this.#status = status;
    const encoding = String(headers['content-encoding'] ?? 'identity').toLowerCase();
    if (encoding !== 'identity' && encoding !== '') {
      this.fail('not-json', `the answer came compressed (${printable(encoding)}), which was not asked for`);
      return;
    }
    const length = Number(headers['content-length'] ?? 0);
    if (length > MAX_ANSWER_BYTES) this.fail('too-large', `an answer of ${length} bytes, ${MAX_ANSWER_BYTES} are read`);
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return;
    this.#bytes += chunk.length;
    if (this.#bytes > MAX_ANSWER_BYTES) {
      this.#chunks.length = 0;
      this.fail('too-large', `an answer of more than ${MAX_ANSWER_BYTES} bytes`);
      return;
    }
    this.#chunks.push(chunk);
  }

  onResponseEnd(): void {
    const [first] = this.#chunks;
    const bytes = this.#chunks.length === 1 && first !== undefined ? first : Buffer.concat(this.#chunks);
    this.#finish({ kind: 'answer', status: this.#status, body: bytes.toString('utf8') });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    if (this.#isSettled) return;
    const wasWritten = this.#controller !== null;
    if (wasWritten && this.#status === 0 && this.#retriesLeft > 0 && BROKEN_CONNECTION.has(codeOf(error))) {
      this.#retriesLeft -= 1;
      this.#controller = null;
      this.start();
      return;
    }
    const reason = error instanceof AddressRefusedError ? 'address-refused' : 'connection';
    this.#finish({ kind: 'failed', reason, detail: printable(`${codeOf(error)} ${error.message}`.trim()) });
  }
}

/** Never rejects. */
export function runExchange(pool: Pool, request: OutgoingRequest, options: ExchangeOptions): Promise<ExchangeResult> {
  const { clock, signal, timeoutMs } = options;
  if (signal.aborted) return Promise.resolve({ kind: 'failed', reason: 'cancelled', detail: 'the call was over' });
  return new Promise((resolve) => {
    const exchange = new Exchange(pool, request, options.maySendTwice ? 1 : 0, (result) => {
      stopTimer();
      stopListening();
      resolve(result);
    });
    const stopListening = onAbort(signal, () => exchange.fail('cancelled', 'the call or the auction was over'));
    const stopTimer = clock.startTimer(timeoutMs, () => exchange.fail('timeout', `no answer within ${timeoutMs} ms`));
    try {
      exchange.start();
    } catch (error) {
      exchange.fail('connection', printable(error instanceof Error ? error.message : String(error)));
    }
  });
}
