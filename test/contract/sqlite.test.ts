// The contracts of the ports, kept by SQLite.
import { openTemporaryStore } from '../adapters/sqlite/temporary-store.js';
import { callRepositoryContract } from './call-repository-contract.js';
import { configurationRepositoryContract } from './configuration-repository-contract.js';

await callRepositoryContract('SQLite', async (t) => (await openTemporaryStore(t)).calls);
await configurationRepositoryContract('SQLite', async (t) => (await openTemporaryStore(t)).configuration);
