/** A process of its own: opens the database read-only, answers one question of database-facts.ts over the channel to its parent, ends. */
import type { Database } from 'better-sqlite3';
import { readConfiguration } from '../../adapters/sqlite/configuration-access.js';
import { openForReading } from '../../adapters/sqlite/open-database.js';
import type { ConfigurationDocument } from '../../domain/campaigns/configuration.js';
import type { DatabaseFacts, DatabaseReply } from './database-facts.js';

/** Null when a table or a column is missing, as in a database that is older or newer. A damaged file still throws. */
function attempt<Value>(read: () => Value): Value | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_ERROR') return null;
    throw error;
  }
}

function latestMs(database: Database): number | null {
  const sources = [
    'SELECT max(started_at) FROM calls',
    'SELECT max(ended_at) FROM calls',
    'SELECT max(applied_at) FROM migrations',
    'SELECT max(changed_at) FROM configuration_version',
  ];
  const values = sources.map((sql) => attempt(() => Number(database.prepare(sql).pluck().get() ?? 0)) ?? 0);
  const latest = Math.max(...values);
  return latest === 0 ? null : latest;
}

function factsOf(database: Database): DatabaseFacts {
  const migrations = attempt(() =>
    database.prepare('SELECT number, name, checksum FROM migrations ORDER BY number').all(),
  );
  const document: ConfigurationDocument | null = attempt(() => readConfiguration(database).document);
  return {
    migrations: (migrations ?? []) as DatabaseFacts['migrations'],
    latestMs: latestMs(database),
    document,
  };
}

function answer(question: string, file: string): DatabaseReply {
  let database: Database | null = null;
  try {
    database = openForReading(file);
    if (question === 'facts') return { kind: 'facts', facts: factsOf(database) };
    const lines = database.prepare('PRAGMA quick_check(5)').pluck().all();
    return { kind: 'quick-check', lines: lines.map(String) };
  } catch (error) {
    return { kind: 'failed', sentence: error instanceof Error ? error.message : String(error) };
  } finally {
    database?.close();
  }
}

const [question = '', file = ''] = process.argv.slice(2);
process.send?.(answer(question, file), () => process.disconnect());
