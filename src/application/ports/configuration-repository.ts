/**
 * Configuration in the store. `current` is a value in memory and costs nothing, since every call asks for it; `replace`
 * validates nothing: what comes in has been validated to the field.
 */
import type { Configuration, ConfigurationDocument, SectionName } from '../../domain/campaigns/configuration.js';
import type { ConfigurationReference } from '../../domain/campaigns/references.js';

/** `moved`: the store is at another version than the one that the edit was judged against, and nothing was written. */
export type PutOutcome = { readonly kind: 'done'; readonly configuration: Configuration } | { readonly kind: 'moved' };

export type RemoveOutcome =
  | PutOutcome
  | { readonly kind: 'missing' }
  | { readonly kind: 'referred-to'; readonly references: readonly ConfigurationReference[] };

export interface ConfigurationReader {
  current(): Configuration;
}

export interface ConfigurationRepository extends ConfigurationReader {
  /** Reads the store again, for a change that another process made. */
  refresh(): Promise<Configuration>;
  /**
   * Puts every row of the document in, in place of the row with the same id; rows not named stay. One transaction. A plan that
   * differs from what is published becomes a new version of it, with the `author` for people.
   */
  apply(document: ConfigurationDocument, author?: string): Promise<Configuration>;
  /** As `apply`, when the store is still at `basedOnVersion`. */
  put(document: ConfigurationDocument, basedOnVersion: number, author?: string): Promise<PutOutcome>;
  /** Takes one row out, unless others refer to it or the store is no longer at `basedOnVersion`. */
  remove(section: SectionName, id: string, basedOnVersion: number): Promise<RemoveOutcome>;
  export(): Promise<ConfigurationDocument>;
}
