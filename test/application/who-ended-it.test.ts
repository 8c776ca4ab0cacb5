// Whose hang-up it was, what the one who is left alone hears, and how long a caller is made to wait. On scripted ports and a virtual clock.
import t from 'tap';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';

const DESK = {
  kind: 'dial',
  destination: { kind: 'sip', uri: 'sip:desk@127.0.0.1' },
  trunkId: null,
  ringTimeoutMs: 10_000,
} as const;

const ENDED_BY_DIALPLAN = { by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 } as const;

t.test('the fallback desk hangs up first: the caller hears the ending message before he is let go', async (t) => {
  const fixture = new CallFixture({ targets: [], campaign: { fallback: [DESK] } });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(3_000);
  fixture.telephony.buyers[0]?.end();
  await fixture.clock.advance(1_000);
  t.equal(caller.hasEnded, false, 'the message plays');
  caller.end(ENDED_BY_DIALPLAN);
  await done;
  const { call: record, timeline } = await fixture.stored();
  t.match(record, { outcome: 'fallback-connected', release: { by: 'buyer' }, talkMs: 2_000 });
  t.ok(timeline.some((entry) => entry.step === 'ending'));
  t.same(fixture.leftovers(), []);
});

t.test(
  'the buyer goes silent and is ended by the media server: the caller still hears the ending message',
  async (t) => {
    const fixture = new CallFixture();
    const { call, done } = fixture.invite();
    const caller = await call.answeredLeg.promise;
    const { bridge } = caller;
    caller.bridge = async (buyer, afterwards) => {
      const outcome = await bridge.call(caller, buyer, afterwards);
      return outcome.kind === 'bridged' ? { ...outcome, unbridged: buyer.ended.then(() => 'system') } : outcome;
    };
    caller.greet();
    await fixture.clock.advance(6_000);
    fixture.telephony.buyers[0]?.end({ by: 'media-server', cause: 'MEDIA_TIMEOUT', sipStatus: 480 });
    await fixture.clock.advance(2_000);
    t.equal(caller.hasEnded, false, 'the message plays');
    caller.end(ENDED_BY_DIALPLAN);
    await done;
    const { call: record } = await fixture.stored();
    t.match(record, { outcome: 'sold', talkMs: 5_000, release: { by: 'system', cause: 'MEDIA_TIMEOUT' } });
    t.same(fixture.leftovers(), []);
  },
);

t.test('without an ending message the timeline does not claim one', async (t) => {
  const fixture = new CallFixture({ campaign: { endingPromptId: null } });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(3_000);
  fixture.telephony.buyers[0]?.end();
  await fixture.clock.advance(40);
  caller.end(ENDED_BY_DIALPLAN);
  await done;
  t.notOk(fixture.steps.some((entry) => entry.step === 'ending'));
});

t.test('an operator hangs up a caller on hold: the record does not say that the caller left', async (t) => {
  const fixture = new CallFixture();
  fixture.telephony.scripts.set('alpha', { kind: 'hang' });
  const { call, done } = fixture.invite();
  await call.answeredLeg.promise;
  await fixture.clock.advance(1_000);
  fixture.live.hangupAll();
  await done;
  t.match((await fixture.stored()).call.release, { by: 'system', detail: 'hung up by the operator while dialing' });
});

t.test('a link is lost while the buyer rings: the record does not say that the caller left', async (t) => {
  const fixture = new CallFixture();
  fixture.telephony.scripts.set('alpha', { kind: 'hang' });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(1_000);
  caller.end({ by: 'link', cause: 'NETWORK_OUT_OF_ORDER', sipStatus: 503 });
  await done;
  const expected = { by: 'system', cause: 'NETWORK_OUT_OF_ORDER', detail: 'the call was lost while dialing' };
  t.match((await fixture.stored()).call.release, expected);
});

const LOST_MEDIA = {
  by: 'link',
  cause: 'NETWORK_OUT_OF_ORDER',
  sipStatus: 503,
  detail: 'media server one was lost: no other was up to take the call',
} as const;

t.test('the media server of two who talk is lost: the record says so, and nobody pays for the silence', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  const { bridge } = caller;
  caller.bridge = async (buyer, afterwards) => {
    const outcome = await bridge.call(caller, buyer, afterwards);
    return outcome.kind === 'bridged' ? { ...outcome, unbridged: caller.ended.then(() => 'system') } : outcome;
  };
  caller.greet();
  await fixture.clock.advance(16_000);
  caller.end({ ...LOST_MEDIA, silentMs: 10_000 });
  await done;
  const { call: record, timeline } = await fixture.stored();
  const detail = `talked to alpha; ${LOST_MEDIA.detail}`;
  t.match(record, { talkMs: 5_000, release: { by: 'system', cause: 'NETWORK_OUT_OF_ORDER', detail } });
  t.match(
    timeline.find(({ step }) => step === 'unbridged'),
    { data: { by: 'system', talkMs: 5_000 } },
  );
  t.same(fixture.leftovers(), []);
});

t.test('the media server is lost while the caller leaves a message: the record does not give its length', async (t) => {
  const voicemail = { kind: 'voicemail', greetingPromptId: null, limitMs: 60_000 } as const;
  const fixture = new CallFixture({ targets: [], campaign: { fallback: [voicemail] } });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.voicemailMs = null;
  caller.greet();
  await fixture.clock.advance(3_000);
  caller.end(LOST_MEDIA);
  await done;
  const detail = `nobody offered anything; voicemail, cut off; ${LOST_MEDIA.detail}`;
  t.match((await fixture.stored()).call, { outcome: 'voicemail', release: { by: 'system', detail } });
});

t.test(
  'the media server is lost during the ending message: the record stays as it was, the timeline says so',
  async (t) => {
    const fixture = new CallFixture();
    const { call, done } = fixture.invite();
    const caller = await call.answeredLeg.promise;
    caller.greet();
    await fixture.clock.advance(6_000);
    fixture.telephony.buyers[0]?.end();
    await fixture.clock.advance(100);
    caller.end(LOST_MEDIA);
    await done;
    const { call: record, timeline } = await fixture.stored();
    t.match(record.release, { by: 'buyer', detail: 'talked to alpha; the buyer hung up' });
    const text = `the ending message was cut off: ${LOST_MEDIA.detail}`;
    t.equal(timeline.filter(({ step }) => step === 'ending').at(-1)?.text, text);
  },
);

t.test('the hold limit counts from the answer: what the bids took is not added to it', async (t) => {
  const fixture = new CallFixture({
    targets: [biddingTarget('beta'), staticTarget('alpha', 1)],
    campaign: { maxHoldMs: 10_000, fallback: [{ kind: 'message', promptId: 'apology' }] },
  });
  fixture.pings.set('bidder-beta', bidOf(45, 1_500));
  for (const id of ['alpha', 'beta']) fixture.telephony.scripts.set(id, { kind: 'hang' });
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(10_000);
  await done;
  t.same(
    fixture.telephony.dialled.map((request) => request.ringTimeoutMs),
    [8_500],
  );
  t.equal((await fixture.stored()).call.outcome, 'message');
});
