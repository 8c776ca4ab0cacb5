/**
 * Keep-alive connections to bidders: one pool per origin, as many origins as configured and no more; the origin that was
 * asked least recently gives way. A warm connection saves a ping one to three round trips.
 */
import type { LookupFunction } from 'node:net';
import { buildConnector, Pool } from 'undici';
import { type AddressGuard, AddressRefusedError } from './address-guard.js';

export interface ConnectionPoolsOptions {
  readonly guard: AddressGuard;
  readonly maxOrigins: number;
  readonly connectionsPerOrigin: number;
  /** PEM certificates that are trusted instead of the system's, for bidders with an authority of their own. */
  readonly trustedCertificates: readonly string[] | null;
}

/** A server that closes earlier says so in its Keep-Alive header, which undici obeys; 60 s is the least that proxies keep. */
const KEEP_ALIVE_MS = 30_000;
const CONNECT_TIMEOUT_MS = 3000;

function guardedConnector(options: ConnectionPoolsOptions): buildConnector.connector {
  const lookup: LookupFunction = options.guard.lookup;
  const connect = buildConnector({
    lookup,
    timeout: CONNECT_TIMEOUT_MS,
    ...(options.trustedCertificates === null ? {} : { ca: [...options.trustedCertificates] }),
  });
  return (target, callback) => {
    // Node does not ask `lookup` about a host that is an address already.
    const refusal = options.guard.refusalOfLiteral(target.hostname);
    if (refusal === null) return connect(target, callback);
    queueMicrotask(() => callback(new AddressRefusedError(refusal), null));
  };
}

export class ConnectionPools {
  readonly #options: ConnectionPoolsOptions;
  readonly #connector: buildConnector.connector;
  /** In order of last use, the oldest first. */
  readonly #pools = new Map<string, Pool>();
  readonly #closing = new Set<Promise<void>>();
  #isClosed = false;

  constructor(options: ConnectionPoolsOptions) {
    this.#options = options;
    this.#connector = guardedConnector(options);
  }

  /** Null after `close`. */
  of(origin: string): Pool | null {
    if (this.#isClosed) return null;
    const known = this.#pools.get(origin);
    if (known !== undefined) {
      this.#pools.delete(origin);
      this.#pools.set(origin, known);
      return known;
    }
    this.#makeRoom();
    const pool = new Pool(origin, {
      connect: this.#connector,
      connections: this.#options.connectionsPerOrigin,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: KEEP_ALIVE_MS,
      // Each exchange has one absolute deadline of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#pools.set(origin, pool);
    return pool;
  }

  get size(): number {
    return this.#pools.size;
  }

  #makeRoom(): void {
    const [oldest] = this.#pools;
    if (oldest === undefined || this.#pools.size < this.#options.maxOrigins) return;
    const [origin, pool] = oldest;
    this.#pools.delete(origin);
    // What is under way on it is finished first; deadlines bound it.
    const closing = pool.close().catch(() => undefined);
    this.#closing.add(closing);
    void closing.then(() => this.#closing.delete(closing));
  }

  /** Ends every connection; what is under way fails with `connection`. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all([...pools.map((pool) => pool.destroy()), ...this.#closing]);
  }
}
