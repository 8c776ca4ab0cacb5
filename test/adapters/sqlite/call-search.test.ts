// What a page of the call log costs: it is read off an index, and a rare call does not make it read the whole log.
import BetterSqlite3, { type Database } from 'better-sqlite3';
import t, { type Test } from 'tap';
import { CALLS, rowOfCall } from '../../../src/adapters/sqlite/call-rows.js';
import { CallSearch, searchSql } from '../../../src/adapters/sqlite/call-search.js';
import { migrate, readMigrations } from '../../../src/adapters/sqlite/migrate.js';
import { ANY_CALL, type CallFilter } from '../../../src/application/ports/call-repository.js';
import { receivedCall } from '../../contract/call-samples.js';
import { MIGRATIONS_FOLDER } from './temporary-store.js';

function openMemory(t: Test): Database {
  const database = new BetterSqlite3(':memory:');
  t.teardown(() => database.close());
  migrate(database, readMigrations(MIGRATIONS_FOLDER));
  return database;
}

const PLANS: readonly (readonly [Partial<CallFilter>, string])[] = [
  [{}, 'calls_by_start (started_at>? AND (started_at,call_id)<(?,?))'],
  [{ campaignId: 'x' }, 'calls_by_campaign (campaign_id=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ sourceId: 'x' }, 'calls_by_source (source_id=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ buyerId: 'x' }, 'calls_by_buyer (buyer_id=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ targetId: 'x' }, 'calls_by_target (target_id=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ trunkId: 'x' }, 'calls_by_trunk (trunk_id=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ didId: 'x' }, 'calls_by_did (did_id=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ callerNumber: 'x' }, 'calls_by_caller (caller_number=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ outcome: 'sold' }, 'calls_by_outcome (outcome=? AND started_at>? AND (started_at,call_id)<(?,?))'],
  [{ state: 'refused' }, 'calls_refused (started_at>? AND (started_at,call_id)<(?,?))'],
  [{ state: 'bridged' }, 'calls_unfinished (started_at>? AND (started_at,call_id)<(?,?))'],
  [
    { campaignId: 'x', buyerId: 'y', outcome: 'sold' },
    'calls_by_buyer (buyer_id=? AND started_at>? AND (started_at,call_id)<(?,?))',
  ],
];

t.test('every search begins at its place in an index and sorts nothing, however long the log is', async (t) => {
  const database = openMemory(t);
  for (const [filter, index] of PLANS) {
    const sql = `EXPLAIN QUERY PLAN ${searchSql({ ...ANY_CALL, ...filter })}`;
    const parameters = { ...ANY_CALL, startedAt: 1, callId: '', startedFrom: 0, startedBefore: undefined };
    const plan = database.prepare(sql).all(parameters) as { detail: string }[];
    t.same(
      plan.map(({ detail }) => detail.replace('USING COVERING INDEX', 'USING INDEX')),
      [`SEARCH calls USING INDEX ${index}`],
      JSON.stringify(filter),
    );
  }
});

t.test('a page looks at so many rows and no more: what is rare comes on a later page', async (t) => {
  const database = openMemory(t);
  const insert = database.prepare(CALLS.insertSql);
  for (let index = 0; index < 95; index += 1) {
    const call = {
      ...receivedCall(`c${index}`, index),
      sourceId: 'publisher',
      campaignId: index === 3 ? 'rare' : 'usual',
    };
    insert.run(CALLS.encode(rowOfCall(call)));
  }
  const search = new CallSearch(database, 10);
  const filter = { ...ANY_CALL, sourceId: 'publisher', campaignId: 'rare' };
  const sizes: number[] = [];
  let after: ReturnType<CallSearch['search']>['next'] = null;
  do {
    const page = search.search(filter, 5, after);
    sizes.push(page.calls.length);
    after = page.next;
  } while (after !== null);
  t.same(sizes, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
});
