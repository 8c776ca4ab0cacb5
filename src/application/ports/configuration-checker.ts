/**
 * The configuration file format, entry by entry: what the REST API takes and shows is exactly what stands in a file. One
 * adapter implements it with the checks of the file itself.
 */
import type { ConfigurationDocument, SectionName } from '../../domain/campaigns/configuration.js';

/** What is wrong with one field of an entry. */
export interface FieldFault {
  /** Inside the entry, for example `fallback[0].trunkId`; empty for the entry as a whole. */
  readonly field: string;
  readonly found: string;
  readonly expected: string;
}

export type CheckedEntry =
  /** A document with the one row and nothing else. */
  | { readonly kind: 'sound'; readonly id: string; readonly document: ConfigurationDocument }
  | { readonly kind: 'faulty'; readonly faults: readonly FieldFault[] };

export interface EntryCheck {
  readonly section: SectionName;
  readonly entry: unknown;
  readonly stored: ConfigurationDocument;
  /** Id of the row that the entry replaces; null when it is a new one. */
  readonly replaces: string | null;
}

export interface ConfigurationChecker {
  /**
   * All faults at once, unknown fields among them. A text that equals what `show` gives in place of a secret of the
   * replaced row stands for that secret.
   */
  check(check: EntryCheck): CheckedEntry;
  /** The row as an entry, without secrets and without paths of this machine. Null when there is no such row. */
  show(section: SectionName, id: string, stored: ConfigurationDocument): Readonly<Record<string, unknown>> | null;
  /** As `show`, for many rows of a section: by id, without those that are not there. */
  showAll(
    section: SectionName,
    ids: ReadonlySet<string>,
    stored: ConfigurationDocument,
  ): ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** JSON Schema (2020-12) of an entry, for the description of the API. */
  schemaOf(section: SectionName): Readonly<Record<string, unknown>>;
}
