/**
 * Reads a configuration file to the field: what `ringpost apply FILE` loads. All faults at once, each with its path; never
 * throws on what a file holds. The format is described in docs/configuration-file.md.
 */

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type ConfigurationDocument, EMPTY_DOCUMENT } from '../../domain/campaigns/configuration.js';
import { buildAgent } from './agent-entry.js';
import { buildCalendar, type DatedEntry, datedScheduleOf } from './calendar-entry.js';
import { checkIds, type RawSections, type StoredIds } from './check-ids.js';
import { checkPlans, checkReferences } from './check-references.js';
import { checkShape, isFields } from './check-shape.js';
import { buildBidder, type DialectSource } from './compose-bidder.js';
import { buildFlow } from './compose-flow.js';
import { buildBuyer, buildCampaign, buildDid, buildPrompt, buildSource, buildTarget } from './compose-rows.js';
import { buildTrunk } from './compose-trunk.js';
import { type Entry, SECTIONS, type SectionName } from './document-schema.js';
import { type Fault, faultAt, fieldPath } from './fault.js';
import type { Placed } from './placed.js';
import { buildPlan } from './plan-entry.js';

export interface ConfigurationFileOptions extends DialectSource {
  /** What is in the store already: the file may refer to it. */
  readonly stored?: ConfigurationDocument;
  /** Where relative paths of audio files start; they stay as they are without it. */
  readonly folder?: string;
}

export type ConfigurationFileResult =
  | { readonly ok: true; readonly document: ConfigurationDocument }
  | { readonly ok: false; readonly faults: readonly Fault[] };

const SECTION_NAMES = Object.keys(SECTIONS) as readonly SectionName[];
/** The deepest that a document of ours goes is far less; a parser that recurses must not meet more. */
export const MAX_DEPTH = 64;
const MAX_BYTES = 16_000_000;

export function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return true;
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
  }
  return false;
}

function sectionsOf(value: Readonly<Record<string, unknown>>, faults: Fault[]): RawSections {
  for (const [name, found] of Object.entries(value)) {
    if (Object.hasOwn(SECTIONS, name)) continue;
    faults.push(faultAt(fieldPath('', name), found, `no section of this name; known are ${SECTION_NAMES.join(', ')}`));
  }
  const section = (name: SectionName): readonly unknown[] => {
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (Array.isArray(found)) return found;
    if (found !== undefined) faults.push(faultAt(name, found, `a list of ${name}`));
    return [];
  };
  return Object.fromEntries(SECTION_NAMES.map((name) => [name, section(name)])) as Record<
    SectionName,
    readonly unknown[]
  >;
}

/** Entries of right shape with their places; the faults of the others are added. */
function wellShaped<Name extends SectionName>(
  name: Name,
  sections: RawSections,
  faults: Fault[],
): readonly Placed<Entry<Name>>[] {
  return sections[name].flatMap((entry, index) => {
    const path = `${name}[${index}]`;
    const before = faults.length;
    checkShape(SECTIONS[name], entry, path, faults);
    return faults.length === before ? [{ row: entry as Entry<Name>, path }] : [];
  });
}

function build<From, To>(
  entries: readonly Placed<From>[],
  builder: (entry: From, path: string) => To | null,
): readonly Placed<To>[] {
  return entries.flatMap(({ row: entry, path }) => {
    const row = builder(entry, path);
    return row === null ? [] : [{ row, path }];
  });
}

const readSchedule = (entry: unknown) => datedScheduleOf(entry as DatedEntry | null | undefined);

const rowsOf = <Row>(placed: readonly Placed<Row>[]): readonly Row[] => placed.map(({ row }) => row);

function storedIdsOf(stored: ConfigurationDocument): StoredIds {
  const ids = SECTION_NAMES.map((name) => [name, new Set(stored[name].map(({ id }) => id))]);
  return Object.fromEntries(ids) as StoredIds;
}

/** Reads a value that came out of a JSON parser. */
export function readConfigurationValue(value: unknown, options: ConfigurationFileOptions): ConfigurationFileResult {
  if (!isFields(value)) return { ok: false, faults: [faultAt('', value, 'an object with sections')] };
  if (isTooDeep(value)) return { ok: false, faults: [faultAt('', value, `at most ${MAX_DEPTH} levels`)] };
  const { stored = EMPTY_DOCUMENT, folder = null } = options;
  const faults: Fault[] = [];
  const sections = sectionsOf(value, faults);
  const shaped = <Name extends SectionName>(name: Name) => wellShaped(name, sections, faults);
  const rows = {
    trunks: build(shaped('trunks'), buildTrunk),
    dids: build(shaped('dids'), buildDid),
    sources: build(shaped('sources'), buildSource),
    campaigns: build(shaped('campaigns'), (entry, path) => buildCampaign(entry, path, faults)),
    buyers: build(shaped('buyers'), buildBuyer),
    targets: build(shaped('targets'), (entry, path) => buildTarget(entry, path, faults)),
    bidders: build(shaped('bidders'), (entry, path) => buildBidder(entry, path, options, faults)),
    prompts: build(shaped('prompts'), (entry, path) => buildPrompt(entry, path, folder, faults)),
    calendars: build(shaped('calendars'), (entry, path) => buildCalendar(entry, path, faults)),
    plans: build(shaped('plans'), (entry, path) => buildPlan(entry, path, faults, readSchedule)),
    flows: build(shaped('flows'), (entry, path) => buildFlow(entry, path, faults)),
    agents: build(shaped('agents'), buildAgent),
  };
  checkIds(sections, storedIdsOf(stored), faults);
  checkReferences(rows, stored, faults);
  // A tree of what could not be read would be full of faults that are none.
  const isReadable = (['targets', 'plans'] as const).every((name) => rows[name].length === sections[name].length);
  if (isReadable) checkPlans(rows, stored, faults);
  if (faults.length > 0) return { ok: false, faults };
  const document = Object.fromEntries(SECTION_NAMES.map((name) => [name, rowsOf<unknown>(rows[name])]));
  return { ok: true, document: document as unknown as ConfigurationDocument };
}

/** Reads the text of a file; the place of a JSON fault is in the parser's own words. */
export function readConfigurationText(text: string, options: ConfigurationFileOptions): ConfigurationFileResult {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { ok: false, faults: [{ path: '(the document)', found: JSON.stringify(words), expected: 'JSON text' }] };
  }
  return readConfigurationValue(value, options);
}

/** Reads a file; relative paths in it start at its own folder. A file that cannot be read is a fault like any other. */
export async function readConfigurationFile(
  path: string,
  options: ConfigurationFileOptions,
): Promise<ConfigurationFileResult> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    return { ok: false, faults: [{ path: '(the file)', found: JSON.stringify(words), expected: 'a readable file' }] };
  }
  if (bytes.length > MAX_BYTES) {
    const expected = `at most ${MAX_BYTES} bytes`;
    return { ok: false, faults: [{ path: '(the file)', found: `${bytes.length} bytes`, expected }] };
  }
  return readConfigurationText(bytes.toString('utf8'), { folder: dirname(resolve(path)), ...options });
}
