/** The ConfigurationChecker over the checks of the configuration file: an entry is a file with one section and one row. */
import type {
  CheckedEntry,
  ConfigurationChecker,
  EntryCheck,
  FieldFault,
} from '../../application/ports/configuration-checker.js';
import { type ConfigurationDocument, EMPTY_DOCUMENT, type SectionName } from '../../domain/campaigns/configuration.js';
import { isFields } from './check-shape.js';
import type { DialectSource } from './compose-bidder.js';
import { SECTIONS } from './document-schema.js';
import { describeFound, type Fault } from './fault.js';
import { entriesOf } from './format-configuration-file.js';
import { HIDDEN, hideSecrets, placeholdersIn, restoreSecrets } from './hide-secrets.js';
import { isTooDeep, MAX_DEPTH, readConfigurationValue } from './read-configuration-file.js';

type Entry = Readonly<Record<string, unknown>>;

/** Rows as the file has them, with their secrets. */
function entriesWith(section: SectionName, ids: ReadonlySet<string>, stored: ConfigurationDocument): readonly Entry[] {
  const rows: readonly { readonly id: string }[] = stored[section];
  const named = rows.filter(({ id }) => ids.has(id));
  return entriesOf({ ...EMPTY_DOCUMENT, [section]: named })[section] as readonly Entry[];
}

function entryOf(section: SectionName, id: string, stored: ConfigurationDocument): Entry | null {
  return entriesWith(section, new Set([id]), stored)[0] ?? null;
}

/** `campaigns[0].maxHoldMs` becomes `maxHoldMs`. */
function withoutSection({ path, found, expected }: Fault, section: SectionName): FieldFault {
  const start = `${section}[0]`;
  return { field: path.startsWith(start) ? path.slice(start.length).replace(/^\./, '') : path, found, expected };
}

function restored({ section, entry, stored, replaces }: EntryCheck): unknown {
  const kept = replaces === null ? null : entryOf(section, replaces, stored);
  return kept === null ? entry : restoreSecrets(entry, hideSecrets(section, kept), kept);
}

function idFaults(entry: unknown, replaces: string | null): readonly FieldFault[] {
  if (replaces === null || !isFields(entry) || entry.id === undefined || entry.id === replaces) return [];
  const expected = `"${replaces}": an id cannot be changed`;
  return [{ field: 'id', found: describeFound(entry.id, 'id'), expected }];
}

/** An entry that replaces a row may leave out the id, which its path names already. */
function named(entry: unknown, replaces: string | null): unknown {
  return replaces !== null && isFields(entry) && entry.id === undefined ? { id: replaces, ...entry } : entry;
}

function check(request: EntryCheck, dialects: DialectSource): CheckedEntry {
  const { section, replaces, stored } = request;
  if (isTooDeep(request.entry)) {
    const expected = `at most ${MAX_DEPTH} levels`;
    return { kind: 'faulty', faults: [{ field: '', found: 'a deeper value', expected }] };
  }
  const entry = named(restored(request), replaces);
  const hidden = placeholdersIn(entry, '').map((field) => {
    return { field, found: JSON.stringify(HIDDEN), expected: 'the secret itself, since none is kept here' };
  });
  const result = readConfigurationValue({ [section]: [entry] }, { ...dialects, stored });
  const faults = result.ok ? [] : result.faults.map((fault) => withoutSection(fault, section));
  const all = [...idFaults(entry, replaces), ...hidden, ...faults];
  if (!result.ok || all.length > 0) return { kind: 'faulty', faults: all };
  const [row] = result.document[section];
  return { kind: 'sound', id: row?.id ?? '', document: result.document };
}

/** Unknown fields are refused by the check, so the schema says so too. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (!isFields(schema)) return schema;
  const parts = Object.fromEntries(Object.entries(schema).map(([name, part]) => [name, closed(part)]));
  return isFields(schema.properties) ? { ...parts, additionalProperties: false } : parts;
}

export function createConfigurationChecker(dialects: DialectSource): ConfigurationChecker {
  return {
    check: (request) => check(request, dialects),
    show(section, id, stored) {
      const entry = entryOf(section, id, stored);
      return entry === null ? null : hideSecrets(section, entry);
    },
    showAll: (section, ids, stored) =>
      new Map(entriesWith(section, ids, stored).map((entry) => [String(entry.id), hideSecrets(section, entry)])),
    schemaOf: (section) => closed(JSON.parse(JSON.stringify(SECTIONS[section]))) as Entry,
  };
}
