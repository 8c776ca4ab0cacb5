/** Configuration in SQLite. `current` is the last value that was read or written; it never goes back to an older one. */
import type {
  ConfigurationRepository,
  PutOutcome,
  RemoveOutcome,
} from '../../application/ports/configuration-repository.js';
import {
  type Configuration,
  type ConfigurationDocument,
  indexConfiguration,
  type SectionName,
} from '../../domain/campaigns/configuration.js';
import type { ReadResults, StoredConfiguration, StoredEdit, StoreRead, StoreWrite } from './store-requests.js';
import type { ThreadLink } from './thread-link.js';

export class SqliteConfigurationRepository implements ConfigurationRepository {
  readonly #writer: ThreadLink<StoreWrite>;
  readonly #reader: ThreadLink<StoreRead>;
  #configuration: Configuration;

  private constructor(
    writer: ThreadLink<StoreWrite>,
    reader: ThreadLink<StoreRead>,
    { version, document }: StoredConfiguration,
  ) {
    this.#writer = writer;
    this.#reader = reader;
    this.#configuration = indexConfiguration(version, document);
  }

  static async load(
    writer: ThreadLink<StoreWrite>,
    reader: ThreadLink<StoreRead>,
  ): Promise<SqliteConfigurationRepository> {
    const stored = await reader.request({ kind: 'configuration' });
    return new SqliteConfigurationRepository(writer, reader, stored as ReadResults['configuration']);
  }

  current(): Configuration {
    return this.#configuration;
  }

  async refresh(): Promise<Configuration> {
    const stored = await this.#reader.request({ kind: 'configuration' });
    return this.#adopt(stored as ReadResults['configuration']);
  }

  async apply(document: ConfigurationDocument, author = ''): Promise<Configuration> {
    const stored = await this.#writer.request({ kind: 'apply-configuration', document, author });
    return this.#adopt(stored as StoredConfiguration);
  }

  async put(document: ConfigurationDocument, basedOnVersion: number, author = ''): Promise<PutOutcome> {
    const edit = await this.#writer.request({ kind: 'put-configuration', document, basedOnVersion, author });
    return this.#outcomeOf(edit as StoredEdit) as PutOutcome;
  }

  async remove(section: SectionName, id: string, basedOnVersion: number): Promise<RemoveOutcome> {
    const edit = await this.#writer.request({ kind: 'remove-configuration', section, id, basedOnVersion });
    return this.#outcomeOf(edit as StoredEdit);
  }

  #outcomeOf(edit: StoredEdit): RemoveOutcome {
    return edit.kind === 'done' ? { kind: 'done', configuration: this.#adopt(edit.configuration) } : edit;
  }

  async export(): Promise<ConfigurationDocument> {
    const stored = await this.#reader.request({ kind: 'configuration' });
    return (stored as ReadResults['configuration']).document;
  }

  /** A read that started before a write may answer after it, so only a newer version takes the place of the current one. */
  #adopt({ version, document }: StoredConfiguration): Configuration {
    if (version > this.#configuration.version) this.#configuration = indexConfiguration(version, document);
    return this.#configuration;
  }
}
