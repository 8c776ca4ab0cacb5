/**
 * Calls in which somebody leaves: the caller at every moment of the call, the buyer first, and the crossings of CANCEL and answer. Whoever
 * is still there is told, hears what he must, and nothing is held afterwards.
 */
import t from 'tap';
import { missingProgram } from '../support/installed-program.js';
import { runSippWhileWeStandStill } from '../support/sipp-run.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

t.test('the caller cancels before the answer: 487, one call record, and no buyer is rung', { skip }, async (t) => {
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9' }] });
  const closed = new Promise<string>((resolve) => {
    const unsubscribe = sut.app.events.subscribe({
      closed: (call) => {
        unsubscribe();
        resolve(call.callId);
      },
    });
  });
  const exitCode = await runSippWhileWeStandStill({
    scenario: 'uac-cancels-expect-487',
    remote: sut.switch.sip,
    called: did,
    keys: { caller: '+13105550123', phone_ip: '127.0.0.1', phone_port: 9 },
  });
  t.equal(exitCode, 0, 'the caller got 200 to his CANCEL and 487 to his INVITE');
  const details = await sut.app.store.calls.find(await closed);
  t.match(details?.call, { outcome: 'cancelled', answeredAt: null, release: { by: 'caller', sipStatus: 487 } });
  t.notOk(details?.timeline.some((entry) => entry.step === 'dialing'));
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('CANCEL crosses the 200: it has no effect, and the call ends by BYE', { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-rings-expect-cancel');
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
  const caller = await sut.startCaller('uac-cancels-after-200-expect-bye', did);
  t.equal((await caller.run.ended).diagnosis, '');
  const { call } = await sut.record(caller);
  t.match(call, { state: 'ended', talkMs: 0, priceMicros: null });
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('the caller hangs up in the greeting: the buyer who rings gets CANCEL', { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-rings-expect-cancel');
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: buyer.run.uri }],
    changes: { greetingPromptId: 'long-greeting' },
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 2_000 });
  t.ok(await caller.hears(TONE_PROMPTS['long-greeting'].hz), 'he hears the greeting');
  t.equal((await caller.run.ended).diagnosis, '');
  t.equal((await buyer.run.ended).diagnosis, '');
  const { call, timeline } = await sut.record(caller);
  t.match(call, { outcome: 'abandoned', release: { by: 'caller' }, talkMs: 0 });
  t.notOk(timeline.some(({ step }) => step === 'greeted' || step === 'bridged'));
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('the caller hangs up while bidders are pinged: the pings are given up', { skip }, async (t) => {
  const bidder = await sut.startBidder(null);
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9', bidderUrl: bidder.url }],
    changes: { greetingPromptId: null },
  });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 1_500 });
  await bidder.pinged;
  t.ok(await caller.hears(TONE_PROMPTS['hold-music'].hz), 'he hears the hold music meanwhile');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call, timeline } = await sut.record(caller);
  t.match(call, { outcome: 'abandoned', release: { by: 'caller' } });
  t.notOk(timeline.some(({ step }) => step === 'dialing'));
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('the caller hangs up while the buyer rings: CANCEL, and no charge', { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-rings-expect-cancel');
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
  const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: 3_000 });
  t.ok(await caller.hears(TONE_PROMPTS['hold-music'].hz), 'he hears the hold music after the greeting');
  t.equal((await caller.run.ended).diagnosis, '');
  t.equal((await buyer.run.ended).diagnosis, '');
  const { call, ledger } = await sut.record(caller);
  t.match(call, { outcome: 'abandoned', release: { by: 'caller' } });
  t.same(ledger, []);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('the buyer hangs up first: the caller hears the ending message and is hung up', { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-answers-and-hangs-up-expect-200', { talk_ms: 3_000 });
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri }] });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.same(await Promise.all([caller.hears(BUYER_HZ), buyer.hears(CALLER_HZ)]), [true, true], 'they talk');
  t.ok(await caller.hears(TONE_PROMPTS['ending-message'].hz), 'the caller hears the ending message');
  t.ok(caller.isSilentAt(TONE_PROMPTS['hold-music'].hz), 'and no hold music');
  t.equal((await buyer.run.ended).diagnosis, '');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call } = await sut.record(caller);
  t.match(call, { outcome: 'sold', release: { by: 'buyer', cause: 'NORMAL_CLEARING' } });
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test("the buyer's 200 crosses our CANCEL: it is acknowledged and hung up", { skip }, async (t) => {
  const buyer = await sut.startBuyer('uas-answers-despite-cancel-expect-ack-and-bye');
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.run.uri, ringTimeoutMs: 1_000 }] });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(TONE_PROMPTS['sorry-message'].hz), 'the caller goes on to the fallback');
  t.equal((await buyer.run.ended).diagnosis, '');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call } = await sut.record(caller);
  t.match(call, { outcome: 'message', priceMicros: null });
  t.same(await sut.settled(), NOTHING_HELD);
});
