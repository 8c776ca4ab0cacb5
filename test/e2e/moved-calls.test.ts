/**
 * The FreeSWITCH of a call is killed while caller and buyer talk and are recorded (row F9): both are moved to another one, and the talk,
 * the bill and the recording go on. Two switches are started; their drachtio is that of the first, the call lies on the second.
 */
import { statSync } from 'node:fs';
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { SilenceMeter } from '../support/silence-meter.js';
import type { CampaignPlan } from './campaign-builder.js';
import { startMortalPair } from './mortal-media-server.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

/** The window of the measurement is half a second: so many packets later it holds nothing from before. */
const SETTLED_PACKETS = 30;
const LONGEST_GAP_MS = 2_000;
const ANSWERS = { kind: 'answer', afterMs: 50 } as const;

async function party(
  t: Test,
  name: string,
  toneHz: number,
  manner: PhoneManner = ANSWERS,
): Promise<{ phone: TonePhone; meter: SilenceMeter }> {
  const meter = await SilenceMeter.open(toneHz);
  const phone = await TonePhone.start({
    name,
    address: '127.0.0.1',
    port: 0,
    transport: 'udp',
    manner,
    media: () => Promise.resolve(meter.phone),
  });
  t.teardown(async () => {
    await phone.close();
    await meter.phone.close();
  });
  return { phone, meter };
}

function closedRecord(sut: SystemUnderTest): Promise<CallDetails> {
  return new Promise((resolve, reject) => {
    const unsubscribe = sut.app.events.subscribe({
      closed: ({ callId }) => {
        unsubscribe();
        sut.app.live
          .whenFollowed()
          .then(() => sut.app.store.calls.find(callId))
          .then((details) => (details === null ? reject(new Error('no record')) : resolve(details)), reject);
      },
    });
  });
}

async function start(t: Test, plan: (buyer: string) => CampaignPlan) {
  const pair = await startMortalPair();
  const sut = await SystemUnderTest.start(() => Promise.resolve(pair));
  t.teardown(() => sut.close());
  while (!sut.app.telephony.ready().links.every(({ isUp }) => isUp)) await new Promise(setImmediate);
  const [caller, buyer] = await Promise.all([party(t, 'caller', CALLER_HZ), party(t, 'buyer', BUYER_HZ)]);
  const did = await sut.addCampaign(plan(buyer.phone.uri));
  const { address, port } = sut.switch.sip;
  return { pair, sut, caller, buyer, uri: `sip:${did}@${address}:${port}` };
}

t.test('the FreeSWITCH of two who talk is killed: they talk on upon another', async (t) => {
  const rig = await start(t, (uri) => ({
    targets: [{ id: 'acme', uri }],
    changes: { greetingPromptId: null, recording: 'from-bridge' },
  }));
  const { sut, caller, buyer } = rig;
  const record = closedRecord(sut);
  const recorded = sut.reached('recording-started');
  const call = await caller.phone.call(rig.uri, '+13105550123');
  await recorded;
  await Promise.all([caller.meter.phone.hears(BUYER_HZ), buyer.meter.phone.hears(CALLER_HZ)]);
  const moved = sut.reached('moved');
  caller.meter.start();
  buyer.meter.start();
  await rig.pair.kill();
  await moved;
  for (const { meter } of [caller, buyer]) await meter.phone.receives(SETTLED_PACKETS);
  await Promise.all([caller.meter.phone.hears(BUYER_HZ), buyer.meter.phone.hears(CALLER_HZ)]);
  const gaps = [caller.meter.stop(), buyer.meter.stop()];
  t.ok(Math.max(...gaps) < LONGEST_GAP_MS, `they hear nothing for ${gaps.map(Math.round).join(' and ')} ms`);
  call.hangup();
  const { call: closed, ledger, legs, timeline, recordings } = await record;
  t.match(closed, { outcome: 'sold', state: 'ended', priceMicros: 30_000_000, release: { by: 'caller' } });
  t.equal(ledger.length, 2, 'one charge and one payout');
  t.same(new Set(legs.map(({ mediaServer }) => mediaServer)), new Set(['first']));
  t.equal(timeline.filter(({ step }) => step === 'moved').length, 1);
  t.match(timeline.find(({ step }) => step === 'moved')?.data, { from: 'second', to: 'first' });
  const [recording] = recordings;
  t.equal(recordings.length, 1);
  t.match(recording, { state: 'ready', channels: 2 });
  const { durationMs } = recording ?? {};
  t.ok(
    Math.abs((durationMs ?? 0) - closed.talkMs) < 500,
    `recorded ${durationMs} ms of ${closed.talkMs} ms, the gap included`,
  );
  t.ok(statSync(recording?.mp3Path ?? '').size > 0);
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test('the FreeSWITCH of a caller on hold is killed: he hears music again', async (t) => {
  const silent = await Promise.all(['one', 'other'].map((name) => party(t, name, BUYER_HZ, { kind: 'ring-forever' })));
  const rig = await start(t, () => ({
    targets: silent.map(({ phone }, index) => ({ id: `acme-${index}`, uri: phone.uri })),
    changes: { greetingPromptId: null },
  }));
  const { sut, caller } = rig;
  const record = closedRecord(sut);
  const ringing = sut.reached('ringing');
  const call = await caller.phone.call(rig.uri, '+13105550123');
  await caller.meter.phone.hears(TONE_PROMPTS['hold-music'].hz);
  await ringing;
  const moved = sut.reached('moved');
  const rung = moved.then(() => sut.reached('ringing'));
  await rig.pair.kill();
  await moved;
  await rung;
  await caller.meter.phone.receives(SETTLED_PACKETS);
  await caller.meter.phone.hears(TONE_PROMPTS['hold-music'].hz);
  call.hangup();
  const { timeline } = await record;
  t.equal(
    timeline.filter(({ step }) => step === 'dialing').length,
    2,
    'the other buyer is rung where the caller is now',
  );
  t.equal(timeline.filter(({ step }) => step === 'moved').length, 1);
  t.same(await sut.settled(), NOTHING_HELD);
});
