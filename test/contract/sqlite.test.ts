// The contracts of the ports, kept by SQLite.
import { openTemporaryStore } from '../adapters/sqlite/temporary-store.js';
import { apiKeyRepositoryContract } from './api-key-repository-contract.js';
import { callProgressContract } from './call-progress-contract.js';
import { callRepositoryContract } from './call-repository-contract.js';
import { callSearchContract } from './call-search-contract.js';
import { callerHistoriesContract } from './caller-histories-contract.js';
import { callerListContract } from './caller-list-contract.js';
import { configurationRepositoryContract } from './configuration-repository-contract.js';
import { deliveriesContract } from './deliveries-contract.js';
import { faxContract } from './fax-contract.js';
import { idempotencyRepositoryContract } from './idempotency-repository-contract.js';
import { planContract } from './plan-contract.js';
import { publisherContract } from './publisher-contract.js';
import { shadowContract } from './shadow-contract.js';

await callRepositoryContract('SQLite', async (t) => (await openTemporaryStore(t)).calls);
await callProgressContract('SQLite', async (t) => (await openTemporaryStore(t)).calls);
await callSearchContract('SQLite', async (t) => (await openTemporaryStore(t)).calls);
await configurationRepositoryContract('SQLite', async (t) => (await openTemporaryStore(t)).configuration);
await apiKeyRepositoryContract('SQLite', async (t) => (await openTemporaryStore(t)).keys);
await idempotencyRepositoryContract('SQLite', async (t) => (await openTemporaryStore(t)).idempotency);
await planContract('SQLite', (t) => openTemporaryStore(t));
await shadowContract('SQLite', (t) => openTemporaryStore(t));
await publisherContract('SQLite', (t) => openTemporaryStore(t));
await callerHistoriesContract('SQLite', (t) => openTemporaryStore(t));
await deliveriesContract('SQLite', (t) => openTemporaryStore(t));
await faxContract('SQLite', (t) => openTemporaryStore(t));
await callerListContract('SQLite', async (t) => (await openTemporaryStore(t)).callerLists);
