/**
 * The same system with a telephone that other people wrote at either end: baresip as the caller, baresip as the buyer, each with audio
 * both ways. The other end is our tone phone.
 */
import t, { type Test } from 'tap';
import { toneLevelDb } from '../../src/embedded/media/tone-detector.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { type PhoneCall, type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { BaresipRun } from '../support/baresip-run.js';
import { missingProgram } from '../support/installed-program.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const skip = missingProgram('baresip');
const RATE = 8_000;
const AUDIBLE_DB = -30;
const SILENT_DB = -45;
/** Half a second of packets: what was measured last then holds nothing from before the bridge. */
const SETTLING_PACKETS = 30;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

async function startTonePhone(t: Test, toneHz: number, manner: PhoneManner): Promise<TonePhone> {
  const media = () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
  const phone = await TonePhone.start({ name: 'tone', address: '127.0.0.1', port: 0, transport: 'udp', manner, media });
  t.teardown(() => phone.close());
  return phone;
}

/** Waits for the bridge first: the ringing that a buyer hears before it has 440 Hz in it too. */
async function hearsTone(bridged: Promise<void>, call: Promise<PhoneCall>, hz: number): Promise<void> {
  await bridged;
  const media = (await call).media as TonePhoneMedia;
  await media.receives(SETTLING_PACKETS);
  await media.hears(hz);
  await media.receives(SETTLING_PACKETS);
}

/** The last half second of what baresip heard. */
const lastOf = (heard: Int16Array): Int16Array => heard.subarray(Math.max(0, heard.length - RATE / 2));

t.test('baresip calls: it hears the greeting, then the buyer, and the buyer hears it', { skip }, async (t) => {
  const buyer = await startTonePhone(t, BUYER_HZ, { kind: 'answer', afterMs: 100 });
  const rung = new Promise<PhoneCall>((resolve) => buyer.onCall(resolve));
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.uri }] });
  const { address, port } = sut.switch.sip;
  const bridged = sut.reached('bridged');
  const caller = await BaresipRun.start({ toneHz: CALLER_HZ, dial: `sip:${did}@${address}:${port}` });
  const taken = await rung;
  await hearsTone(bridged, rung, CALLER_HZ);
  t.ok((taken.media as TonePhoneMedia).levelDb(CALLER_HZ) > AUDIBLE_DB, 'the buyer hears baresip');
  const heard = await caller.stop();
  t.same(await taken.ended, { kind: 'hung-up', by: 'far-end' }, 'its BYE reaches the buyer');
  t.ok(toneLevelDb(lastOf(heard), BUYER_HZ) > AUDIBLE_DB, 'baresip hears the buyer');
  t.ok(toneLevelDb(lastOf(heard), CALLER_HZ) < SILENT_DB, 'and not itself');
  const greeting = heard.subarray(RATE / 2, RATE);
  t.ok(toneLevelDb(greeting, TONE_PROMPTS['short-greeting'].hz) > AUDIBLE_DB, 'it heard the greeting before');
  t.same(await sut.settled(), NOTHING_HELD);
});

t.test(
  'baresip is the buyer: it answers by itself, both hear each other, its BYE brings the ending message',
  { skip },
  async (t) => {
    const buyer = await BaresipRun.start({ toneHz: BUYER_HZ, dial: null });
    const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.uri }] });
    const caller = await startTonePhone(t, CALLER_HZ, { kind: 'refuse', status: 480 });
    const { address, port } = sut.switch.sip;
    const bridged = sut.reached('bridged');
    const call = await caller.call(`sip:${did}@${address}:${port}`, '+13105550123');
    await hearsTone(bridged, Promise.resolve(call), BUYER_HZ);
    t.ok((call.media as TonePhoneMedia).levelDb(BUYER_HZ) > AUDIBLE_DB, 'the caller hears baresip');
    const heard = await buyer.stop();
    t.ok(toneLevelDb(lastOf(heard), CALLER_HZ) > AUDIBLE_DB, 'baresip hears the caller');
    t.ok(toneLevelDb(lastOf(heard), BUYER_HZ) < SILENT_DB, 'and not itself');
    await (call.media as TonePhoneMedia).hears(TONE_PROMPTS['ending-message'].hz);
    t.same(await call.ended, { kind: 'hung-up', by: 'far-end' }, 'the caller is let go after the ending message');
    t.same(await sut.settled(), NOTHING_HELD);
  },
);
