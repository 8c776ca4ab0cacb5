/** The control app is killed while nobody talks, and started again: who waits is routed, who hears a message hears it out, the rest is ended. */
import t from 'tap';
import type { FallbackStep } from '../../src/domain/campaigns/campaign.js';
import { ANY_BIDDER, biddingTarget, type FixtureOptions, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

/** A call `afterMs` after its INVITE, when its process is killed. */
async function killedAfter(afterMs: number, options: FixtureOptions, prepare: (first: CallFixture) => void = () => {}) {
  const first = new CallFixture(options);
  prepare(first);
  const { call } = first.invite();
  (await call.answeredLeg.promise).greet();
  await first.clock.advance(afterMs);
  return { first, ...(await killed(first)) };
}

const HANGS = (fixture: CallFixture) => fixture.telephony.scripts.set('alpha', { kind: 'hang' });

t.test('killed while the buyer rings: he is ended, the caller is routed with the rest of his patience', async (t) => {
  const options = { campaign: { maxHoldMs: 30_000 } };
  const { first, caller, buyer } = await killedAfter(10_000, options, HANGS);
  const next = nextProcess(first, 5_000, options);
  HANGS(next);
  next.telephony.survivors.carry(caller);
  t.match(await adopt(first, next), { counts: { routed: 1 } });
  t.match(next.telephony.survivors.endedLegs, [{ legId: buyer.legId }]);
  t.equal(next.slots.used('campaign:campaign'), 1);
  await settled();
  t.equal(next.telephony.dialled[0]?.ringTimeoutMs, 15_000, '30 s less 10 s before and 5 s between');
  next.telephony.scripts.clear();
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  const { call, legs, timeline } = await next.stored();
  t.equal(legs.find(({ legId }) => legId === buyer.legId)?.state, 'ended', 'and the journal knows that he is');
  t.match(call, { state: 'ended', outcome: 'abandoned', release: { by: 'caller' } });
  t.match(
    timeline.find(({ step }) => step === 'adopted'),
    { text: /the caller waits, 15 s are left/ },
  );
  t.same(next.leftovers(), []);
});

t.test('killed while the bidders are asked: they are asked anew, and the call is sold', async (t) => {
  const options = { targets: [biddingTarget('beta')], bidders: [{ ...ANY_BIDDER, id: 'bidder-beta' }] };
  const slow = (fixture: CallFixture) => fixture.pings.set('bidder-beta', bidOf(45, 1_000));
  const { first, caller } = await killedAfter(100, options, slow);
  const next = nextProcess(first, 1_000, options);
  slow(next);
  next.telephony.survivors.carry(caller, { application: 'playback' });
  await adopt(first, next);
  await next.clock.advance(5_000);
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  const { call, bids } = await next.stored();
  t.match(call, { outcome: 'sold', buyerId: 'buyer-beta', priceMicros: 45_000_000, talkMs: 3_000 });
  t.equal(bids.length, 1);
  t.same(next.leftovers(), []);
});

t.test('patience that has run out in the meantime leads to the fallback chain', async (t) => {
  const fallback: FallbackStep[] = [{ kind: 'message', promptId: 'apology' }];
  const options = { campaign: { maxHoldMs: 20_000, fallback } };
  const { first, caller } = await killedAfter(10_000, options, HANGS);
  const next = nextProcess(first, 25_000, options);
  next.telephony.survivors.carry(caller);
  await adopt(first, next);
  await settled();
  t.match((await next.stored()).call, { outcome: 'message' });
  t.same(next.leftovers(), []);
});

const WORDS: readonly { step: FallbackStep; kind: string; application: string }[] = [
  { step: { kind: 'message', promptId: 'apology' }, kind: 'message', application: 'playback' },
  { step: { kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 }, kind: 'voicemail', application: 'record' },
];

for (const { step, kind, application } of WORDS) {
  const options = { targets: [], campaign: { fallback: [step] } };
  const mute = (first: CallFixture) =>
    first.telephony.onAnswered((leg) => Object.assign(leg, { endsAfterMessages: false }));

  t.test(`killed during a ${kind}: the caller goes on with it, and nothing is routed`, async (t) => {
    const { first, caller, details } = await killedAfter(2_000, options, mute);
    const next = nextProcess(first, 1_000, options);
    next.telephony.survivors.carry(caller, { application });
    t.match(await adopt(first, next), { counts: { finishing: 1 } });
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call, recordings } = await next.stored();
    t.match(call, { outcome: kind, release: { by: 'caller' } });
    t.equal(recordings.length, kind === 'voicemail' ? 1 : 0);
    t.ok(
      recordings.every(({ state }) => state === 'ready'),
      'his message is kept',
    );
    t.equal(details.call.state, 'fallback');
    t.same(next.leftovers(), []);
  });

  t.test(`killed during a ${kind} that is over when the app comes back`, async (t) => {
    const { first } = await killedAfter(2_000, options, mute);
    const next = nextProcess(first, 60_000, options);
    t.match(await adopt(first, next), { counts: { closed: 1 } });
    await settled();
    const { call, recordings } = await next.stored();
    t.match(call, { outcome: kind, release: { by: 'system', detail: /it was over when the control app came back/ } });
    t.ok(recordings.every(({ state }) => state === 'ready'));
    t.same(next.leftovers(), []);
  });

  t.test(`killed before the ${kind} began: the chain begins again`, async (t) => {
    const { first, caller } = await killedAfter(2_000, options, mute);
    const next = nextProcess(first, 1_000, options);
    next.telephony.survivors.carry(caller);
    t.match(await adopt(first, next), { counts: { routed: 1 } });
    await settled();
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call, recordings } = await next.stored();
    t.match(call, { outcome: kind });
    t.ok(
      recordings.every(({ state }) => state !== 'recording'),
      'none stays open',
    );
    t.same(next.leftovers(), []);
  });
}

t.test('killed before the caller was answered: the leg is ended, the record says why', async (t) => {
  const first = new CallFixture();
  const { call: inbound } = first.invite();
  await inbound.answeredLeg.promise;
  const { details, caller } = await killed(first);
  const again = new CallFixture();
  await again.calls.open({ ...details.call, state: 'received', answeredAt: null });
  await again.calls.saveLeg({ ...caller, state: 'setting-up' });
  const next = new CallFixture({}, { calls: again.calls, wallMs: first.clock.wallMs() });
  next.telephony.survivors.carry(caller);
  t.match(await adopt(first, next), { counts: { closed: 1 } });
  t.match(next.telephony.survivors.endedLegs, [{ legId: caller.legId }]);
  t.match((await next.stored()).call, {
    ...{ outcome: 'failed', answeredAt: null },
    release: { by: 'system', sipStatus: 503, detail: /while the caller was being answered/ },
  });
  t.same(next.leftovers(), []);
});

t.test('a caller who waited and is gone: the record says so, and says whose fault it is', async (t) => {
  const { first } = await killedAfter(2_000, {}, HANGS);
  const next = nextProcess(first, 5_000);
  t.match(await adopt(first, next), { counts: { closed: 1 } });
  t.match((await next.stored()).call, {
    outcome: 'failed',
    release: { by: 'system', detail: /while the call was dialing/ },
  });
  t.same(next.leftovers(), []);
});

t.test('the campaign was deleted meanwhile: who waits is ended with that reason', async (t) => {
  const { first, caller } = await killedAfter(2_000, {}, HANGS);
  const next = nextProcess(first, 1_000, { document: { dids: [], campaigns: [] } });
  next.telephony.survivors.carry(caller);
  await adopt(first, next);
  t.match((await next.stored()).call, { release: { detail: /the campaign of the call is gone/ } });
  t.equal(next.telephony.survivors.channels.size, 0);
  t.same(next.leftovers(), []);
});

t.test('a channel of ours that no leg of an open call accounts for is ended, and no other', async (t) => {
  const { first, caller } = await killedAfter(2_000, {}, HANGS);
  const next = nextProcess(first, 1_000);
  const { survivors } = next.telephony;
  survivors.carry(caller);
  survivors.carry({ ...caller, channelId: 'stray', callId: 'nobody' });
  survivors.carry({ ...caller, channelId: 'unwritten' });
  survivors.carry({ ...caller, channelId: 'foreign' }, { role: null, callId: null });
  t.match(await adopt(first, next), { counts: { routed: 1 }, strayChannels: 2 });
  t.match(survivors.endedChannels, [{ channelId: 'stray' }, { channelId: 'unwritten' }]);
  survivors.adopted[0]?.caller.end();
  await settled();
  t.same(next.leftovers(), []);
});

t.test(
  'its media server does not answer: the call waits, others go on, and it is taken over when it answers',
  async (t) => {
    const { first, caller } = await killedAfter(2_000, {}, HANGS);
    const next = nextProcess(first, 1_000);
    next.telephony.survivors.unreachable.push('scripted');
    t.match(await adopt(first, next), { counts: { waiting: 1 } });
    t.equal(next.slots.used('node'), 1, 'its slots are held meanwhile');
    await next.clock.advance(4_500);
    t.equal(next.live.size, 1);
    next.telephony.survivors.unreachable.pop();
    next.telephony.survivors.carry(caller);
    await next.clock.advance(1_000);
    t.equal(next.telephony.dialled.length, 1);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    t.same(next.leftovers(), []);
  },
);

t.test('its media server never answers: after 30 s the call is closed, both legs are given up', async (t) => {
  const { first, caller, buyer } = await killedAfter(2_000, {}, HANGS);
  const next = nextProcess(first, 1_000);
  next.telephony.survivors.unreachable.push('scripted');
  await adopt(first, next);
  await next.clock.advance(31_000);
  t.match((await next.stored()).call, {
    outcome: 'failed',
    release: { detail: /media server scripted did not answer any more/ },
  });
  t.same(new Set(next.telephony.survivors.endedLegs.map(({ legId }) => legId)), new Set([caller.legId, buyer.legId]));
  t.same(next.leftovers(), []);
});

t.test('killed again during the recovery, at any turn of it: the third start does the same, once', async (t) => {
  for (let turns = 0; turns < 12; turns += 1) {
    const options = { targets: [staticTarget('alpha', 30)] };
    const first = new CallFixture(options);
    const { call } = first.invite();
    (await call.answeredLeg.promise).greet();
    await first.clock.advance(6_000);
    const { caller, buyer, details } = await killed(first);
    const carry = (process: CallFixture) => {
      process.telephony.survivors.carry(caller, {
        bridgedTo: buyer.channelId,
        recordingPaths: [details.recordings[0]?.wavPath ?? ''],
      });
      process.telephony.survivors.carry(buyer, { bridgedTo: caller.channelId });
    };
    const second = nextProcess(first, 1_000, options);
    carry(second);
    void adopt(first, second);
    for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
    const third = nextProcess(first, 2_000, options);
    carry(third);
    t.match(await adopt(first, third), { counts: { adopted: 1 } });
    third.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call: record, ledger, recordings } = await third.stored();
    t.match(record, { outcome: 'sold', talkMs: 7_000 });
    t.equal(ledger.length, 2);
    t.same(
      recordings.map(({ state }) => state),
      ['ready'],
    );
    t.same(third.leftovers(), []);
  }
});

t.test('files of calls that have ended are finished at the next start', async (t) => {
  const first = new CallFixture();
  const { call, done } = first.invite();
  const leg = await call.answeredLeg.promise;
  leg.greet();
  await first.clock.advance(6_000);
  leg.end();
  await done;
  await settled();
  const [row] = (await first.stored()).recordings;
  if (row === undefined) throw new Error('the call has no recording');
  await first.calls.saveRecording({ ...row, state: 'recording', durationMs: null });
  const next = nextProcess(first, 1_000);
  t.match(await adopt(first, next), { orphanRecordings: 1 });
  await next.live.whenFollowed();
  const { recordings, timeline } = await next.stored();
  t.match(recordings, [{ state: 'ready' }]);
  t.equal(timeline.at(-1)?.step, 'recording-ready');
});
