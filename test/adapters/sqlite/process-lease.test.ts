/** One process at a time writes the calls of a database: another one waits, takes over from the dead, and shuts the late out. */
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { openSqliteStore, type SqliteStore } from '../../../src/adapters/sqlite/open-sqlite-store.js';
import { isKnownDead, thisProcess } from '../../../src/adapters/system/process-life.js';
import type { LeaseHolder } from '../../../src/application/ports/process-lease.js';
import { holdLease, LEASE_STALE_MS, type LeaseTerms } from '../../../src/application/survival/hold-lease.js';
import {
  answeredCall,
  closingOf,
  endedCall,
  legOf,
  receivedCall,
  recordingOf,
  TIMELINE,
} from '../../contract/call-samples.js';
import { Deferred } from '../../support/deferred.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { MIGRATIONS_FOLDER, temporaryFolder } from './temporary-store.js';

const OLD: LeaseHolder = { host: 'node-1', pid: 1_000, incarnation: '1' };
const NEW: LeaseHolder = { host: 'node-1', pid: 1_001, incarnation: '1' };

async function twoStores(t: Test): Promise<[SqliteStore, SqliteStore]> {
  const file = join(temporaryFolder(t), 'test.sqlite');
  const stores: SqliteStore[] = [];
  for (let count = 0; count < 2; count += 1)
    stores.push(await openSqliteStore({ file, migrationsFolder: MIGRATIONS_FOLDER }));
  t.teardown(() => Promise.all(stores.map((store) => store.close())));
  const [first, second] = stores;
  if (first === undefined || second === undefined) throw new Error('two stores were opened');
  return [first, second];
}

const termsOf = (store: SqliteStore, clock: VirtualClock, changes: Partial<LeaseTerms> = {}): LeaseTerms => ({
  lease: store.lease,
  clock,
  me: NEW,
  isDead: () => false,
  onWaiting: () => undefined,
  signal: new AbortController().signal,
  ...changes,
});

/** Turns the clock until the promise has settled: each look at the store takes real time. */
async function turned<Value>(clock: VirtualClock, promise: Promise<Value>): Promise<Value> {
  let isDone = false;
  const done = (): void => {
    isDone = true;
  };
  promise.then(done, done);
  while (!isDone) await clock.advance(100);
  return await promise;
}

t.test('a second process waits for the first to leave, says so, and shuts it out', async (t) => {
  const [first, second] = await twoStores(t);
  const clock = new VirtualClock();
  const old = await holdLease(termsOf(first, clock, { me: OLD }));
  t.equal(old.lastAliveAt, null, 'nobody was there before');
  await first.calls.open(receivedCall('c1'));
  const waiting: LeaseHolder[] = [];
  const isTold = new Deferred<void>();
  const onWaiting = (holder: LeaseHolder): void => {
    waiting.push(holder);
    isTold.resolve();
  };
  const coming = holdLease(termsOf(second, clock, { onWaiting }));
  await isTold.promise;
  const leftAt = clock.wallMs();
  await old.release();
  const next = await turned(clock, coming);
  t.same(waiting, [OLD], 'it is said once who is waited for');
  t.equal(next.lastAliveAt, leftAt);
  const answered = answeredCall(receivedCall('c1'));
  const late: readonly Promise<unknown>[] = [
    first.calls.open(receivedCall('c2')),
    first.calls.save(answered),
    first.calls.saveLeg(legOf(answered, 'a')),
    first.calls.saveRecording(recordingOf(answered)),
    first.calls.appendTimeline('c1', TIMELINE),
    first.calls.close(closingOf(endedCall(answered))),
  ];
  for (const write of late) await t.rejects(write, { name: 'LeaseLostError' });
  await second.calls.save(answered);
  t.equal((await second.calls.find('c1'))?.call.state, 'answered');
  await next.release();
});

t.test('who is known to be dead is not waited for', async (t) => {
  const [first, second] = await twoStores(t);
  const clock = new VirtualClock();
  t.ok(await first.lease.take(OLD, 0, clock.wallMs()));
  const next = await holdLease(termsOf(second, clock, { isDead: (holder) => holder.pid === OLD.pid }));
  t.equal(next.lastAliveAt, clock.wallMs());
  await next.release();
});

t.test('who has not been heard of is taken for dead, and learns of it when he comes back', async (t) => {
  const [first, second] = await twoStores(t);
  const clock = new VirtualClock();
  const stalled = new VirtualClock(clock.wallMs());
  const old = await holdLease(termsOf(first, stalled, { me: OLD }));
  await clock.advance(LEASE_STALE_MS + 1);
  const next = await holdLease(termsOf(second, clock));
  await turned(stalled, old.lost);
  t.equal(stalled.pendingTimers, 0, 'it beats no more');
  await old.release();
  t.match(await second.lease.look(), { holder: NEW }, 'what it gives back is not what the other one holds');
  await next.release();
});

t.test('whoever waits can be told to stop', async (t) => {
  const [first, second] = await twoStores(t);
  const clock = new VirtualClock();
  const old = await holdLease(termsOf(first, clock, { me: OLD }));
  const stop = new AbortController();
  const coming = holdLease(termsOf(second, clock, { signal: stop.signal }));
  stop.abort();
  await t.rejects(coming, /told to stop/);
  await old.release();
});

t.test('two that come at once: one has it', async (t) => {
  const [first, second] = await twoStores(t);
  t.same(
    new Set(await Promise.all([first.lease.take(OLD, 0, 1), second.lease.take(NEW, 0, 1)])),
    new Set([true, false]),
  );
});

t.test('a process is known by its host, its id and when it began', async (t) => {
  const me = thisProcess();
  t.equal(isKnownDead(me), false);
  t.equal(isKnownDead({ ...me, incarnation: '1' }), true, 'its id was another process before');
  t.equal(isKnownDead({ ...me, pid: 2 ** 22 + 1 }), true, 'above the highest id that Linux gives');
  t.equal(isKnownDead({ ...me, pid: 2 ** 22 + 1, host: 'elsewhere' }), false, 'nobody here can say');
});
