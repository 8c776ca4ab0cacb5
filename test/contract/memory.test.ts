// The contracts of the ports, kept by the implementations in memory.
import { MemoryApiKeyRepository } from '../../src/adapters/memory/memory-api-key-repository.js';
import { MemoryCallRepository } from '../../src/adapters/memory/memory-call-repository.js';
import { MemoryCallerListRepository } from '../../src/adapters/memory/memory-caller-list-repository.js';
import { MemoryConfigurationRepository } from '../../src/adapters/memory/memory-configuration-repository.js';
import { MemoryFaxRepository } from '../../src/adapters/memory/memory-fax-repository.js';
import { MemoryIdempotencyRepository } from '../../src/adapters/memory/memory-idempotency-repository.js';
import { MemoryPingReservations } from '../../src/adapters/memory/memory-ping-reservations.js';
import { MemoryPlanRepository } from '../../src/adapters/memory/memory-plan-repository.js';
import { MemoryPublisherKeyRepository } from '../../src/adapters/memory/memory-publisher-key-repository.js';
import { MemoryShadowRepository } from '../../src/adapters/memory/memory-shadow-repository.js';
import { MemorySlotCounter } from '../../src/adapters/memory/memory-slot-counter.js';
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
import { slotCounterContract } from './slot-counter-contract.js';

await callRepositoryContract('memory', async () => new MemoryCallRepository());
await callProgressContract('memory', async () => new MemoryCallRepository());
await callSearchContract('memory', async () => new MemoryCallRepository());
await configurationRepositoryContract('memory', async () => new MemoryConfigurationRepository());
await apiKeyRepositoryContract('memory', async () => new MemoryApiKeyRepository());
await idempotencyRepositoryContract('memory', async () => new MemoryIdempotencyRepository());
await slotCounterContract('memory', async () => new MemorySlotCounter());
await planContract('memory', async () => {
  const plans = new MemoryPlanRepository();
  return { plans, configuration: new MemoryConfigurationRepository(plans) };
});
await shadowContract('memory', async () => {
  const calls = new MemoryCallRepository();
  return { calls, shadows: new MemoryShadowRepository(calls) };
});
await publisherContract('memory', async () => ({
  publisherKeys: new MemoryPublisherKeyRepository(),
  reservations: new MemoryPingReservations(),
}));
await deliveriesContract('memory', async () => {
  const calls = new MemoryCallRepository();
  return { calls, deliveries: calls.deliveries };
});

await callerHistoriesContract('memory', async () => {
  const calls = new MemoryCallRepository();
  return { calls, callerHistories: calls.callerHistories };
});
await faxContract('memory', async () => ({ calls: new MemoryCallRepository(), faxes: new MemoryFaxRepository() }));
await callerListContract('memory', async () => new MemoryCallerListRepository());
