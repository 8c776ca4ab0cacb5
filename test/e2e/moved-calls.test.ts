/**
 * The FreeSWITCH of a call is killed (row F9): whoever talks, is recorded, hears the greeting or waits is moved to another one, or to the
 * same one when it is back, and the talk, the bill and the recording go on. What cannot be begun again ends honestly.
 */
import { statSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { PhoneCall } from '../../src/embedded/phone/tone-phone.js';
import { CoreWait } from '../support/core-wait.js';
import { SILENCE_LIMIT_MS } from '../support/silence-meter.js';
import { whyImmortal } from './mortal-media-server.js';
import {
  callerHears,
  hearEachOther,
  longestSilencesMs,
  type MovedRig,
  party,
  startMoved,
  stepsOf,
} from './moved-rig.js';
import { BUYER_HZ, TONE_PROMPTS } from './tone-prompts.js';

/** Of 20 ms: longer than what FreeSWITCH writes at a time. */
const TALKED_PACKETS = 60;
/** What FreeSWITCH has not written yet when it dies is half a second; the rest is for the edges. */
const KEPT_BACK_MS = 1_500;
const RECORDED = { greetingPromptId: null, endingPromptId: null, recording: 'from-bridge' } as const;

const skipWithout = (spares: 0 | 1): { readonly skip: string | false } => ({ skip: whyImmortal(spares) });

/** Both talk and are recorded. */
async function talking(rig: MovedRig) {
  const recorded = rig.reached('recording-started');
  const rung = new Promise<PhoneCall>((resolve) => rig.buyer.phone.onCall(resolve));
  const caller = await rig.call();
  await recorded;
  await hearEachOther(rig);
  await rig.whileUp(rig.caller.meter.phone.receives(TALKED_PACKETS));
  return { caller, buyer: await rig.whileUp(rung) };
}

/** `gapMs`: how long one of them heard nothing. `waitedMs`: what the machine made the processes of the test wait for a core meanwhile. */
interface Gap {
  readonly gapMs: number;
  readonly waitedMs: number;
}

/** Kills it, and measures how long either hears nothing. */
async function moved(t: Test, rig: MovedRig, afterwards: () => Promise<void> = () => Promise.resolve()): Promise<Gap> {
  const move = rig.reached('moved');
  for (const { meter } of [rig.caller, rig.buyer]) meter.start();
  const wait = new CoreWait([process.pid, ...rig.servers.pids()]);
  await rig.servers.kill();
  await afterwards();
  await move;
  await hearEachOther(rig);
  const gapsMs = [rig.caller, rig.buyer].map(({ meter }) => Math.round(meter.stop()));
  const waitedMs = wait.ms;
  t.comment(`they hear nothing for ${gapsMs.join(' and ')} ms; the processes waited ${waitedMs} ms for a core`);
  return { gapMs: Math.max(...gapsMs), waitedMs };
}

function assertWhole(t: Test, details: CallDetails, by: 'caller' | 'buyer', { gapMs, waitedMs }: Gap): void {
  const { call, ledger, timeline, recordings } = details;
  t.match(call, { outcome: 'sold', state: 'ended', priceMicros: 30_000_000, release: { by } });
  t.equal(ledger.length, 2, 'one charge and one payout');
  t.equal(timeline.filter(({ step }) => step === 'moved').length, 1);
  const [recording] = recordings;
  t.equal(recordings.length, 1);
  t.match(recording, { state: 'ready', channels: 2 });
  const durationMs = recording?.durationMs ?? 0;
  const sentence = `recorded ${durationMs} ms of ${call.talkMs} ms, the gap included`;
  t.ok(Math.abs(durationMs - call.talkMs) < 500 + waitedMs, sentence);
  t.ok(statSync(recording?.mp3Path ?? '').size > 0);
  const silentMs = longestSilencesMs(recording?.wavPath ?? '');
  t.comment(`${silentMs.join(' and ')} ms of the recording are silent at a stretch`);
  t.ok(
    Math.max(...silentMs) - waitedMs < gapMs + KEPT_BACK_MS,
    'the parts are joined, and little more than the gap is missing',
  );
}

t.test('the FreeSWITCH of two who talk is killed: they talk on upon another', skipWithout(1), async (t) => {
  const rig = await startMoved(t, 1, (uri) => ({ targets: [{ id: 'acme', uri }], changes: RECORDED }));
  const { caller, buyer } = await talking(rig);
  const gap = await moved(t, rig);
  // A machine that is busy with other things is not what is measured.
  t.ok(gap.gapMs - gap.waitedMs < SILENCE_LIMIT_MS, `${gap.gapMs} ms, ${gap.waitedMs} ms of it waiting for a core`);
  caller.hangup();
  t.match(await buyer.ended, { kind: 'hung-up', by: 'far-end' });
  const details = await rig.record();
  assertWhole(t, details, 'caller', gap);
  t.same(new Set(details.legs.map(({ mediaServer }) => mediaServer)), new Set(['spare']));
  t.match(stepsOf(details, 'moved')[0]?.data, { from: 'mortal', to: 'spare' });
});

t.test(
  'the only FreeSWITCH is killed and started again: the two who talked talk on upon it',
  skipWithout(0),
  async (t) => {
    const rig = await startMoved(t, 0, (uri) => ({ targets: [{ id: 'acme', uri }], changes: RECORDED }));
    const { caller, buyer } = await talking(rig);
    const gap = await moved(t, rig, () => rig.servers.revive());
    buyer.hangup();
    t.match(await caller.ended, { kind: 'hung-up', by: 'far-end' });
    const details = await rig.record();
    assertWhole(t, details, 'buyer', gap);
    t.match(stepsOf(details, 'moved')[0], { text: /mortal, which was started again/, data: { to: 'mortal' } });
  },
);

/** A buyer rings, and another is there after him. */
async function ringing(t: Test, spares: 0 | 1): Promise<MovedRig> {
  const silent = await Promise.all(['one', 'other'].map((name) => party(t, name, BUYER_HZ, { kind: 'ring-forever' })));
  const targets = silent.map(({ phone }, index) => ({ id: `acme-${index}`, uri: phone.uri }));
  return await startMoved(t, spares, () => ({ targets, changes: { greetingPromptId: null } }));
}

async function assertNextIsRung(t: Test, rig: MovedRig, afterwards: () => Promise<void>): Promise<void> {
  const rings = rig.reached('ringing');
  const call = await rig.call();
  await callerHears(rig, TONE_PROMPTS['hold-music'].hz);
  await rings;
  const move = rig.reached('moved');
  const rung = move.then(() => rig.reached('ringing'));
  await rig.servers.kill();
  await afterwards();
  await move;
  await rung;
  await callerHears(rig, TONE_PROMPTS['hold-music'].hz);
  call.hangup();
  const details = await rig.record();
  t.equal(stepsOf(details, 'dialing').length, 2, 'the other buyer is rung where the caller is now');
  t.equal(stepsOf(details, 'moved').length, 1);
  t.match(details.call, { outcome: 'abandoned', release: { by: 'caller' } });
}

const ON_HOLD = 'the FreeSWITCH of a caller on hold is killed while a buyer rings: music again, and the next is rung';

t.test(`${ON_HOLD}, upon another`, skipWithout(1), async (t) => {
  await assertNextIsRung(t, await ringing(t, 1), () => Promise.resolve());
});

t.test(`${ON_HOLD}, where it is started again`, skipWithout(0), async (t) => {
  const rig = await ringing(t, 0);
  await assertNextIsRung(t, rig, () => rig.servers.revive());
});

t.test(
  'killed during the greeting: he is greeted again, and then talks; one recording from the answer on',
  skipWithout(1),
  async (t) => {
    const changes = { greetingPromptId: 'long-greeting', endingPromptId: null, recording: 'from-answer' } as const;
    const rig = await startMoved(t, 1, (uri) => ({ targets: [{ id: 'acme', uri }], changes }));
    const answered = rig.reached('buyer-answered');
    const call = await rig.call();
    await answered;
    await callerHears(rig, TONE_PROMPTS['long-greeting'].hz);
    const move = rig.reached('moved');
    await rig.servers.kill();
    await move;
    await callerHears(rig, TONE_PROMPTS['long-greeting'].hz);
    await hearEachOther(rig);
    call.hangup();
    const details = await rig.record();
    t.match(details.call, { state: 'ended', release: { by: 'caller' } });
    t.equal(stepsOf(details, 'greeted').length, 1);
    t.equal(stepsOf(details, 'bridged').length, 1);
    const { answeredAt, endedAt } = details.call;
    t.match(details.recordings, [{ state: 'ready' }]);
    const durationMs = details.recordings[0]?.durationMs ?? 0;
    const upMs = (endedAt ?? 0) - (answeredAt ?? 0);
    t.ok(Math.abs(durationMs - upMs) < 1_000, `recorded ${durationMs} ms of ${upMs} ms since the answer`);
  },
);
