/**
 * Durable call records: the store with many calls that end at once, against the same statements with one transaction, and so
 * one fsync, for each record. Both on the same disk, in turns.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CallWrites } from '../src/adapters/sqlite/call-writes.js';
import { GroupCommit } from '../src/adapters/sqlite/group-commit.js';
import { openForWriting } from '../src/adapters/sqlite/open-database.js';
import { openSqliteStore, type SqliteStore } from '../src/adapters/sqlite/open-sqlite-store.js';
import type { CallClosing } from '../src/application/ports/call-repository.js';
import { packageRoot } from '../src/config/package-root.js';
import { answeredCall, closingOf, endedCall, receivedCall } from '../test/contract/call-samples.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import { median } from './numbers.js';
import type { BenchOptions } from './options.js';

const TURNS = 5;
/** Calls that end within the time of a few fsyncs on a busy node. */
const AT_ONCE = 64;

let lastCall = 0;

function closings(count: number): CallClosing[] {
  return Array.from({ length: count }, () => {
    lastCall += 1;
    return closingOf(endedCall(answeredCall(receivedCall(`call-${lastCall}`))));
  });
}

async function perSecond(records: readonly CallClosing[], write: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await write();
  return (records.length * 1000) / (performance.now() - startedMs);
}

/** So many at once, the next as soon as one is durable. */
async function throughStore(store: SqliteStore, records: readonly CallClosing[]): Promise<void> {
  const rest = records.values();
  const lane = async (): Promise<void> => {
    for (const record of rest) await store.calls.close(record);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

async function oneByOne(file: string, records: readonly CallClosing[]): Promise<void> {
  const database = openForWriting(file);
  try {
    const writes = new CallWrites(database);
    const group = new GroupCommit<CallClosing>(database, (record) => writes.close(record));
    for (const record of records) {
      for (const result of group.run([record])) if (!result.isDone) throw result.error;
    }
  } finally {
    database.close();
  }
}

export async function benchRecords(options: BenchOptions, progress: (sentence: string) => void): Promise<BenchLine[]> {
  const count = options.isQuick ? 200 : 1_500;
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-bench-'));
  const grouped: number[] = [];
  const single: number[] = [];
  try {
    const file = join(folder, 'records.db');
    for (let turn = 0; turn < TURNS; turn += 1) {
      progress(`turn ${turn + 1} of ${TURNS}`);
      const store = await openSqliteStore({ file, migrationsFolder: join(packageRoot(), 'migrations') });
      const many = closings(count);
      grouped.push(await perSecond(many, () => throughStore(store, many)));
      await store.close();
      const few = closings(Math.ceil(count / 5));
      single.push(await perSecond(few, () => oneByOne(file, few)));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const ratio = median(grouped.map((each, turn) => each / (single[turn] ?? 1)));
  const rates = `${median(grouped).toFixed(0)} a second, one by one ${median(single).toFixed(0)}`;
  return [
    judged('durable call records over one fsync each', `${ratio.toFixed(1)} times`, '3 times', ratio >= 3),
    noted(`  ${AT_ONCE} at once`, rates),
  ];
}
