/**
 * Calls that the first choice does not take: the next buyer gets them, or the fallback chain does; and calls that are not ours to take.
 */
import t from 'tap';
import { missingProgram } from '../support/installed-program.js';
import { STRANGER } from './campaign-builder.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('sipp');
const HANGUP_MS = 5_500;
const VOICEMAIL_LIMIT_MS = 3_000;
const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

for (const [first, scenario, cause] of [
  ['is busy', 'uas-busy-expect-ack', 'USER_BUSY'],
  ['does not answer', 'uas-rings-expect-cancel', 'NO_ANSWER'],
] as const) {
  t.test(`the best buyer ${first}: the next best gets the call`, { skip }, async (t) => {
    const best = await sut.startBuyer(scenario);
    const next = await sut.startBuyer('uas-answers-expect-bye');
    const did = await sut.addCampaign({
      targets: [
        { id: 'best', uri: best.run.uri, price: 40, ringTimeoutMs: 1_500 },
        { id: 'next', uri: next.run.uri, price: 25 },
      ],
    });
    const caller = await sut.startCaller('uac-hangs-up-expect-200', did, { hangup_ms: HANGUP_MS });
    t.same(await Promise.all([caller.hears(BUYER_HZ), next.hears(CALLER_HZ)]), [true, true], 'they talk');
    t.equal((await best.run.ended).diagnosis, '');
    t.equal((await caller.run.ended).diagnosis, '');
    t.equal((await next.run.ended).diagnosis, '');
    const { call, timeline } = await sut.record(caller);
    t.match(call, { outcome: 'sold', priceMicros: 25_000_000 });
    t.equal(timeline.filter(({ step }) => step === 'buyer-failed').length, 1, `the first failed with ${cause}`);
    t.same(await sut.settled(), NOTHING_HELD);
  });
}

t.test('nobody bids: the caller leaves a voicemail until its limit', { skip }, async (t) => {
  const bidder = await sut.startBidder({ accepted: false });
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: 'sip:nobody@127.0.0.1:9', bidderUrl: bidder.url }],
    changes: { fallback: [{ kind: 'voicemail', greetingPromptId: 'voicemail-greeting', limitMs: VOICEMAIL_LIMIT_MS }] },
  });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(TONE_PROMPTS['voicemail-greeting'].hz), 'he hears the greeting of the voicemail');
  t.ok(await caller.hears(BUYER_HZ), 'and its tone');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call, recordings } = await sut.record(caller);
  t.match(call, { outcome: 'voicemail', priceMicros: null });
  t.match(recordings, [{ kind: 'voicemail', state: 'ready' }]);
  const durationMs = recordings[0]?.durationMs ?? 0;
  // FreeSWITCH compares whole seconds of the clock (switch_ivr_record_file), so that it overruns a limit by up to a second.
  t.ok(
    durationMs >= VOICEMAIL_LIMIT_MS - 100 && durationMs <= VOICEMAIL_LIMIT_MS + 1_000,
    `${durationMs} ms of voicemail`,
  );
  const [level] = recordings[0]?.levels ?? [];
  t.ok((level?.rmsDbfs ?? -100) > -30, 'the caller is on it');
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('nobody buys and the campaign has a message: it is played and the caller is hung up', { skip }, async (t) => {
  const did = await sut.addCampaign({ targets: [] });
  const caller = await sut.startCaller('uac-waits-expect-200-and-bye', did);
  t.ok(await caller.hears(TONE_PROMPTS['sorry-message'].hz));
  t.equal((await caller.run.ended).diagnosis, '');
  t.match((await sut.record(caller)).call, { outcome: 'message' });
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('an unknown DID is answered 404 and recorded with its reason', { skip }, async (t) => {
  const caller = await sut.startCaller('uac-calls-unknown-did-expect-404', '+12025559999');
  t.equal((await caller.run.ended).diagnosis, '');
  const { call } = await sut.record(caller);
  t.match(call, { outcome: 'refused', state: 'refused', release: { sipStatus: 404, by: 'system' } });
  t.match(call.release?.detail, /\w/);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('a source that belongs to no trunk gets nothing from us, and is counted', { skip }, async (t) => {
  const did = await sut.addCampaign({ targets: [] });
  const before = sut.app.events.unknownSources();
  const options = { localAddress: STRANGER };
  const stranger = await sut.startCaller('uac-calls-expect-nothing-after-100', did, {}, options);
  t.equal((await stranger.run.ended).diagnosis, '');
  t.equal(sut.app.events.unknownSources(), before + 1);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('REGISTER is refused: there is no registrar here', { skip }, async (t) => {
  const phone = await sut.startCaller('uac-register-expect-refusal', 'somebody');
  t.equal((await phone.run.ended).diagnosis, '');
});

t.test('a trunk that asks with OPTIONS is answered 200', { skip }, async (t) => {
  const trunk = await sut.startCaller('uac-options-expect-200', 'ping');
  t.equal((await trunk.run.ended).diagnosis, '');
});
