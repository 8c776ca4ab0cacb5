// What the node says of its readiness to OPTIONS, which cannot wait for an answer of the store.
import t from 'tap';
import { LiveCalls } from '../../src/application/calls/live-calls.js';
import { Readiness } from '../../src/application/operation/readiness.js';
import { Deferred } from '../support/deferred.js';
import { VirtualClock } from '../support/virtual-clock.js';

const TELEPHONY = [
  { name: 'drachtio', isUp: true, detail: '' },
  { name: 'fs1', isUp: true, detail: '' },
];

t.test('a store that fails is noticed at the next look, and its recovery too', async (t) => {
  const clock = new VirtualClock();
  let fault: string | null = null;
  const store = { probe: async () => fault };
  const live = new LiveCalls();
  const readiness = new Readiness({ telephony: () => TELEPHONY, store, live, clock });
  const stop = readiness.watch(5_000);
  await clock.advance(100);
  t.ok(readiness.mayTakeCalls);
  fault = 'the disk is full';
  await clock.advance(5_000);
  t.notOk(readiness.mayTakeCalls);
  fault = null;
  await clock.advance(5_000);
  t.ok(readiness.mayTakeCalls);
  live.stopIntake();
  t.notOk(readiness.mayTakeCalls, 'a node that stops is not ready, from that moment on');
  stop();
  t.equal(clock.pendingTimers, 0);
});

t.test('a store that does not answer is down after two seconds and is asked once however many ask', async (t) => {
  const clock = new VirtualClock();
  const answer = new Deferred<string | null>();
  let asked = 0;
  const store = {
    probe: () => {
      asked += 1;
      return answer.promise;
    },
  };
  const readiness = new Readiness({ telephony: () => TELEPHONY, store, live: new LiveCalls(), clock });
  const reports = [readiness.check(), readiness.check(), readiness.check()];
  await clock.advance(2_000);
  for (const report of await Promise.all(reports)) {
    t.equal(report.isReady, false);
    t.match(
      report.parts.find(({ name }) => name === 'database'),
      { detail: /2000 ms/ },
    );
  }
  t.equal(asked, 1);
  answer.resolve(null);
  t.equal((await readiness.check()).isReady, true);
  t.equal(clock.pendingTimers, 0);
});
