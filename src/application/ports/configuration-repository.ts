/**
 * Configuration in the store. `current` is a value in memory and costs nothing, since every call asks for it; `replace`
 * validates nothing: what comes in has been validated to the field.
 */
import type { Configuration, ConfigurationDocument } from '../../domain/configuration.js';

export interface ConfigurationReader {
  current(): Configuration;
}

export interface ConfigurationRepository extends ConfigurationReader {
  /** Reads the store again, for a change that another process made. */
  refresh(): Promise<Configuration>;
  /** Puts every row of the document in, in place of the row with the same id; rows not named stay. One transaction. */
  apply(document: ConfigurationDocument): Promise<Configuration>;
  export(): Promise<ConfigurationDocument>;
}
