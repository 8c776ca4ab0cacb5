/** Configuration of one process, for application tests and for the demonstration without a database file. */
import type {
  ConfigurationRepository,
  PutOutcome,
  RemoveOutcome,
} from '../../application/ports/configuration-repository.js';
import {
  type Configuration,
  type ConfigurationDocument,
  EMPTY_DOCUMENT,
  indexConfiguration,
  type SectionName,
} from '../../domain/campaigns/configuration.js';
import { referencesTo } from '../../domain/campaigns/references.js';
import { MemoryPlanRepository } from './memory-plan-repository.js';

/** Rows in the order of their ids, as the database gives them. */
function merge<Row extends { readonly id: string }>(kept: readonly Row[], put: readonly Row[]): readonly Row[] {
  const rows = new Map([...kept, ...put].map((row) => [row.id, structuredClone(row)]));
  return [...rows.values()].sort((left, right) => (left.id < right.id ? -1 : 1));
}

function mergeDocuments(kept: ConfigurationDocument, put: ConfigurationDocument): ConfigurationDocument {
  return {
    trunks: merge(kept.trunks, put.trunks),
    dids: merge(kept.dids, put.dids),
    sources: merge(kept.sources, put.sources),
    campaigns: merge(kept.campaigns, put.campaigns),
    buyers: merge(kept.buyers, put.buyers),
    targets: merge(kept.targets, put.targets),
    bidders: merge(kept.bidders, put.bidders),
    prompts: merge(kept.prompts, put.prompts),
    plans: merge(kept.plans, put.plans),
    flows: merge(kept.flows, put.flows),
    calendars: merge(kept.calendars, put.calendars),
    agents: merge(kept.agents, put.agents),
  };
}

export class MemoryConfigurationRepository implements ConfigurationRepository {
  readonly #plans: MemoryPlanRepository;
  #document = EMPTY_DOCUMENT;
  #configuration = indexConfiguration(0, EMPTY_DOCUMENT);

  constructor(plans = new MemoryPlanRepository()) {
    this.#plans = plans;
  }

  current(): Configuration {
    return this.#configuration;
  }

  async refresh(): Promise<Configuration> {
    return this.#configuration;
  }

  async apply(document: ConfigurationDocument, author = ''): Promise<Configuration> {
    const plans = this.#plans.publish(document.plans, this.#document.plans, author);
    const merged = mergeDocuments(this.#document, { ...document, plans });
    const next = indexConfiguration(this.#configuration.version + 1, merged);
    if (next.didsByNumber.size < merged.dids.length) throw new Error('two DIDs have the same number');
    this.#document = merged;
    this.#configuration = next;
    return next;
  }

  async put(document: ConfigurationDocument, basedOnVersion: number, author = ''): Promise<PutOutcome> {
    if (this.#configuration.version !== basedOnVersion) return { kind: 'moved' };
    return { kind: 'done', configuration: await this.apply(document, author) };
  }

  async remove(section: SectionName, id: string, basedOnVersion: number): Promise<RemoveOutcome> {
    if (this.#configuration.version !== basedOnVersion) return { kind: 'moved' };
    const references = referencesTo(this.#document, section, id);
    if (references.length > 0) return { kind: 'referred-to', references };
    const rows: readonly { readonly id: string }[] = this.#document[section];
    const kept = rows.filter((row) => row.id !== id);
    if (kept.length === rows.length) return { kind: 'missing' };
    this.#document = { ...this.#document, [section]: kept };
    this.#configuration = indexConfiguration(this.#configuration.version + 1, this.#document);
    return { kind: 'done', configuration: this.#configuration };
  }

  async export(): Promise<ConfigurationDocument> {
    return structuredClone(this.#document);
  }
}
