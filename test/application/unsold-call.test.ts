// Calls that nobody buys, that are refused, or that end early. On scripted ports and a virtual clock.
import t from 'tap';
import { biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';

t.test('an unknown source gets no answer at all and is counted', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite({ sourceAddress: '198.51.100.7' });
  await done;
  t.equal(call.isIgnored, true);
  t.equal(call.rejectedWith, null);
  t.same(fixture.unknownSources, ['198.51.100.7']);
  t.same(await fixture.calls.list({ limit: 10, before: null }), []);
});

t.test('an unknown DID is answered 404 and logged with its reason', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite({ calledUser: '+12025550199' });
  await done;
  t.equal(call.rejectedWith, 404);
  const { call: record } = await fixture.stored();
  t.match(record, {
    state: 'refused',
    outcome: 'refused',
    release: { by: 'system', sipStatus: 404, detail: 'no DID +12025550199' },
  });
  t.same(fixture.leftovers(), []);
});

const refusals = [
  { why: 'a paused campaign', campaign: { isActive: false }, status: 480 },
  { why: 'a blocked prefix', campaign: { blockedCallers: ['+1310*'] }, status: 603 },
  { why: 'a campaign that is never open', campaign: { schedule: { timeZone: 'UTC', ranges: [] } }, status: 480 },
  { why: 'a full campaign', campaign: { maxCalls: 0 }, status: 503 },
];
for (const { why, campaign, status } of refusals) {
  t.test(`${why} is refused with ${status} before anything is answered`, async (t) => {
    const fixture = new CallFixture({ campaign });
    const { call, done } = fixture.invite();
    await done;
    t.equal(call.rejectedWith, status);
    t.equal((await fixture.stored()).call.outcome, 'refused');
    t.same(fixture.leftovers(), []);
  });
}

t.test('a stopped intake answers 503, and a live call may finish', async (t) => {
  const fixture = new CallFixture();
  const first = fixture.invite();
  const caller = await first.call.answeredLeg.promise;
  fixture.live.stopIntake();
  const second = fixture.invite();
  await second.done;
  t.equal(second.call.rejectedWith, 503);
  caller.end();
  await first.done;
  t.same(fixture.leftovers(), []);
});

t.test('nobody bids: the caller is sent to voicemail, and the recording is a voicemail', async (t) => {
  const fixture = new CallFixture({
    targets: [biddingTarget('beta')],
    campaign: { fallback: [{ kind: 'voicemail', greetingPromptId: 'voicemail', limitMs: 120_000 }] },
  });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(2_000);
  t.match(fixture.telephony.log, ['voicemail 120000']);
  caller.end();
  await done;
  const { call: record, recordings, bids, trace } = await fixture.stored();
  t.equal(record.outcome, 'voicemail');
  t.match(recordings, [{ kind: 'voicemail', state: 'ready' }]);
  t.match(bids, [{ bidderId: 'bidder-beta', outcome: 'timeout' }]);
  t.match(
    trace?.candidates[0]?.checks.find((each) => each.check === 'ping'),
    { passed: false },
  );
  t.same(fixture.leftovers(), []);
});

t.test('a fallback number that does not answer gives way to the message', async (t) => {
  const fixture = new CallFixture({
    targets: [],
    campaign: {
      fallback: [
        { kind: 'dial', destination: { kind: 'sip', uri: 'sip:desk@127.0.0.1' }, trunkId: null, ringTimeoutMs: 10_000 },
        { kind: 'message', promptId: 'apology' },
      ],
    },
  });
  fixture.telephony.scripts.set('fallback', { kind: 'hang' });
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(11_000);
  await done;
  t.match(fixture.telephony.log, ['message /cache/apology.wav']);
  t.equal((await fixture.stored()).call.outcome, 'message');
  t.same(fixture.leftovers(), []);
});

t.test('the hold limit sends the caller to the fallback chain although buyers are left', async (t) => {
  const fixture = new CallFixture({
    targets: [staticTarget('alpha', 30), staticTarget('beta', 20), staticTarget('gamma', 10)],
    campaign: { maxHoldMs: 30_000, fallback: [{ kind: 'message', promptId: 'apology' }] },
  });
  for (const id of ['alpha', 'beta', 'gamma']) fixture.telephony.scripts.set(id, { kind: 'hang' });
  const { call, done } = fixture.invite();
  (await call.answeredLeg.promise).greet();
  await fixture.clock.advance(30_000);
  await done;
  t.same(
    fixture.telephony.dialled.map((request) => request.ringTimeoutMs),
    [25_000, 5_000],
    'the second ring is cut to what is left',
  );
  const gamma = (await fixture.stored()).trace?.candidates.find((each) => each.targetId === 'gamma');
  t.match(
    gamma?.checks.find((each) => each.check === 'patience'),
    { passed: false },
  );
  t.same(fixture.leftovers(), []);
});

t.test('the caller cancels before the answer: no leg, no slot, one call record', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  call.cancel();
  await done;
  const { call: record } = await fixture.stored();
  t.match(record, { state: 'ended', outcome: 'cancelled', release: { by: 'caller', sipStatus: 487 } });
  t.same(fixture.leftovers(), []);
});

const moments = [
  { when: 'in the greeting', afterMs: 500, greet: false },
  { when: 'while pinging', afterMs: 100, greet: true },
  { when: 'while ringing', afterMs: 1_000, greet: true },
  { when: 'while talking', afterMs: 9_000, greet: true },
];
for (const { when, afterMs, greet } of moments) {
  t.test(`the caller hangs up ${when}: every branch is cancelled, slots are released, one call record`, async (t) => {
    const fixture = new CallFixture({ targets: [biddingTarget('beta')] });
    fixture.pings.set('bidder-beta', bidOf(45, 700));
    fixture.telephony.scripts.set('beta', { kind: 'answer', afterMs: 3_000 });
    const { call, done } = fixture.invite();
    const caller = await call.answeredLeg.promise;
    if (greet) caller.greet();
    await fixture.clock.advance(afterMs);
    caller.end();
    await done;
    const { call: record } = await fixture.stored();
    t.equal(record.state, 'ended');
    t.equal(record.release?.by, 'caller');
    t.equal(record.outcome, when === 'while talking' ? 'sold' : 'abandoned');
    t.same(fixture.leftovers(), []);
  });
}

t.test('an operator hangs up at any moment: both legs end and the record says that it was us', async (t) => {
  for (const afterMs of [100, 1_500, 9_000]) {
    const fixture = new CallFixture({ targets: [biddingTarget('beta')] });
    fixture.pings.set('bidder-beta', bidOf(45, 700));
    fixture.telephony.scripts.set('beta', { kind: 'answer', afterMs: 3_000 });
    const { call, done } = fixture.invite();
    (await call.answeredLeg.promise).greet();
    await fixture.clock.advance(afterMs);
    fixture.live.hangupAll();
    await done;
    t.equal((await fixture.stored()).call.release?.by, 'system', `after ${afterMs} ms`);
    t.same(fixture.leftovers(), []);
  }
});

t.test('a missing greeting is an alarm that names it, and the call goes on', async (t) => {
  const fixture = new CallFixture();
  fixture.missingPrompts.add('greeting');
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  t.equal(call.treatment?.greetingPath, null);
  t.match(fixture.alarms, [/prompt-missing: the greeting greeting has no file/]);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('a recording that cannot start leaves the call alone and says why in its row', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.recordingError = 'no space left on device';
  caller.greet();
  await fixture.clock.advance(5_000);
  caller.end();
  await done;
  const { call: record, recordings } = await fixture.stored();
  t.equal(record.outcome, 'sold');
  t.match(recordings, [{ state: 'lost', lostReason: 'no space left on device' }]);
  t.same(fixture.leftovers(), []);
});

t.test('a store that cannot take the call refuses it with 503 instead of answering it', async (t) => {
  const fixture = new CallFixture();
  const { open } = fixture.calls;
  let failures = 1;
  fixture.calls.open = (...opening) =>
    failures-- > 0 ? Promise.reject(new Error('disk full')) : open.apply(fixture.calls, opening);
  const { call, done } = fixture.invite();
  await done;
  t.equal(call.rejectedWith, 503);
  t.match(fixture.alarms, [/could not be journaled: disk full/]);
  t.same(fixture.leftovers(), []);
});

t.test('a fault of ours fails its own call with 500 and is an alarm', async (t) => {
  const fixture = new CallFixture();
  const { call, done } = fixture.invite();
  call.answer = () => Promise.reject(new Error('a bug'));
  await done;
  t.equal(call.rejectedWith, 500);
  t.match(fixture.alarms, [/internal fault: a bug/]);
  t.equal((await fixture.stored()).call.outcome, 'failed');
  t.same(fixture.leftovers(), []);
});
