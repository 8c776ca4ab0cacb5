/** The control app is killed while two talk, and started again: the talk goes on, is billed as if nothing had happened, and is recorded. */
import t from 'tap';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const TARGETS = { targets: [staticTarget('alpha', 30, { billAfterMs: 10_000, maxCalls: 1 })] };

/** Two who have talked for 5 s when their process is killed. */
async function talking(options = {}) {
  const first = new CallFixture({ ...TARGETS, ...options });
  const { call } = first.invite();
  (await call.answeredLeg.promise).greet();
  await first.clock.advance(6_000);
  return { first, ...(await killed(first)) };
}

function bridge(next: CallFixture, { caller, buyer, recordPath }: Awaited<ReturnType<typeof killed>>): void {
  next.telephony.survivors.carry(caller, { bridgedTo: buyer.channelId, recordingPaths: [recordPath] });
  next.telephony.survivors.carry(buyer, { bridgedTo: caller.channelId });
}

const stepsOf = (fixture: CallFixture) => fixture.steps.map(({ step }) => step);

t.test(
  'a pair that talks is adopted: caps hold, either hang-up ends it, and it is billed from the bridge on',
  async (t) => {
    const { first, ...before } = await talking();
    const next = nextProcess(first, 4_000, TARGETS);
    bridge(next, before);
    t.match(await adopt(first, next), { counts: { adopted: 1, closed: 0 }, strayChannels: 0 });
    t.equal(next.slots.used('target:alpha'), 1, 'the slot of the target is taken again');
    t.equal(next.slots.used('node'), 1);
    t.match(next.live.list(), [{ state: 'bridged', targetId: 'alpha' }]);
    await next.clock.advance(3_000);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call, ledger, recordings, timeline, trace, bids } = await next.stored();
    t.equal(call.outcome, 'sold');
    t.equal(call.talkMs, 5_000 + 4_000 + 3_000);
    t.match(call.release, { by: 'caller', detail: 'talked to alpha; the caller hung up' });
    t.equal(ledger.length, 2);
    t.match(recordings, [{ state: 'ready' }], 'the recording that ran goes on, and no second one begins');
    t.same(
      next.telephony.log.filter((line) => line.startsWith('record')),
      ['record stop'],
    );
    const steps = timeline.map(({ step }) => step);
    t.same(
      steps.filter((step) => ['received', 'bridged', 'adopted', 'unbridged', 'billed'].includes(step)),
      [...['received', 'bridged', 'adopted', 'unbridged', 'billed']],
    );
    t.equal(trace?.winnerTargetId, 'alpha', 'why it was sold was written at the bridge');
    t.same(bids, []);
    t.same(next.leftovers(), []);
  },
);

t.test('the buyer hangs up after the adoption: the caller hears the ending message', async (t) => {
  const { first, ...before } = await talking();
  const next = nextProcess(first, 1_000, TARGETS);
  bridge(next, before);
  await adopt(first, next);
  await next.clock.advance(6_000);
  next.telephony.survivors.adopted[0]?.buyer?.end();
  await settled();
  t.match(stepsOf(next).slice(-3), ['unbridged', 'recording-stopped', 'ending']);
  next.telephony.survivors.adopted[0]?.caller.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
  await settled();
  t.match((await next.stored()).call, { outcome: 'sold', talkMs: 12_000, release: { by: 'buyer' } });
  t.same(next.leftovers(), []);
});

t.test('an operator hangs an adopted call up', async (t) => {
  const { first, ...before } = await talking();
  const next = nextProcess(first, 1_000, TARGETS);
  bridge(next, before);
  await adopt(first, next);
  next.live.find(before.details.call.callId)?.hangup();
  await settled();
  t.match((await next.stored()).call, { state: 'ended', release: { by: 'system' } });
  t.same(next.leftovers(), []);
});

t.test(
  'killed between the bridge and its write: the terms of the dialled offer hold, the media server says since when',
  async (t) => {
    const { first, ...before } = await talking();
    // What the store would have, had the process died a moment earlier.
    const { call, legs } = before.details;
    const earlier = new CallFixture(TARGETS);
    await earlier.calls.open({
      ...call,
      state: 'dialing',
      bridgedAt: null,
      buyerId: null,
      targetId: null,
      priceMicros: null,
    });
    for (const leg of legs) await earlier.calls.saveLeg(leg);
    const [continuation = null] = await first.calls.continuations();
    const stored = {
      ...call,
      state: 'dialing' as const,
      bridgedAt: null,
      buyerId: null,
      targetId: null,
      priceMicros: null,
    };
    const nothing = { from: 0, entries: [] };
    await earlier.calls.save(stored, { continuation, timeline: nothing, bids: nothing, trace: null });
    const next = new CallFixture(TARGETS, { calls: earlier.calls, wallMs: first.clock.wallMs() });
    bridge(next, { ...before, recordPath: '' });
    const bridgedAtMs = call.bridgedAt;
    next.telephony.survivors.carry(before.caller, { bridgedTo: before.buyer.channelId, bridgedAtMs });
    await adopt(first, next);
    t.match(next.telephony.log, ['bridge, afterwards ending', 'record start'], 'it is recorded from now on');
    await next.clock.advance(10_000);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const closed = await next.stored();
    t.match(closed.call, {
      outcome: 'sold',
      talkMs: 15_000,
      priceMicros: 30_000_000,
      buyerId: 'buyer-alpha',
      bridgedAt: bridgedAtMs,
    });
    t.equal(closed.ledger.length, 2);
    t.same(next.leftovers(), []);
  },
);

t.test('the terms are those of the bridge, whatever the configuration says now', async (t) => {
  const { first, ...before } = await talking();
  const next = nextProcess(first, 1_000, { targets: [staticTarget('omega', 99)], document: { sources: [], dids: [] } });
  bridge(next, before);
  await adopt(first, next);
  await next.clock.advance(5_000);
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  t.match((await next.stored()).call, { outcome: 'sold', priceMicros: 30_000_000, payoutMicros: 21_000_000 });
});

t.test('they parted while the app was away: billed by the length of the recording, once', async (t) => {
  const { first, ...before } = await talking();
  const next = nextProcess(first, 60_000, TARGETS);
  next.recordedMs.set(before.details.recordings[0]?.id ?? '', 21_000);
  t.match(await adopt(first, next), { counts: { closed: 1 } });
  const { call, ledger, recordings } = await next.stored();
  t.match(call, { outcome: 'sold', talkMs: 21_000 });
  t.match(
    call.release?.detail,
    /parted while the control app was away; 21\.0 s of talk by the length of the recording/,
  );
  t.equal(ledger.length, 2);
  t.match(recordings, [{ state: 'ready' }]);
  t.match(
    await adopt(first, nextProcess(first, 90_000, TARGETS)),
    { counts: { closed: 0 } },
    'a third start finds nothing',
  );
  t.same(next.leftovers(), []);
});

t.test('a pair that cannot be taken over is ended, and billed until the app was last seen', async (t) => {
  const { first, ...before } = await talking({ campaign: { recording: 'off' } });
  const next = nextProcess(first, 2_000, TARGETS);
  bridge(next, before);
  next.telephony.survivors.refusals.set(before.details.call.callId, 'the caller answered 481');
  await adopt(first, next);
  const { call } = await next.stored();
  t.match(call, { outcome: 'connected-unbilled', talkMs: 5_000, priceMicros: 0 });
  t.match(
    call.release?.detail,
    /talked to alpha; the caller answered 481; 5\.0 s of talk until the control app was last seen/,
  );
  t.equal(next.telephony.survivors.channels.size, 0);
  t.same(next.leftovers(), []);
});

t.test(
  'the caller had hung up while the app was away, and is found out: billed until the app was last seen',
  async (t) => {
    const { first, ...before } = await talking();
    const next = nextProcess(first, 60_000, TARGETS);
    bridge(next, before);
    next.telephony.survivors.leftUnseen.add(before.details.call.callId);
    t.match(await adopt(first, next), { counts: { adopted: 1 } });
    await settled();
    const { call, timeline } = await next.stored();
    t.match(call, { outcome: 'connected-unbilled', talkMs: 5_000, release: { by: 'caller' } });
    t.match(
      timeline.find(({ step }) => step === 'adopted'),
      { text: 'the control app was restarted; one of the two had hung up meanwhile' },
    );
    t.same(next.leftovers(), []);
  },
);

t.test('the buyer left while the app was away: the caller hears the ending message out', async (t) => {
  const { first, ...before } = await talking();
  const next = nextProcess(first, 1_000, TARGETS);
  next.telephony.survivors.carry(before.caller, { application: 'playback', bridgedAtMs: 1 });
  t.match(await adopt(first, next), { counts: { finishing: 1 } });
  t.match(next.telephony.survivors.endedLegs, [{ legId: before.buyer.legId }], 'what is left of the buyer is ended');
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  t.match((await next.stored()).call, { outcome: 'connected-unbilled', talkMs: 5_000 });
  t.same(next.leftovers(), []);
});
