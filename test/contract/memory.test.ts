// The contracts of the ports, kept by the implementations in memory.
import { MemoryCallRepository } from '../../src/adapters/memory/memory-call-repository.js';
import { MemoryConfigurationRepository } from '../../src/adapters/memory/memory-configuration-repository.js';
import { MemorySlotCounter } from '../../src/adapters/memory/memory-slot-counter.js';
import { callRepositoryContract } from './call-repository-contract.js';
import { configurationRepositoryContract } from './configuration-repository-contract.js';
import { slotCounterContract } from './slot-counter-contract.js';

await callRepositoryContract('memory', async () => new MemoryCallRepository());
await configurationRepositoryContract('memory', async () => new MemoryConfigurationRepository());
await slotCounterContract('memory', async () => new MemorySlotCounter());
