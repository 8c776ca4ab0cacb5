/**
 * What lies on disk after a call in which the caller sends 440 Hz and the buyer 1,000 Hz: WAV and MP3, each tone on its own channel and
 * not on the other, as long as the talk time of the call's record. And a recording from the answer on, which ends with the bridge.
 */
import { readFile } from 'node:fs/promises';
import { MPEGDecoder } from 'mpg123-decoder';
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import type { Campaign } from '../../src/domain/campaigns/campaign.js';
import { toneLevelDb } from '../../src/embedded/media/tone-detector.js';
import { TonePhoneMedia } from '../../src/embedded/media/tone-phone-media.js';
import { WAV_HEADER_BYTES } from '../../src/embedded/media/wav-format.js';
import { type PhoneManner, TonePhone } from '../../src/embedded/phone/tone-phone.js';
import { CoreWait } from '../support/core-wait.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { usualLevelDb } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const RATE = 8_000;
/** Samples in a tenth of a second: whole periods of every tone. */
const PIECE = RATE / 10;
const AUDIBLE_DB = -20;
const SILENT_DB = -45;
/** Besides what the processes waited for a core between what they saw and what they ordered. */
const LENGTH_TOLERANCE_MS = 100;
/** 2 s of the buyer's packets. */
const TALK_PACKETS = 100;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());

interface Audio {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly durationMs: number;
}

const FULL_SCALE = 32_768;

async function readWav(path: string): Promise<Audio> {
  const bytes = await readFile(path);
  const frames = Math.floor((bytes.length - WAV_HEADER_BYTES) / 4);
  const channel = (offset: number) =>
    Float32Array.from({ length: frames }, (_, index) => bytes.readInt16LE(WAV_HEADER_BYTES + index * 4 + offset));
  return { left: channel(0), right: channel(2), durationMs: (frames / RATE) * 1_000 };
}

async function readMp3(path: string): Promise<Audio> {
  const decoder = new MPEGDecoder();
  await decoder.ready;
  const { channelData, samplesDecoded, sampleRate } = decoder.decode(await readFile(path));
  decoder.free();
  const scaled = (index: number) => Float32Array.from(channelData[index] ?? [], (value) => value * FULL_SCALE);
  return { left: scaled(0), right: scaled(1), durationMs: (samplesDecoded / sampleRate) * 1_000 };
}

async function startPhone(t: Test, toneHz: number, manner: PhoneManner): Promise<TonePhone> {
  const media = () => TonePhoneMedia.open({ address: '127.0.0.1', toneHz });
  const phone = await TonePhone.start({ name: 'tone', address: '127.0.0.1', port: 0, transport: 'udp', manner, media });
  t.teardown(() => phone.close());
  return phone;
}

/** One call of two seconds' talk that the buyer ends, so that the caller hears the ending message afterwards. */
async function talk(t: Test, changes: Partial<Campaign>): Promise<CallDetails & { readonly waitedMs: number }> {
  const wait = new CoreWait([process.pid, ...(sut.switch.pid === null ? [] : [sut.switch.pid])]);
  const buyer = await startPhone(t, BUYER_HZ, { kind: 'answer', afterMs: 100 });
  const caller = await startPhone(t, CALLER_HZ, { kind: 'refuse', status: 480 });
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: buyer.uri }], changes });
  const bridged = sut.reached('bridged');
  const closed = new Promise<string>((resolve) => {
    const leave = sut.app.events.subscribe({
      closed: (call) => {
        leave();
        resolve(call.callId);
      },
    });
  });
  buyer.onCall((call) => {
    const media = call.media as TonePhoneMedia;
    void bridged.then(() => media.receives(TALK_PACKETS)).then(() => call.hangup());
  });
  const { address, port } = sut.switch.sip;
  const call = await caller.call(`sip:${did}@${address}:${port}`, '+13105550123');
  await call.ended;
  const callId = await closed;
  const waitedMs = wait.ms;
  t.same(await sut.settled(), NOTHING_HELD);
  const details = await sut.app.store.calls.find(callId);
  if (details === null) throw new Error('the call is not in the store');
  return { ...details, waitedMs };
}

function assertSides(t: Test, name: string, { left, right }: Audio): void {
  // The first and the last tenth of a second are the edges of the bridge.
  const middle = (channel: Float32Array) => channel.subarray(PIECE, channel.length - PIECE);
  const level = (channel: Float32Array, hz: number) => toneLevelDb(middle(channel), hz);
  t.ok(usualLevelDb(middle(left), CALLER_HZ) > AUDIBLE_DB, `${name}: the caller is on the left`);
  t.ok(usualLevelDb(middle(right), BUYER_HZ) > AUDIBLE_DB, `${name}: the buyer is on the right`);
  t.ok(level(left, BUYER_HZ) < SILENT_DB, `${name}: the buyer is not on the left`);
  t.ok(level(right, CALLER_HZ) < SILENT_DB, `${name}: the caller is not on the right`);
  t.ok(level(right, TONE_PROMPTS['ending-message'].hz) < SILENT_DB, `${name}: the ending message is not on it`);
}

function assertLength(t: Test, name: string, durationMs: number, expectedMs: number, waitedMs: number): void {
  const text = `${name}: ${Math.round(durationMs)} ms against ${expectedMs} ms of talk; ${waitedMs} ms were waited for a core`;
  t.ok(Math.abs(durationMs - expectedMs) <= LENGTH_TOLERANCE_MS + waitedMs, text);
}

t.test('each side is on its own channel of WAV and MP3, for exactly as long as they talked', async (t) => {
  const { call, recordings, waitedMs } = await talk(t, { recording: 'from-bridge' });
  const [recording] = recordings;
  t.equal(recording?.state, 'ready');
  const wav = await readWav(recording?.wavPath ?? '');
  const mp3 = await readMp3(recording?.mp3Path ?? '');
  for (const [name, audio] of Object.entries({ WAV: wav, MP3: mp3 })) {
    assertSides(t, name, audio);
    assertLength(t, name, audio.durationMs, call.talkMs, waitedMs);
  }
  const [left, right] = recording?.levels ?? [];
  t.ok(
    (left?.rmsDbfs ?? -100) > AUDIBLE_DB && (right?.rmsDbfs ?? -100) > AUDIBLE_DB,
    'its row has the level of each channel',
  );
});

t.test('recorded from the answer on: the greeting is on the right, and it ends with the bridge', async (t) => {
  const { call, recordings, timeline, waitedMs } = await talk(t, { recording: 'from-answer' });
  const at = (step: string) => timeline.find((entry) => entry.step === step)?.atMs ?? 0;
  const wav = await readWav(recordings[0]?.wavPath ?? '');
  assertLength(t, 'WAV', wav.durationMs, at('unbridged') - at('answered'), waitedMs);
  t.ok(wav.durationMs > call.talkMs + TONE_PROMPTS['short-greeting'].ms, 'it is longer than the talk');
  const greeting = wav.right.subarray(RATE / 2, RATE);
  t.ok(toneLevelDb(greeting, TONE_PROMPTS['short-greeting'].hz) > AUDIBLE_DB, 'what the caller heard is on the right');
  const end = wav.right.subarray(wav.right.length - RATE / 4);
  t.ok(toneLevelDb(end, TONE_PROMPTS['ending-message'].hz) < SILENT_DB, 'the ending message is not on it');
});

t.test('a campaign whose recording is off has none', async (t) => {
  const { recordings } = await talk(t, { recording: 'off' });
  t.same(recordings, []);
});
