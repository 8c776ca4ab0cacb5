/**
 * A session that listens to another one and speaks into it: who hears whom, what a recording has of it, and that nothing is left when
 * either of them goes. Two talk at 440 and 1,000 Hz; the listener's tone is 700 Hz.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { createMediaEngine } from '../../../src/embedded/media/media-engine.js';
import type { TapManner } from '../../../src/embedded/media/media-port.js';
import { toneLevelDb } from '../../../src/embedded/media/tone-detector.js';
import type { TonePhoneMedia } from '../../../src/embedded/media/tone-phone-media.js';
import { EventLog, openLeg, readWav } from '../../support/rtp-phone.js';

const address = '127.0.11.29';
const CALLER_HZ = 440;
const BUYER_HZ = 1_000;
const EAR_HZ = 700;
const TONES = [CALLER_HZ, BUYER_HZ, EAR_HZ];
const NOBODY_HEARS: TapManner = { hearsReceived: true, hearsSent: true, speaksToFarEnd: false, speaksToPeer: false };

async function start(t: Test) {
  const engine = await createMediaEngine({ rtpPortMin: 31_000, rtpPortMax: 31_998 });
  const events = new EventLog(engine);
  const caller = await openLeg(engine, { address, toneHz: CALLER_HZ });
  const buyer = await openLeg(engine, { address, toneHz: BUYER_HZ, payloadType: 8 });
  const ear = await openLeg(engine, { address, toneHz: EAR_HZ });
  t.teardown(async () => {
    await engine.close();
    await Promise.all([caller, buyer, ear].map(({ phone }) => phone.close()));
  });
  caller.session.bridge(buyer.session);
  /** The listener attends to the caller's session. */
  const attend = (manner: Partial<TapManner>): number => {
    const source = { kind: 'tap', sessionId: caller.session.id, manner: { ...NOBODY_HEARS, ...manner } } as const;
    return ear.session.play({ source, plays: 1 });
  };
  return { engine, events, caller, buyer, ear, attend };
}

/** Settles when the phone hears exactly these tones. */
function hearsOnly(phone: TonePhoneMedia, ...wanted: readonly number[]): Promise<void> {
  return phone.until(() =>
    TONES.every((hz) => (wanted.includes(hz) ? phone.levelDb(hz) > -20 : phone.levelDb(hz) < -40)),
  );
}

t.test('he hears both and nobody hears him', async (t) => {
  const { caller, buyer, ear, attend } = await start(t);
  attend({});
  await hearsOnly(ear.phone, CALLER_HZ, BUYER_HZ);
  await Promise.all([hearsOnly(caller.phone, BUYER_HZ), hearsOnly(buyer.phone, CALLER_HZ)]);
  t.ok(ear.phone.levelDb(EAR_HZ) < -40, 'not even he himself');
});

t.test('he speaks to the one whom he listens to, who alone hears him, and no recording has it', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'ringpost-tap-'));
  t.teardown(() => rmSync(folder, { recursive: true, force: true }));
  const { caller, buyer, ear, attend } = await start(t);
  const path = join(folder, 'talk.wav');
  await caller.session.startRecording({ path, channels: 'stereo', limitMs: 0, silenceEndMs: 0 });
  attend({ speaksToFarEnd: true });
  await hearsOnly(caller.phone, BUYER_HZ, EAR_HZ);
  await Promise.all([hearsOnly(buyer.phone, CALLER_HZ), hearsOnly(ear.phone, CALLER_HZ, BUYER_HZ)]);
  await caller.session.stopRecording(path);
  const { samples } = readWav(path);
  for (const start of [0, 1]) t.ok(toneLevelDb(samples, EAR_HZ, { start, stride: 2 }) < -45);
});

t.test('he speaks to the other one as well, who hears him with the one whom he listens to', async (t) => {
  const { caller, buyer, ear, attend } = await start(t);
  attend({ speaksToFarEnd: true, speaksToPeer: true });
  await hearsOnly(caller.phone, BUYER_HZ, EAR_HZ);
  await Promise.all([hearsOnly(buyer.phone, CALLER_HZ, EAR_HZ), hearsOnly(ear.phone, CALLER_HZ, BUYER_HZ)]);
  t.ok(ear.phone.levelDb(EAR_HZ) < -40);
});

t.test('he listens to one side only', async (t) => {
  const { ear, attend } = await start(t);
  attend({ hearsSent: false });
  await hearsOnly(ear.phone, CALLER_HZ);
  t.ok(ear.phone.levelDb(BUYER_HZ) < -40);
});

t.test('he stops: the two talk on, and do not hear him any more', async (t) => {
  const { caller, buyer, ear, attend, events } = await start(t);
  attend({ speaksToFarEnd: true, speaksToPeer: true });
  await hearsOnly(buyer.phone, CALLER_HZ, EAR_HZ);
  ear.session.stopPlay();
  t.match(await events.next('play-end', ear.session.id), { end: 'stopped' });
  await Promise.all([hearsOnly(caller.phone, BUYER_HZ), hearsOnly(buyer.phone, CALLER_HZ)]);
});

t.test('the one whom he listens to goes: his listening ends', async (t) => {
  const { caller, ear, attend, events } = await start(t);
  const playId = attend({});
  await hearsOnly(ear.phone, CALLER_HZ, BUYER_HZ);
  await caller.session.close();
  t.match(await events.next('play-end', ear.session.id), { playId, end: 'done' });
});

t.test('nobody can be listened to who is not there', async (t) => {
  const { ear, events } = await start(t);
  const source = { kind: 'tap', sessionId: 'nobody', manner: NOBODY_HEARS } as const;
  ear.session.play({ source, plays: 1 });
  t.match(await events.next('play-end', ear.session.id), { end: 'failed' });
});
