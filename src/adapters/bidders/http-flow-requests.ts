/**
 * Requests of a flow over HTTP, under the same guards as pings: resolved addresses are judged, redirects are not followed, answers are
 * short JSON, one deadline covers it all. It must never throw for what the far end does.
 */
import type { Clock } from '../../application/ports/clock.js';
import type { FlowAnswer, FlowRequest, FlowRequests } from '../../application/ports/flow-requests.js';
import type { RequestShape } from '../../domain/bidding/bidder.js';
import { createAddressGuard, type HostResolver } from './address-guard.js';
import { type CompiledRequest, compileRequest } from './compiled-request.js';
import { ConnectionPools } from './connection-pools.js';
import { compilePath, printable } from './dotted-path.js';
import { runExchange } from './exchange.js';

export interface HttpFlowRequestsOptions {
  readonly clock: Clock;
  /** CIDR ranges inside our own networks that may be asked. */
  readonly allowPrivateAddresses?: readonly string[];
  readonly resolve?: HostResolver;
}

export interface HttpFlowRequests extends FlowRequests {
  close(): Promise<void>;
}

const MAX_ORIGINS = 64;
const CONNECTIONS_PER_ORIGIN = 32;
const LONGEST_VALUE = 256;

/** Values that are texts, numbers or flags; of anything else nothing could be compared. */
function valuesOf(answers: FlowRequest['answers'], body: string): Record<string, string> {
  let answer: unknown = null;
  try {
    answer = JSON.parse(body);
  } catch {
    return {};
  }
  const found = Object.entries(answers).flatMap(([name, path]) => {
    const value = compilePath(path)(answer);
    const isPlain = ['string', 'number', 'boolean'].includes(typeof value);
    return isPlain ? [[name, String(value).slice(0, LONGEST_VALUE)] as const] : [];
  });
  return Object.fromEntries(found);
}

class UndiciFlowRequests implements HttpFlowRequests {
  readonly #clock: Clock;
  readonly #pools: ConnectionPools;
  readonly #compiled = new WeakMap<RequestShape, CompiledRequest>();

  constructor({ clock, allowPrivateAddresses = [], resolve }: HttpFlowRequestsOptions) {
    this.#clock = clock;
    this.#pools = new ConnectionPools({
      guard: createAddressGuard(allowPrivateAddresses, resolve),
      maxOrigins: MAX_ORIGINS,
      connectionsPerOrigin: CONNECTIONS_PER_ORIGIN,
      trustedCertificates: null,
    });
  }

  async send({ request, tokens, answers, timeoutMs, signal }: FlowRequest): Promise<FlowAnswer> {
    try {
      const http = this.#compile(request).build(tokens);
      const pool = this.#pools.of(http.origin);
      if (pool === null) return { kind: 'failed', detail: 'the system is stopping' };
      const result = await runExchange(pool, http, { clock: this.#clock, timeoutMs, signal, maySendTwice: false });
      if (result.kind === 'failed') return { kind: 'failed', detail: `${result.reason}, ${result.detail}` };
      const { status, body } = result;
      if (status < 200 || status > 299) return { kind: 'failed', detail: `status ${status}` };
      return { kind: 'answered', status, values: valuesOf(answers, body) };
    } catch (error) {
      return { kind: 'failed', detail: printable(error instanceof Error ? error.message : String(error)) };
    }
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  #compile(shape: RequestShape): CompiledRequest {
    const known = this.#compiled.get(shape);
    if (known !== undefined) return known;
    const made = compileRequest(shape);
    this.#compiled.set(shape, made);
    return made;
  }
}

/** Holds connections until `close`. Throws when `allowPrivateAddresses` holds what is no CIDR range. */
export function createHttpFlowRequests(options: HttpFlowRequestsOptions): HttpFlowRequests {
  return new UndiciFlowRequests(options);
}
