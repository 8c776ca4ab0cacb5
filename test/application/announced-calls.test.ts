// Calls that a publisher's ping announced, and calls that none did. On scripted ports and a virtual clock.
import t from 'tap';
import { biddingTarget, pingingSource, staticTarget } from '../support/call-configuration.js';
import { bidOf } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { CALLER, PingFixture } from '../support/ping-fixture.js';
import { settled } from '../support/virtual-clock.js';

t.test(
  'the call that was announced gets the offers of its ping: nobody is asked again, and what was bid is paid',
  async (t) => {
    const fixture = new PingFixture({ targets: [biddingTarget('alpha'), biddingTarget('beta')] });
    fixture.calls.pings.set('bidder-alpha', bidOf(45, 80));
    fixture.calls.pings.set('bidder-beta', bidOf(40, 120));
    fixture.calls.telephony.scripts.set('alpha', { kind: 'fail', afterMs: 200, sipStatus: 486, cause: 'USER_BUSY' });
    const answering = fixture.bid();
    await fixture.calls.clock.advance(120);
    const { reservation } = await answering;
    t.equal(reservation.bidMicros, 31_500_000);
    fixture.calls.pings.clear();
    await fixture.calls.clock.advance(10_000);
    await fixture.talk(CALLER, 8_000);
    t.same(
      fixture.calls.telephony.dialled.map(({ targetId }) => targetId),
      ['alpha', 'beta'],
    );
    const { call, timeline, bids, trace } = await fixture.calls.stored();
    t.match(call, { outcome: 'sold', priceMicros: 40_000_000, payoutMicros: 31_500_000 }, 'whoever took it');
    t.same(
      timeline.filter(({ step }) => ['auction-started', 'ping', 'no-ping'].includes(step)),
      [],
    );
    t.match(
      timeline.find(({ step }) => step === 'ping-taken-up'),
      { data: { reference: reservation.reference, offers: 2, bidMicros: 31_500_000 } },
    );
    t.match(bids, [
      { targetId: 'alpha', outcome: 'bid' },
      { targetId: 'beta', outcome: 'bid' },
    ]);
    t.equal(trace?.winnerTargetId, 'beta');
    t.same(fixture.calls.leftovers(), []);
  },
);

t.test('a buyer who was paused since the ping is not rung', async (t) => {
  const fixture = new PingFixture({ targets: [staticTarget('alpha', 30, { maxCalls: 1 }), staticTarget('beta', 25)] });
  await fixture.bid();
  await fixture.calls.slots.reserve([{ key: 'target:alpha', limit: 1 }], 'another call');
  await fixture.talk(CALLER, 3_000);
  t.same(
    fixture.calls.telephony.dialled.map(({ targetId }) => targetId),
    ['beta'],
  );
});

t.test('of two calls at once for one ping one is let in, and the other is told to come again', async (t) => {
  const fixture = new PingFixture();
  await fixture.bid();
  const [first, second] = ['one', 'two'].map((sipCallId) => fixture.calls.invite({ callerUser: CALLER, sipCallId }));
  const caller = await first?.call.answeredLeg.promise;
  await second?.done;
  t.same([first?.call.rejectedWith, second?.call.rejectedWith], [null, 480]);
  const refused = (await fixture.calls.calls.list({ limit: 2, before: null })).find(({ state }) => state === 'refused');
  t.match(refused?.release, { sipStatus: 480, detail: /another call has taken up the ping/ });
  caller?.end();
  await first?.done;
  t.same(fixture.calls.leftovers(), []);
});

for (const [who, callerUser, waitMs, sipStatus, detail] of [
  ['from the announced caller in the last moment', CALLER, 59_999, null, null],
  ['that comes late', CALLER, 60_000, 480, /has expired/],
  ['from another caller', '+15125550199', 1_000, 403, /named another caller/],
] as const) {
  t.test(`the source must ping: a call ${who} is answered ${sipStatus ?? 'and sold'}`, async (t) => {
    const fixture = new PingFixture();
    await fixture.bid();
    await fixture.calls.clock.advance(waitMs);
    if (sipStatus === null) return await fixture.talk(callerUser, 3_000);
    const { call, done } = fixture.calls.invite({ callerUser });
    await done;
    t.equal(call.rejectedWith, sipStatus);
    const { call: record, timeline } = await fixture.calls.stored();
    t.match(record, { outcome: 'refused', release: { by: 'system', sipStatus, detail } });
    t.match(
      timeline.find(({ step }) => step === 'no-ping'),
      { text: detail },
    );
    t.same(fixture.calls.leftovers(), []);
  });
}

t.test('the source must ping: a call that nobody announced is answered 403', async (t) => {
  const fixture = new PingFixture();
  const { call, done } = fixture.calls.invite({ callerUser: CALLER });
  await done;
  t.equal(call.rejectedWith, 403);
});

t.test(
  'the source need not ping: a late call is sold like any other, by his own payout, and the timeline says so',
  async (t) => {
    const source = pingingSource({ isRequired: false });
    const fixture = new PingFixture({ targets: [biddingTarget('alpha')] }, source);
    fixture.calls.pings.set('bidder-alpha', bidOf(30, 80));
    const answering = fixture.bid();
    await fixture.calls.clock.advance(70_000);
    await answering;
    fixture.calls.pings.set('bidder-alpha', bidOf(50, 80));
    await fixture.talk(CALLER, 5_000);
    const { call, timeline } = await fixture.calls.stored();
    t.match(call, { outcome: 'sold', priceMicros: 50_000_000, payoutMicros: 35_000_000 });
    const steps = timeline.map(({ step }) => step);
    t.ok(steps.includes('no-ping') && steps.includes('ping'), 'he was asked again');
  },
);

t.test('a store that fails lets no call in that must have been announced', async (t) => {
  const fixture = new PingFixture();
  fixture.calls.reservations.take = async () => Promise.reject(new Error('disk full'));
  const { call, done } = fixture.calls.invite({ callerUser: CALLER });
  await done;
  t.equal(call.rejectedWith, 503);
  t.match(fixture.calls.alarms, [/^store: .*disk full/]);
  t.same(fixture.calls.leftovers(), []);
});

for (const [when, awayMs, soldTo, priceMicros] of [
  ['while the ping stands: its offers stand too', 5_000, 'buyer-alpha', 45_000_000],
  ['until the ping has expired: the bidders are asked anew', 70_000, 'buyer-beta', 40_000_000],
] as const) {
  t.test(`the control app is away ${when}, and what was bid is paid`, async (t) => {
    const targets = [biddingTarget('alpha'), biddingTarget('beta')];
    const options = { targets, campaign: { maxHoldMs: 120_000 }, document: { sources: [pingingSource()] } };
    const fixture = new PingFixture(options);
    const first = fixture.calls;
    first.pings.set('bidder-alpha', bidOf(45, 80));
    first.pings.set('bidder-beta', bidOf(40, 120));
    first.telephony.scripts.set('alpha', { kind: 'hang' });
    const answering = fixture.bid();
    await first.clock.advance(120);
    await answering;
    const { call } = first.invite({ callerUser: CALLER });
    (await call.answeredLeg.promise).greet();
    await first.clock.advance(5_000);
    const { caller } = await killed(first);
    const next = nextProcess(first, awayMs, options);
    next.pings.set('bidder-beta', bidOf(40, 80));
    next.telephony.survivors.carry(caller);
    await adopt(first, next);
    await next.clock.advance(10_000);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    t.match((await next.stored()).call, { outcome: 'sold', buyerId: soldTo, priceMicros, payoutMicros: 31_500_000 });
    t.same(next.leftovers(), []);
  });
}
