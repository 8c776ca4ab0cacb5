/** Configuration rows in and out, on the writer thread (inside its transaction) and on the reader thread. */
import type { Database } from 'better-sqlite3';
import type { ConfigurationDocument, SectionName } from '../../domain/campaigns/configuration.js';
import { referencesTo } from '../../domain/campaigns/references.js';
import {
  AGENTS,
  BIDDERS,
  BUYERS,
  CALENDARS,
  CAMPAIGNS,
  DIDS,
  FLOWS,
  PROMPTS,
  promptOfRow,
  rowOfPrompt,
  rowOfTrunk,
  SOURCES,
  TARGETS,
  TRUNKS,
  trunkOfRow,
} from './configuration-rows.js';
import { PLANS, publishPlans } from './plan-access.js';
import type { RowMap } from './row-map.js';
import { StorageError } from './storage-error.js';
import type { StoredConfiguration, StoredEdit } from './store-requests.js';

function rowsOf<Row>(database: Database, map: RowMap<Row>): readonly Row[] {
  return database.prepare(`SELECT ${map.selection} FROM ${map.table} ORDER BY id`).all().map(map.decode);
}

/** All rows that come are taken out before the first is put in, so that two DIDs can exchange their numbers. */
function putRows<Row extends { readonly id: string }>(
  database: Database,
  map: RowMap<Row>,
  rows: readonly Row[],
): void {
  const remove = database.prepare(`DELETE FROM ${map.table} WHERE id = ?`);
  const insert = database.prepare(map.insertSql);
  for (const row of rows) remove.run(row.id);
  for (const row of rows) insert.run(map.encode(row));
}

function refuseTakenNumbers(database: Database, document: ConfigurationDocument): void {
  const holder = database.prepare('SELECT id FROM dids WHERE number = ?').pluck();
  const named = new Set(document.dids.map((did) => did.id));
  for (const did of document.dids) {
    const id = holder.get(did.number);
    if (typeof id !== 'string' || named.has(id)) continue;
    throw new StorageError('constraint', `the number of DID ${did.id} belongs already to DID ${id}`);
  }
}

function versionOf(database: Database): number {
  return Number(database.prepare('SELECT version FROM configuration_version').pluck().get());
}

function countVersion(database: Database): void {
  database.prepare('UPDATE configuration_version SET version = version + 1, changed_at = ?').run(Date.now());
}

/** Consistent when called inside a transaction. */
export function readConfiguration(database: Database): StoredConfiguration {
  return {
    version: versionOf(database),
    document: {
      trunks: rowsOf(database, TRUNKS).map(trunkOfRow),
      dids: rowsOf(database, DIDS),
      sources: rowsOf(database, SOURCES),
      campaigns: rowsOf(database, CAMPAIGNS),
      buyers: rowsOf(database, BUYERS),
      targets: rowsOf(database, TARGETS),
      bidders: rowsOf(database, BIDDERS),
      prompts: rowsOf(database, PROMPTS).map(promptOfRow),
      plans: rowsOf(database, PLANS),
      flows: rowsOf(database, FLOWS),
      calendars: rowsOf(database, CALENDARS),
      agents: rowsOf(database, AGENTS),
    },
  };
}

export function applyConfiguration(
  database: Database,
  document: ConfigurationDocument,
  author: string,
): StoredConfiguration {
  refuseTakenNumbers(database, document);
  putRows(database, TRUNKS, document.trunks.map(rowOfTrunk));
  putRows(database, DIDS, document.dids);
  putRows(database, SOURCES, document.sources);
  putRows(database, CAMPAIGNS, document.campaigns);
  putRows(database, BUYERS, document.buyers);
  putRows(database, TARGETS, document.targets);
  putRows(database, BIDDERS, document.bidders);
  putRows(database, PROMPTS, document.prompts.map(rowOfPrompt));
  putRows(database, PLANS, publishPlans(database, document.plans, author));
  putRows(database, FLOWS, document.flows);
  putRows(database, CALENDARS, document.calendars);
  putRows(database, AGENTS, document.agents);
  countVersion(database);
  return readConfiguration(database);
}

export function putConfiguration(
  database: Database,
  edit: { readonly document: ConfigurationDocument; readonly basedOnVersion: number; readonly author: string },
): StoredEdit {
  if (versionOf(database) !== edit.basedOnVersion) return { kind: 'moved' };
  return { kind: 'done', configuration: applyConfiguration(database, edit.document, edit.author) };
}

/** Sections are tables of the same name; a section is ours and never a client's text. */
export function removeConfiguration(
  database: Database,
  edit: { readonly section: SectionName; readonly id: string; readonly basedOnVersion: number },
): StoredEdit {
  const { section, id } = edit;
  if (versionOf(database) !== edit.basedOnVersion) return { kind: 'moved' };
  const references = referencesTo(readConfiguration(database).document, section, id);
  if (references.length > 0) return { kind: 'referred-to', references };
  const isGone = database.prepare(`DELETE FROM ${section} WHERE id = ?`).run(id).changes > 0;
  if (!isGone) return { kind: 'missing' };
  countVersion(database);
  return { kind: 'done', configuration: readConfiguration(database) };
}
