/**
 * The SQLite store: one file, one thread that writes and one that reads. Called by the composition root, by `ringpost
 * apply` and `ringpost export`. Nothing synchronous happens on the thread of the caller.
 */
import type { ApiKeyRepository } from '../../application/ports/api-key-repository.js';
import type { CallRepository } from '../../application/ports/call-repository.js';
import type { CallerHistories } from '../../application/ports/caller-histories.js';
import type { CallerListRepository } from '../../application/ports/caller-list-repository.js';
import type { ConfigurationRepository } from '../../application/ports/configuration-repository.js';
import type { Deliveries } from '../../application/ports/deliveries.js';
import type { FaxRepository } from '../../application/ports/fax-repository.js';
import type { IdempotencyRepository } from '../../application/ports/idempotency-repository.js';
import type { PingReservations } from '../../application/ports/ping-reservations.js';
import type { PlanRepository } from '../../application/ports/plan-repository.js';
import type { ProcessLease } from '../../application/ports/process-lease.js';
import type { PublisherKeyRepository } from '../../application/ports/publisher-key-repository.js';
import type { ShadowRepository } from '../../application/ports/shadow-repository.js';
import type { StoreHealth } from '../../application/ports/store-health.js';
import { SqliteApiKeyRepository } from './sqlite-api-key-repository.js';
import { SqliteCallRepository } from './sqlite-call-repository.js';
import { SqliteCallerHistories } from './sqlite-caller-histories.js';
import { SqliteCallerListRepository } from './sqlite-caller-list-repository.js';
import { SqliteConfigurationRepository } from './sqlite-configuration-repository.js';
import { SqliteDeliveries } from './sqlite-deliveries.js';
import { SqliteFaxRepository } from './sqlite-fax-repository.js';
import { SqliteIdempotencyRepository } from './sqlite-idempotency-repository.js';
import { SqlitePingReservations } from './sqlite-ping-reservations.js';
import { SqlitePlanRepository } from './sqlite-plan-repository.js';
import { SqliteProcessLease } from './sqlite-process-lease.js';
import { SqlitePublisherKeyRepository } from './sqlite-publisher-key-repository.js';
import { SqliteShadowRepository } from './sqlite-shadow-repository.js';
import { createStoreHealth } from './store-health.js';
import type { StoreRead, StoreWrite } from './store-requests.js';
import { type StoreLog, ThreadLink } from './thread-link.js';

/** A call makes about ten writes, so this is two thousand calls that wait for one disk; some tens of megabytes. */
const MAX_PENDING = 20_000;

export interface SqliteStoreOptions {
  /** Path of the database file; it is made when it is missing, its folder is not. */
  readonly file: string;
  readonly migrationsFolder: string;
  readonly log?: StoreLog;
  /** Requests that may wait for the disk before further ones are refused. */
  readonly maxPending?: number;
}

export interface SqliteStore {
  readonly configuration: ConfigurationRepository;
  readonly calls: CallRepository;
  readonly callerHistories: CallerHistories;
  readonly deliveries: Deliveries;
  readonly faxes: FaxRepository;
  readonly callerLists: CallerListRepository;
  readonly keys: ApiKeyRepository;
  readonly idempotency: IdempotencyRepository;
  readonly publisherKeys: PublisherKeyRepository;
  readonly plans: PlanRepository;
  readonly shadows: ShadowRepository;
  readonly reservations: PingReservations;
  readonly health: StoreHealth;
  readonly lease: ProcessLease;
  /** Writes and requests that have not settled yet: a gauge for the metrics. */
  pending(): number;
  /** Lets queued writes become durable, then closes the file. */
  close(): Promise<void>;
}

/** Rejects with a StorageError whose sentence says what to do: newer database, damaged file, no rights, ... */
export async function openSqliteStore(options: SqliteStoreOptions): Promise<SqliteStore> {
  const { file, migrationsFolder, log = null, maxPending = MAX_PENDING } = options;
  const writer = new ThreadLink<StoreWrite>({
    url: new URL('./writer-thread.js', import.meta.url),
    data: { file, migrationsFolder },
    maxPending,
    log,
  });
  await writer.started();
  const reader = new ThreadLink<StoreRead>({
    url: new URL('./reader-thread.js', import.meta.url),
    data: { file },
    maxPending,
    log,
  });
  // The reader goes first: the last handle to close is the writer's, which may fold the log into the file.
  const close = async (): Promise<void> => {
    writer.stopTaking();
    await reader.close();
    await writer.close();
  };
  try {
    await reader.started();
    const configuration = await SqliteConfigurationRepository.load(writer, reader);
    const calls = new SqliteCallRepository(writer, reader);
    const callerHistories = new SqliteCallerHistories(reader);
    const callerLists = new SqliteCallerListRepository(writer, reader);
    const keys = new SqliteApiKeyRepository(writer, reader);
    const idempotency = new SqliteIdempotencyRepository(writer);
    const publisherKeys = new SqlitePublisherKeyRepository(writer, reader);
    const reservations = new SqlitePingReservations(writer, reader);
    const plans = new SqlitePlanRepository(writer, reader);
    const shadows = new SqliteShadowRepository(writer, reader);
    const deliveries = new SqliteDeliveries(writer, reader);
    const faxes = new SqliteFaxRepository(writer, reader);
    const health = createStoreHealth(writer, reader);
    const lease = new SqliteProcessLease(writer);
    const pending = (): number => writer.pending + reader.pending;
    const parts = {
      ...{ configuration, calls, callerHistories, callerLists, keys, idempotency },
      ...{ publisherKeys, reservations, plans, shadows, deliveries, faxes },
    };
    return { ...parts, health, lease, pending, close };
  } catch (error) {
    await close();
    throw error;
  }
}
