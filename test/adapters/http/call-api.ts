/**
 * The API of calls on a free port of the loopback, over a store in memory and a clock that the test turns: what the tests of
 * the call log, recordings, health and the live feed speak to.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WebSocket } from '@fastify/websocket';
import pino from 'pino';
import type { Test } from 'tap';
import type { HttpDependencies } from '../../../src/adapters/http/http-dependencies.js';
import { createHttpServer } from '../../../src/adapters/http/server.js';
import { MemoryApiKeyRepository } from '../../../src/adapters/memory/memory-api-key-repository.js';
import { MemoryCallRepository } from '../../../src/adapters/memory/memory-call-repository.js';
import { MemoryCallerListRepository } from '../../../src/adapters/memory/memory-caller-list-repository.js';
import { MemoryConfigurationRepository } from '../../../src/adapters/memory/memory-configuration-repository.js';
import { MemoryFaxRepository } from '../../../src/adapters/memory/memory-fax-repository.js';
import { MemoryIdempotencyRepository } from '../../../src/adapters/memory/memory-idempotency-repository.js';
import { MemoryPublisherKeyRepository } from '../../../src/adapters/memory/memory-publisher-key-repository.js';
import { createMetrics } from '../../../src/adapters/metrics/metrics.js';
import { createNumberingPlan } from '../../../src/adapters/numbering/numbering-plan.js';
import { createFaxFiles } from '../../../src/adapters/recordings/fax-files.js';
import { createRecordingFiles } from '../../../src/adapters/recordings/recording-files.js';
import { createIdSource } from '../../../src/adapters/system/id-source.js';
import { createSecretSource } from '../../../src/adapters/system/secret-source.js';
import { CallerLists } from '../../../src/application/callers/caller-lists.js';
import { LiveCalls } from '../../../src/application/calls/live-calls.js';
import { createApiKey } from '../../../src/application/operation/create-api-key.js';
import { LiveFeed } from '../../../src/application/operation/live-feed.js';
import { Readiness, type ReadinessPart } from '../../../src/application/operation/readiness.js';
import { CapCounter } from '../../../src/application/sale/cap-counter.js';
import type { GatewayState } from '../../../src/application/sale/gateway-health.js';
import type { Scope } from '../../../src/domain/campaigns/api-key.js';
import { VirtualClock } from '../../support/virtual-clock.js';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Undefined when it is no JSON. */
  readonly json: unknown;
}

const UP: readonly ReadinessPart[] = [
  { name: 'drachtio', isUp: true, detail: '' },
  { name: 'fs1', isUp: true, detail: '' },
];

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export class CallApi {
  readonly clock = new VirtualClock();
  readonly faxes = new MemoryFaxRepository();
  readonly calls = new MemoryCallRepository();
  readonly keys = new MemoryApiKeyRepository();
  readonly live: LiveCalls;
  readonly feed: LiveFeed;
  readonly folder = mkdtempSync(join(tmpdir(), 'ringpost-api-'));
  readonly logLines: string[] = [];
  links = UP;
  /** What the probes of the gateways say. */
  gateways: readonly GatewayState[] = [];
  storeFault: string | null = null;
  readonly metrics;
  readonly #server;
  #url = '';

  private constructor(live: LiveCalls, feedEvents: number) {
    this.live = live;
    this.feed = new LiveFeed({ epoch: 'epoch-1', capacity: feedEvents });
    const { clock, calls, keys, feed } = this;
    this.metrics = createMetrics(
      { liveCalls: () => live.size, pendingWrites: () => 0, isReady: () => true, gateways: () => [] },
      0,
    );
    const log = pino({ level: 'debug' }, { write: (line: string) => void this.logLines.push(line) });
    const store = { probe: async () => this.storeFault };
    const deps: HttpDependencies = {
      ...{ clock, calls, keys, live, feed, log, metrics: this.metrics, caps: new CapCounter(clock) },
      ...{
        callerLists: new CallerLists(new MemoryCallerListRepository()),
        numbers: createNumberingPlan(),
        country: 'US',
      },
      configuration: new MemoryConfigurationRepository(),
      idempotency: new MemoryIdempotencyRepository(),
      checker: {
        check: () => ({ kind: 'faulty', faults: [] }),
        show: () => null,
        showAll: () => new Map(),
        schemaOf: () => ({ type: 'object', properties: {} }),
      },
      prompts: { prepare: async () => [], find: () => null, speak: async () => null },
      uploads: { keep: async () => Promise.reject(new Error('no uploads here')), fits: () => false } as never,
      publisherKeys: new MemoryPublisherKeyRepository(),
      pings: { answer: async () => ({ kind: 'no-bid', reason: 'disabled' }) },
      // No test of calls asks for plans.
      ...{ planDesk: {} as never, shadows: {} as never, simulate: () => Promise.reject(new Error('no plans here')) },
      backtests: {} as never,
      onEdited: () => undefined,
      secrets: createSecretSource(),
      ids: createIdSource(),
      recordings: createRecordingFiles(),
      bidderFigures: { figures: () => [] },
      faxes: this.faxes,
      faxFiles: createFaxFiles(),
      linkKey: new Uint8Array(32).fill(7),
      gateways: { list: () => this.gateways },
      readiness: new Readiness({ telephony: () => this.links, store, live, clock }),
      requestsPerMinute: 10_000,
    };
    this.#server = createHttpServer(deps);
  }

  static async start(
    t: Test,
    options: { readonly feedEvents?: number; readonly live?: LiveCalls } = {},
  ): Promise<CallApi> {
    const api = new CallApi(options.live ?? new LiveCalls(), options.feedEvents ?? 1_000);
    t.teardown(async () => {
      api.metrics.close();
      await api.#server.close();
      rmSync(api.folder, { recursive: true, force: true });
    });
    api.#url = await api.#server.listen({ host: '127.0.0.1', port: 0 });
    return api;
  }

  get url(): string {
    return this.#url;
  }

  /** The server's ends of the WebSockets that are open. */
  sockets(): readonly WebSocket[] {
    return [...this.#server.websocketServer.clients];
  }

  async key(...scopes: Scope[]): Promise<string> {
    const deps = { keys: this.keys, secrets: createSecretSource(), ids: createIdSource(), clock: this.clock };
    return (await createApiKey(deps, { name: 'test', scopes })).text;
  }

  /** `key` null sends none. */
  async ask(path: string, key: string | null, init: RequestInit = {}): Promise<Answer> {
    const authorization = key === null ? {} : { authorization: `Bearer ${key}` };
    const headers = { ...authorization, ...(init.headers as Record<string, string> | undefined) };
    const response = await fetch(`${this.#url}${path}`, { ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: jsonOf(text) };
  }
}
