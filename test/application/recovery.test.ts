// A buyer hangs up as soon as he is connected: the caller hears music again and the next one is rung. Scripted ports, virtual clock.
import t from 'tap';
import { type Cap, countedCaps } from '../../src/domain/routing/cap.js';
import { group, planOf } from '../domain/plan-samples.js';
import { ANY_BIDDER, biddingTarget, type FixtureOptions, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const CAPS: readonly Cap[] = (['attempts', 'connected', 'converted', 'revenue'] as const).map((dimension) => {
  return { dimension, window: 'day', limit: 100_000_000, timeZone: 'UTC', kind: 'hard' };
});
const RECOVERY = { withinMs: 5_000, maxAttempts: 5 };

function options(count: number, changes: FixtureOptions['campaign'] = {}): FixtureOptions {
  const targets = Array.from({ length: count }, (_, index) =>
    staticTarget(`t${index}`, 50 - index, { caps: CAPS, maxCalls: 1 }),
  );
  return { targets, campaign: { recovery: RECOVERY, caps: CAPS, ...changes } };
}

/** A call whose first buyer has answered after 1 s and talks. */
async function talking(given: FixtureOptions) {
  const fixture = new CallFixture(given);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(1_000);
  const leaveAfter = async (ms: number) => {
    await fixture.clock.advance(ms);
    fixture.telephony.buyers.at(-1)?.end();
    await settled();
  };
  const dialled = () => fixture.telephony.dialled.map(({ targetId }) => targetId);
  return { fixture, caller, done, leaveAfter, dialled };
}

const counted = (fixture: CallFixture, subject: 'target' | 'campaign', id: string) =>
  countedCaps(subject, id, CAPS).map((each) => fixture.caps.used(each));

t.test('a buyer who hangs up at once is not billed, and the next one gets the call', async (t) => {
  const { fixture, caller, done, leaveAfter, dialled } = await talking(options(2));
  await leaveAfter(2_100);
  t.same(dialled(), ['t0', 't1']);
  t.equal(fixture.slots.used('target:t0'), 0);
  t.match(fixture.live.list(), [{ state: 'dialing', targetId: null, bridgedAt: null }]);
  await fixture.clock.advance(7_000);
  caller.end();
  await done;
  t.same(fixture.telephony.log, [
    ...['bridge, afterwards hold', 'record start', 'record stop'],
    ...['bridge, afterwards hold', 'record start', 'after bridge ending', 'record stop'],
  ]);
  const { call, ledger, timeline, trace, recordings } = await fixture.stored();
  t.match(call, { outcome: 'sold', buyerId: 'buyer-t1', talkMs: 6_000, priceMicros: 49_000_000 });
  t.same(
    ledger.map(({ kind, amountMicros }) => [kind, amountMicros]),
    [
      ['buyer-charge', 49_000_000],
      ['source-payout', 34_300_000],
    ],
  );
  t.match(
    timeline.find(({ step }) => step === 'recovered'),
    { text: /t0 hung up after 2.1 s/, data: { talkMs: 2_100, attempt: 1 } },
  );
  t.equal(trace?.winnerTargetId, 't1');
  const first = trace?.candidates.find(({ targetId }) => targetId === 't0');
  t.match(first, { outcome: 'failed' });
  t.match(first?.checks.at(-1), { check: 'early-hangup', values: 'hung up after 2100 ms' });
  t.equal(recordings.length, 2, 'each talk has its file');
  t.same(counted(fixture, 'target', 't0'), [1, 1, 0, 0], 'connected, and nothing more');
  t.same(counted(fixture, 'target', 't1'), [1, 1, 1, 49_000_000]);
  t.same(counted(fixture, 'campaign', 'campaign'), [1, 1, 1, 49_000_000], 'the call was one call');
  t.same(fixture.leftovers(), []);
});

t.test(
  'recorded from the answer on: the first file ends with the first talk, and the second talk has its own',
  async (t) => {
    const { fixture, caller, done, leaveAfter } = await talking(options(2, { recording: 'from-answer' }));
    await leaveAfter(2_000);
    await fixture.clock.advance(4_000);
    caller.end();
    await done;
    t.same(
      fixture.telephony.log.filter((line) => line.startsWith('record')),
      ['record stop', 'record start', 'record stop'],
    );
    t.equal((await fixture.stored()).recordings.length, 2);
    t.same(fixture.leftovers(), []);
  },
);

t.test('from the end of the time on the caller hears the ending message, and the call is billed', async (t) => {
  const { fixture, caller, done, leaveAfter, dialled } = await talking(options(2));
  await leaveAfter(5_000);
  caller.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
  await done;
  t.same(dialled(), ['t0']);
  t.match((await fixture.stored()).call, { outcome: 'sold', buyerId: 'buyer-t0', talkMs: 5_000 });
  t.same(fixture.leftovers(), []);
});

t.test('never when the caller hangs up, however early', async (t) => {
  const { fixture, caller, done, dialled } = await talking(options(2));
  await fixture.clock.advance(500);
  caller.end();
  await done;
  t.same(dialled(), ['t0']);
  t.match((await fixture.stored()).call, { outcome: 'sold', talkMs: 500, release: { by: 'caller' } });
  t.same(fixture.leftovers(), []);
});

t.test('five times at most: then the early end is the end', async (t) => {
  const { fixture, caller, done, leaveAfter, dialled } = await talking(options(8));
  for (let hangup = 0; hangup < 5; hangup += 1) {
    await leaveAfter(1_000);
    await fixture.clock.advance(1_000);
  }
  t.equal(dialled().length, 6);
  await leaveAfter(1_000);
  caller.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
  await done;
  t.equal(fixture.telephony.log.at(-3), 'bridge, afterwards ending');
  t.match((await fixture.stored()).call, { outcome: 'sold', buyerId: 'buyer-t5' });
  t.same(fixture.leftovers(), []);
});

t.test(
  'a target that takes only callers on whom nobody has hung up is passed over, and the trace says so',
  async (t) => {
    const given = options(3);
    const targets = (given.targets ?? []).map((target) =>
      target.id === 't1' ? { ...target, maxEarlierConnections: 0 } : { ...target, maxEarlierConnections: 1 },
    );
    const { fixture, caller, done, leaveAfter, dialled } = await talking({ ...given, targets });
    await leaveAfter(1_000);
    await fixture.clock.advance(3_000);
    caller.end();
    await done;
    t.same(dialled(), ['t0', 't2']);
    const { trace } = await fixture.stored();
    const second = trace?.candidates.find(({ targetId }) => targetId === 't1');
    t.match(second?.checks.at(-1), {
      ...{ check: 'earlier-connections', passed: false },
      values: '1 before him have hung up on the caller',
      needed: 'at most 0',
    });
    t.same(fixture.leftovers(), []);
  },
);

t.test('nobody else takes the call: it is unsold, and the fallback chain has the caller', async (t) => {
  const fallback = [{ kind: 'message', promptId: 'apology' }] as const;
  const { fixture, done, leaveAfter } = await talking(options(1, { fallback }));
  await leaveAfter(1_000);
  await done;
  const { call, trace, ledger } = await fixture.stored();
  t.match(call, { outcome: 'message', bridgedAt: null, targetId: null, priceMicros: null });
  t.same(ledger, []);
  t.equal(trace?.winnerTargetId, null, 'the trace was made anew');
  t.same(fixture.leftovers(), []);
});

t.test(
  'the media server did not hear in time that the ending follows: the caller who holds is sent there',
  async (t) => {
    const fixture = new CallFixture(options(2));
    const { call, done } = fixture.invite();
    const caller = await call.answeredLeg.promise;
    Object.assign(caller, { setAfterBridge: () => Promise.reject(new Error('the event socket is away')) });
    caller.greet();
    await fixture.clock.advance(60_000);
    fixture.telephony.buyers[0]?.end();
    await done;
    t.match(fixture.telephony.log.at(-1), /^message .*ending/);
    t.match((await fixture.stored()).call, { outcome: 'sold', buyerId: 'buyer-t0', talkMs: 59_000 });
    t.equal(fixture.telephony.dialled.length, 1);
    t.same(fixture.leftovers(), []);
  },
);

t.test('killed after a recovery while the next one rings: the caller waits, and is sold anew', async (t) => {
  const given = options(2);
  const { fixture: first, leaveAfter } = await talking(given);
  first.telephony.scripts.set('t1', { kind: 'hang' });
  await leaveAfter(1_000);
  const { caller } = await killed(first);
  const next = nextProcess(first, 500, given);
  next.telephony.survivors.carry(caller, { bridgedAtMs: first.clock.wallMs() - 1_000 });
  t.match(await adopt(first, next), { counts: { routed: 1 } });
  await next.clock.advance(8_000);
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  t.match((await next.stored()).call, { outcome: 'sold', buyerId: 'buyer-t0', talkMs: 7_000 });
  t.same(next.leftovers(), []);
});

t.test(
  'killed while two talk, who part before the restart: the caller who holds hears the ending message',
  async (t) => {
    const given = options(2);
    const { fixture: first } = await talking(given);
    await first.clock.advance(1_000);
    const { caller } = await killed(first);
    const next = nextProcess(first, 3_000, given);
    next.telephony.survivors.carry(caller, { bridgedAtMs: first.clock.wallMs() - 1_000 });
    await adopt(first, next);
    await settled();
    t.match(next.telephony.log, [/^message .*ending/]);
    t.match((await next.stored()).call, { outcome: 'sold', buyerId: 'buyer-t0', talkMs: 1_000 });
    t.same(next.leftovers(), []);
  },
);

t.test('killed while two talk: taken over, their end is the end', async (t) => {
  const given = options(2);
  const { fixture: first } = await talking(given);
  const { caller, buyer } = await killed(first);
  const next = nextProcess(first, 500, given);
  next.telephony.survivors.carry(caller, { bridgedTo: buyer.channelId });
  next.telephony.survivors.carry(buyer, { bridgedTo: caller.channelId });
  t.match(await adopt(first, next), { counts: { adopted: 1 } });
  t.match(next.telephony.log, ['bridge, afterwards ending', 'after bridge ending']);
  next.telephony.survivors.adopted[0]?.buyer?.end();
  await settled();
  next.telephony.survivors.adopted[0]?.caller.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
  await settled();
  t.match((await next.stored()).call, { outcome: 'sold', buyerId: 'buyer-t0', talkMs: 500 });
  t.same(next.leftovers(), []);
});

t.test('of those who ring together nobody is rung twice, in whatever order they were begun', async (t) => {
  const { ping, pingResponse } = ANY_BIDDER.dialect;
  const dialect = { ping, pingResponse, post: ping, postResponse: pingResponse };
  const fixture = new CallFixture({
    targets: [biddingTarget('posted'), staticTarget('plain', 10)],
    bidders: [{ ...ANY_BIDDER, id: 'bidder-posted', dialect }],
    campaign: { recovery: RECOVERY, planId: 'main' },
    document: { plans: [planOf(group('all', 'simultaneous', ['posted', 'plain']))] },
  });
  fixture.pings.set('bidder-posted', bidOf(50, 10));
  fixture.posts.set('bidder-posted', {
    ...{ kind: 'accepted', destination: null, amountMicros: null, billAfterMs: null, latencyMs: 1 },
  });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(2_000);
  fixture.telephony.buyers.at(-1)?.end();
  await fixture.clock.advance(3_000);
  caller.end();
  await done;
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    ['plain', 'posted'],
  );
  t.match((await fixture.stored()).call, { outcome: 'sold', targetId: 'posted' });
});
