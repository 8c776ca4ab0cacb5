/** The server of the API over stores in memory, without a port: requests are injected. Released with its test. */
import pino from 'pino';
import type { Test } from 'tap';
import { BUILT_IN_DIALECTS } from '../../../src/adapters/bidders/built-in-dialects.js';
import { fillDialect } from '../../../src/adapters/bidders/fill-dialect.js';
import { createConfigurationChecker } from '../../../src/adapters/config-file/configuration-checker.js';
import type { HttpDependencies } from '../../../src/adapters/http/http-dependencies.js';
import { createHttpServer, type HttpServer } from '../../../src/adapters/http/server.js';
import { MemoryApiKeyRepository } from '../../../src/adapters/memory/memory-api-key-repository.js';
import { MemoryCallRepository } from '../../../src/adapters/memory/memory-call-repository.js';
import { MemoryCallerListRepository } from '../../../src/adapters/memory/memory-caller-list-repository.js';
import { MemoryConfigurationRepository } from '../../../src/adapters/memory/memory-configuration-repository.js';
import { MemoryFaxRepository } from '../../../src/adapters/memory/memory-fax-repository.js';
import { MemoryIdempotencyRepository } from '../../../src/adapters/memory/memory-idempotency-repository.js';
import { MemoryPlanRepository } from '../../../src/adapters/memory/memory-plan-repository.js';
import { MemoryPublisherKeyRepository } from '../../../src/adapters/memory/memory-publisher-key-repository.js';
import { MemoryShadowRepository } from '../../../src/adapters/memory/memory-shadow-repository.js';
import { createMetrics } from '../../../src/adapters/metrics/metrics.js';
import { createNumberingPlan } from '../../../src/adapters/numbering/numbering-plan.js';
import { createFaxFiles } from '../../../src/adapters/recordings/fax-files.js';
import { createRecordingFiles } from '../../../src/adapters/recordings/recording-files.js';
import { BUILT_IN_PROMPTS } from '../../../src/adapters/speech/built-in-sounds.js';
import { createIdSource } from '../../../src/adapters/system/id-source.js';
import { createSecretSource } from '../../../src/adapters/system/secret-source.js';
import { createSystemClock } from '../../../src/adapters/system/system-clock.js';
import { CallerLists } from '../../../src/application/callers/caller-lists.js';
import { LiveCalls } from '../../../src/application/calls/live-calls.js';
import { createApiKey } from '../../../src/application/operation/create-api-key.js';
import { LiveFeed } from '../../../src/application/operation/live-feed.js';
import { Readiness } from '../../../src/application/operation/readiness.js';
import { BacktestDesk } from '../../../src/application/plans/backtest-plan.js';
import { PlanDesk } from '../../../src/application/plans/plan-desk.js';
import { ShadowDesk } from '../../../src/application/plans/shadow-desk.js';
import { simulatePlan } from '../../../src/application/plans/simulate-plan.js';
import { CapCounter } from '../../../src/application/sale/cap-counter.js';
import { SCOPES, type Scope } from '../../../src/domain/campaigns/api-key.js';
import { EMPTY_DOCUMENT } from '../../../src/domain/campaigns/configuration.js';
import { CallFixture } from '../../support/call-fixture.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the API answered; the test says what it expects of it.
  readonly json: any;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH' | 'OPTIONS' | 'HEAD';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** The key that is sent; all scopes by default, null for none. */
  readonly key?: string | null;
}

export interface ApiUnderTest {
  readonly app: HttpServer;
  readonly deps: HttpDependencies;
  /** Path without `/api/v1` when it begins with neither `/api` nor `/rtb`. */
  ask(path: string, ask?: Ask): Promise<Answer>;
  keyWith(...scopes: Scope[]): Promise<string>;
}

function dependencies(t: Test, changes: Partial<HttpDependencies>): HttpDependencies {
  const clock = createSystemClock();
  const live = new LiveCalls();
  const readiness = new Readiness({ telephony: () => [], store: { probe: async () => null }, live, clock });
  const metrics = createMetrics(
    { liveCalls: () => 0, pendingWrites: () => 0, isReady: () => true, gateways: () => [] },
    clock.wallMs(),
  );
  t.teardown(() => metrics.close());
  const sounds = {
    prepare: async () => [],
    find: () => null,
    speak: async () => null,
    keep: async () => ({ kind: 'refused', sentence: '' }),
  };
  const plans = new MemoryPlanRepository();
  const configuration = new MemoryConfigurationRepository(plans);
  const checker = createConfigurationChecker({ dialects: BUILT_IN_DIALECTS, fillDialect });
  const ids = createIdSource();
  const numbers = createNumberingPlan();
  const ofCalls = { ...new CallFixture().deps, numbers };
  return {
    planDesk: new PlanDesk({ plans, configuration, checker, clock, ids, onEdited: () => undefined }),
    shadows: new ShadowDesk({ shadows: new MemoryShadowRepository(ofCalls.calls), clock, ids }),
    simulate: (supposed) => simulatePlan(ofCalls, supposed),
    backtests: new BacktestDesk(ofCalls),
    ...{
      configuration,
      calls: new MemoryCallRepository(),
      caps: new CapCounter(clock),
      callerLists: new CallerLists(new MemoryCallerListRepository()),
      numbers,
      country: 'US',
      live,
      readiness,
      gateways: { list: () => [] },
    },
    ...{ keys: new MemoryApiKeyRepository(), idempotency: new MemoryIdempotencyRepository(), clock, metrics },
    checker,
    ...{ prompts: sounds, uploads: sounds as HttpDependencies['uploads'], onEdited: () => undefined },
    ...{
      secrets: createSecretSource(),
      ids,
      recordings: createRecordingFiles(),
      faxes: new MemoryFaxRepository(),
      faxFiles: createFaxFiles(),
    },
    publisherKeys: new MemoryPublisherKeyRepository(),
    pings: { answer: async () => ({ kind: 'no-bid', reason: 'disabled' }) },
    bidderFigures: { figures: () => [] },
    feed: new LiveFeed({ epoch: 'test', capacity: 100 }),
    linkKey: Buffer.alloc(32, 7),
    log: pino({ level: 'silent' }),
    requestsPerMinute: 10_000,
    ...changes,
  };
}

export async function startApi(t: Test, changes: Partial<HttpDependencies> = {}): Promise<ApiUnderTest> {
  const deps = dependencies(t, changes);
  await deps.configuration.apply({ ...EMPTY_DOCUMENT, prompts: BUILT_IN_PROMPTS });
  const app = createHttpServer(deps);
  t.teardown(() => app.close());
  await app.ready();
  const keyWith = async (...scopes: Scope[]): Promise<string> =>
    (await createApiKey(deps, { name: 'test', scopes })).text;
  const master = await keyWith(...SCOPES);
  return {
    ...{ app, deps, keyWith },
    async ask(path, { method = 'GET', body, headers = {}, key = master } = {}) {
      const isJson = body !== undefined && typeof body !== 'string' && !Buffer.isBuffer(body);
      const answer = await app.inject({
        method,
        url: /^\/(api|rtb)\//.test(path) ? path : `/api/v1${path}`,
        headers: {
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...(isJson ? { 'content-type': 'application/json' } : {}),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: isJson ? JSON.stringify(body) : (body as string | Buffer) }),
      });
      const isJsonAnswer = String(answer.headers['content-type'] ?? '').includes('json');
      return {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string | undefined>,
        text: answer.body,
        json: isJsonAnswer && answer.body !== '' ? JSON.parse(answer.body) : null,
      };
    },
  };
}
