/** The part of the composition root that is about the API: its server, the live feed and the figures. Called by main.ts alone. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import { BUILT_IN_DIALECTS } from './adapters/bidders/built-in-dialects.js';
import { fillDialect } from './adapters/bidders/fill-dialect.js';
import { createConfigurationChecker } from './adapters/config-file/configuration-checker.js';
import { createHttpServer } from './adapters/http/server.js';
import type { CallEventLog } from './adapters/logging/call-event-log.js';
import { createMetrics, type Metrics } from './adapters/metrics/metrics.js';
import { createFaxFiles } from './adapters/recordings/fax-files.js';
import { readOrMakeLinkKey } from './adapters/recordings/link-key.js';
import { createRecordingFiles } from './adapters/recordings/recording-files.js';
import type { OpenPromptLibrary } from './adapters/speech/prompt-library.js';
import type { SqliteStore } from './adapters/sqlite/open-sqlite-store.js';
import { createSecretSource } from './adapters/system/secret-source.js';
import type { CallDependencies } from './application/calls/call-dependencies.js';
import type { CallScope } from './application/calls/call-scope.js';
import type { LiveCalls } from './application/calls/live-calls.js';
import { LiveFeed } from './application/operation/live-feed.js';
import type { Readiness } from './application/operation/readiness.js';
import { PingDesk } from './application/pings/answer-ping.js';
import { BacktestDesk } from './application/plans/backtest-plan.js';
import { PlanDesk } from './application/plans/plan-desk.js';
import { publishDrafts } from './application/plans/publish-drafts.js';
import type { ShadowDesk } from './application/plans/shadow-desk.js';
import { simulatePlan } from './application/plans/simulate-plan.js';
import type { BidderFigures } from './application/ports/bidder-figures.js';
import type { SecretSource } from './application/ports/secret-source.js';
import type { GatewayHealth } from './application/sale/gateway-health.js';
import type { Configuration } from './domain/campaigns/configuration.js';

export interface HttpSettings {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly requestsPerMinute: number;
  /** Events that the live feed keeps. */
  readonly feedEvents: number;
}

export interface ApiParts {
  readonly store: SqliteStore;
  readonly prompts: OpenPromptLibrary;
  readonly events: CallEventLog;
  readonly live: LiveCalls;
  readonly ports: Omit<CallDependencies, 'telephony' | 'gateways' | 'shadows'> & { readonly shadows: ShadowDesk };
  /** Of numbers in national form. */
  readonly country: string;
  readonly readiness: Readiness;
  readonly gateways: GatewayHealth;
  readonly bidderFigures: BidderFigures;
  readonly tellNetworks: (configuration: Configuration) => void;
  readonly log: Logger;
}

/** Figures of the calls, counted from now on. */
function openMetrics({ store, events, live, readiness, gateways }: ApiParts, process: CallScope): Metrics {
  const sources = {
    liveCalls: () => live.size,
    pendingWrites: () => store.pending(),
    isReady: () => readiness.mayTakeCalls,
    gateways: () => gateways.list(),
  };
  const metrics = createMetrics(sources, performance.timeOrigin);
  process.defer(() => metrics.close());
  process.defer(events.subscribe(metrics.events));
  return metrics;
}

function openPingDesk({ ports, live, country }: ApiParts, metrics: Metrics, secrets: SecretSource): PingDesk {
  return new PingDesk({
    ...ports,
    secrets,
    maxCalls: ports.limits.maxCalls,
    country,
    isOpen: () => live.isOpen,
    onAnswered: (sourceId, result) => metrics.pinged(sourceId, result),
  });
}

/** Answers the URL at which the API listens; the key of its links lies in the folder. */
export async function openApi(
  dataFolder: string,
  http: HttpSettings,
  parts: ApiParts,
  scope: CallScope,
): Promise<{ readonly apiUrl: string; readonly feed: LiveFeed }> {
  const { ports, store, prompts, events, live, readiness, gateways, tellNetworks } = parts;
  const { clock, ids, caps, callerLists, numbers } = ports;
  const feed = new LiveFeed({ epoch: ids.newId(), capacity: http.feedEvents });
  scope.defer(events.subscribe(feed));
  const { configuration, calls, keys, idempotency, publisherKeys } = store;
  // What an earlier run did not answer has died with it.
  await idempotency.abandonAll();
  const metrics = openMetrics(parts, scope);
  const secrets = createSecretSource();
  const checker = createConfigurationChecker({ dialects: BUILT_IN_DIALECTS, fillDialect });
  const planDesk = new PlanDesk({ plans: store.plans, configuration, checker, clock, ids, onEdited: tellNetworks });
  scope.defer(publishDrafts({ plans: store.plans, desk: planDesk, clock, events: ports.events }));
  const backtests = new BacktestDesk(ports);
  const app = createHttpServer({
    ...{ callerLists, numbers, country: parts.country },
    ...{ configuration, calls, caps, keys, idempotency, prompts, live, feed, readiness, gateways, clock, ids },
    uploads: prompts,
    checker,
    planDesk,
    simulate: (supposed) => simulatePlan(ports, supposed),
    shadows: ports.shadows,
    backtests,
    onEdited: tellNetworks,
    secrets,
    publisherKeys,
    pings: openPingDesk(parts, metrics, secrets),
    recordings: createRecordingFiles(),
    ...{ faxes: store.faxes, faxFiles: createFaxFiles() },
    linkKey: await readOrMakeLinkKey(join(dataFolder, 'recording-link.key')),
    metrics,
    bidderFigures: parts.bidderFigures,
    log: parts.log,
    requestsPerMinute: http.requestsPerMinute,
  });
  scope.defer(() => app.close());
  const { address: host, port } = http;
  const apiUrl = await app.listen({ host, port }).catch((error: unknown) => {
    const words = error instanceof Error ? error.message : String(error);
    throw new Error(
      `the API cannot listen on ${host}, port ${port} (RINGPOST_HTTP_ADDRESS, RINGPOST_HTTP_PORT): ${words}`,
    );
  });
  return { apiUrl, feed };
}
