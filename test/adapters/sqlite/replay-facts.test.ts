// What a back-test reads of a call: beside the trace for new calls, out of the trace for those of before.
import { join } from 'node:path';
import Database from 'better-sqlite3';
import t from 'tap';
import type { CheckName } from '../../../src/domain/routing/decision-trace.js';
import { check } from '../../../src/domain/routing/eligibility.js';
import { answeredCall, closingOf, endedCall, receivedCall, TRACE } from '../../contract/call-samples.js';
import { openStore, temporaryFolder } from './temporary-store.js';

const failing = (name: CheckName) => [check(name, false, 'full', 'room')];
const candidate = { buyerId: 'acme', group: '', amountMicros: null, rank: null };
const CANDIDATES = [
  { ...candidate, targetId: 'rang', outcome: 'failed', checks: failing('dial') },
  { ...candidate, targetId: 'full', outcome: 'ineligible', checks: failing('cap') },
] as const;

t.test('the tags of a ping stay with its call when the ping is forgotten', async (t) => {
  const file = join(temporaryFolder(t), 'ringpost.sqlite');
  const store = await openStore(t, file);
  await store.reservations.add({
    ...{ reference: 'r', keyId: 'key', sourceId: 'source', campaignId: 'roofing', didId: 'did', callerNumber: null },
    ...{ signature: null, tags: { zip: '78701' }, bidMicros: 1, currency: 'USD', payoutAfterMs: 0 },
    ...{ madeAt: 1, expiresAt: 1_000, offers: [], bids: [], callId: null },
  });
  const ended = endedCall(answeredCall(receivedCall('c1', 100)));
  t.equal((await store.reservations.take({ callId: 'c1', didId: 'did', callerNumber: '+1' }, 100)).kind, 'matched');
  await store.calls.close({ ...closingOf(ended), trace: { ...TRACE, candidates: CANDIDATES } });
  const database = new Database(file);
  t.teardown(() => database.close());
  database.exec('DELETE FROM ping_reservations');
  const expected = { pingTags: { zip: '78701' }, failed: ['rang'], barred: ['full'], isRouted: true };
  t.match(await store.calls.loggedCall('c1'), expected);
  database.exec('DELETE FROM replay_facts');
  t.match(await store.calls.loggedCall('c1'), { ...expected, pingTags: {} }, 'as of a call of before the table');
  database.exec('DELETE FROM traces');
  t.match(await store.calls.loggedCall('c1'), { failed: [], barred: [], isRouted: false });
});
