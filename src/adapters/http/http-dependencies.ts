/** What the routes of the API are given: ports, and the live calls of this process. Put together by the composition root. */

import type { Logger } from 'pino';
import type { CallerLists } from '../../application/callers/caller-lists.js';
import type { LiveCalls } from '../../application/calls/live-calls.js';
import type { EditDependencies } from '../../application/configuration/edit-configuration.js';
import type { LiveFeed } from '../../application/operation/live-feed.js';
import type { Readiness } from '../../application/operation/readiness.js';
import type { PingDesk } from '../../application/pings/answer-ping.js';
import type { BacktestDesk } from '../../application/plans/backtest-plan.js';
import type { PlanDesk } from '../../application/plans/plan-desk.js';
import type { ShadowDesk } from '../../application/plans/shadow-desk.js';
import type { Simulation, SupposedCall } from '../../application/plans/simulate-plan.js';
import type { ApiKeyRepository } from '../../application/ports/api-key-repository.js';
import type { BidderFigures } from '../../application/ports/bidder-figures.js';
import type { CallRepository } from '../../application/ports/call-repository.js';
import type { Clock } from '../../application/ports/clock.js';
import type { ConfigurationChecker } from '../../application/ports/configuration-checker.js';
import type { ConfigurationRepository } from '../../application/ports/configuration-repository.js';
import type { FaxFiles } from '../../application/ports/fax-files.js';
import type { FaxRepository } from '../../application/ports/fax-repository.js';
import type { IdSource } from '../../application/ports/id-source.js';
import type { IdempotencyRepository } from '../../application/ports/idempotency-repository.js';
import type { MetricsPage } from '../../application/ports/metrics-page.js';
import type { NumberingPlan } from '../../application/ports/numbering-plan.js';
import type { PromptLibrary, SoundUploads } from '../../application/ports/prompt-library.js';
import type { PublisherKeyRepository } from '../../application/ports/publisher-key-repository.js';
import type { RecordingFiles } from '../../application/ports/recording-files.js';
import type { SecretSource } from '../../application/ports/secret-source.js';
import type { CapCounter } from '../../application/sale/cap-counter.js';
import type { GatewayHealth } from '../../application/sale/gateway-health.js';

export interface HttpDependencies {
  readonly configuration: ConfigurationRepository;
  readonly checker: ConfigurationChecker;
  readonly prompts: PromptLibrary;
  readonly uploads: SoundUploads;
  readonly onEdited: EditDependencies['onEdited'];
  readonly keys: ApiKeyRepository;
  readonly idempotency: IdempotencyRepository;
  readonly secrets: SecretSource;
  readonly calls: CallRepository;
  readonly caps: CapCounter;
  readonly callerLists: CallerLists;
  readonly numbers: NumberingPlan;
  /** Of numbers in national form, ISO 3166. */
  readonly country: string;
  readonly live: LiveCalls;
  readonly feed: LiveFeed;
  readonly recordings: RecordingFiles;
  readonly faxes: Pick<FaxRepository, 'find' | 'list'>;
  readonly faxFiles: Pick<FaxFiles, 'openPdf'>;
  /** What links to recordings are signed with: 32 bytes that nobody else has. */
  readonly linkKey: Uint8Array;
  readonly readiness: Readiness;
  readonly gateways: Pick<GatewayHealth, 'list'>;
  readonly publisherKeys: PublisherKeyRepository;
  readonly pings: Pick<PingDesk, 'answer'>;
  readonly planDesk: PlanDesk;
  readonly shadows: ShadowDesk;
  readonly simulate: (supposed: SupposedCall) => Promise<Simulation>;
  readonly backtests: Pick<BacktestDesk, 'run' | 'begin' | 'latest' | 'cancel'>;
  readonly metrics: MetricsPage;
  readonly bidderFigures: BidderFigures;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  /** Requests a minute that one key, or one address without a key, may make. */
  readonly requestsPerMinute: number;
}
