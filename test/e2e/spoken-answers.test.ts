/**
 * Callers who answer a flow by voice: what each says reaches the recogniser as a WAV of his voice alone, beside the recording of the call,
 * and lies nowhere afterwards; keys count all the same.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import type { Flow, FlowNode, KeyTerms } from '../../src/domain/flows/flow.js';
import { parseWavHeader } from '../../src/embedded/media/wav-format.js';
import { FakeRecogniser } from './fake-recogniser.js';
import { startSwitchUnderTest } from './switch-under-test.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { answering, calling, type Party, presence, readStereo } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, TONE_PROMPTS } from './tone-prompts.js';

const MENU_HZ = TONE_PROMPTS['short-question'].hz;
const ZIP_HZ = TONE_PROMPTS['zip-question'].hz;
const WRONG_HZ = TONE_PROMPTS['wrong-key'].hz;
const SORRY_HZ = TONE_PROMPTS['sorry-message'].hz;
/** Packets of a second. */
const SECOND = 50;

const recogniser = await FakeRecogniser.start();
t.teardown(() => recogniser.close());
const paths = { transcriptPath: 'transcript', confidencePath: 'confidence' };
const settings = { url: recogniser.url, authorization: null, timeoutMs: 5_000, ...paths };
const sut = await SystemUnderTest.start(startSwitchUnderTest, { recogniser: settings });
t.teardown(() => sut.close());

const said = (promptId: string) => ({ kind: 'prompt', promptId }) as const;

const KEYS: KeyTerms = {
  ...{ prompt: said('short-question'), isInterruptible: true, timeoutMs: 4_000, maxTries: 2 },
  ...{ noInputPrompt: null, invalidPrompt: said('wrong-key'), onNoInput: 'bye', onInvalid: 'bye' },
};
const SPEECH = { speech: { language: 'en-US', minConfidence: 0.4 } };
const ZIP: FlowNode = {
  ...{ kind: 'gather', tag: 'zip', form: 'zip', minDigits: 5, maxDigits: 5, digitTimeoutMs: 2_000, terminator: '#' },
  ...{ ...KEYS, ...SPEECH, prompt: said('zip-question'), next: 'sell' },
};

/** `leads` is where its one key leads. */
function flowOf(id: string, leads: 'zip' | 'bye'): Flow {
  const keys = { 1: { next: leads, value: 'roof', says: ['roof', 'roofing'] } };
  const service: FlowNode = { kind: 'menu', tag: 'service', keys, ...SPEECH, ...KEYS };
  const bye: FlowNode = { kind: 'hang-up', prompt: said('sorry-message') };
  const sell: Readonly<Record<string, FlowNode>> = leads === 'zip' ? { zip: ZIP, sell: { kind: 'plan' } } : {};
  return { id, name: id, start: 'service', nodes: { service, bye, ...sell } };
}

/** Begins while the question can be heard, and goes on for so many packets behind it. He has not stopped then. */
async function beginToSpeak({ media }: Party, questionHz: number, packets: number): Promise<void> {
  await media.hears(questionHz);
  media.setTone(CALLER_HZ);
  await media.until(() => media.levelDb(questionHz) < -45);
  await media.receives(packets);
}

/** A second behind the question, and then no more. */
async function speak(caller: Party, questionHz: number): Promise<void> {
  await beginToSpeak(caller, questionHz, SECOND);
  caller.media.setTone(null);
}

async function silentCaller(t: Test, did: string): Promise<Party> {
  const caller = await calling(t, sut, did, CALLER_HZ);
  caller.media.setTone(null);
  return caller;
}

async function record(callId: string) {
  t.same(await sut.settled(), NOTHING_HELD);
  const details = await sut.app.store.calls.find(callId);
  if (details === null) throw new Error('the call is not in the store');
  return details;
}

const callId = (): string => sut.app.live.list()[0]?.callId ?? '';

function assertNothingKept(t: Test): void {
  t.same(readdirSync(join(sut.folder, 'recordings', 'utterances')), [], 'nothing of what he said lies anywhere');
}

/** The caller's tone in a WAV of one channel, and no question of ours. */
function assertHisVoice(t: Test, wav: Buffer, questionHz: number): void {
  const format = parseWavHeader(wav);
  if (format === 'more' || 'error' in format) throw new Error('the recogniser got no WAV file');
  t.match(format, { encoding: 'pcm', channels: 1, sampleRate: 8_000, bytesPerSample: 2 });
  t.equal(format.dataStart + format.dataBytes, wav.length, 'its header agrees with its length');
  const count = format.dataBytes / 2;
  const samples = Float32Array.from({ length: count }, (_, at) => wav.readInt16LE(format.dataStart + 2 * at));
  t.ok(presence(samples, CALLER_HZ).heard >= 6, `${presence(samples, CALLER_HZ).heard} tenths of a second of his tone`);
  t.equal(presence(samples, questionHz).heard, 0, 'and not what he heard');
}

t.test('he says service and ZIP code: the recogniser hears his voice, the buyer gets the call', async (t) => {
  const desk = await answering(t, BUYER_HZ);
  const flow = flowOf('spoken', 'zip');
  const did = await sut.addCampaign({
    targets: [{ id: 'acme', uri: desk.uri }],
    flow,
    changes: { recording: 'from-answer' },
  });
  recogniser.willAnswer('Roof repair', 'seven eight seven oh one');
  const caller = await silentCaller(t, did);
  await speak(caller, MENU_HZ);
  await speak(caller, ZIP_HZ);
  await caller.media.hears(BUYER_HZ);
  const id = callId();
  caller.call.hangup();
  const { call, timeline, recordings } = await record(id);
  t.match(call, {
    outcome: 'connected-unbilled',
    flow: { keysPressed: 6, answers: { service: 'roof', zip: '78701' } },
  });
  const [menu, zip] = recogniser.sent.splice(0);
  t.match(menu, { url: '/listen?language=en-US', contentType: 'audio/wav' });
  assertHisVoice(t, menu?.wav ?? Buffer.alloc(0), MENU_HZ);
  assertHisVoice(t, zip?.wav ?? Buffer.alloc(0), ZIP_HZ);
  const texts = timeline.map(({ text }) => text).join('\n');
  t.match(texts, /heard 'Roof repair' \(0\.93\): key 1/);
  t.match(texts, /heard an answer \(0\.93\): 5 digits/);
  assertNothingKept(t);
  const { left, right, durationMs } = await readStereo(recordings[0]?.wavPath ?? '');
  t.ok(presence(left, CALLER_HZ).heard >= 20, 'the recording of the call has gone on beside it,');
  t.ok(presence(right, ZIP_HZ).heard >= 10, 'with both sides');
  t.ok(durationMs > 5_000);
});

t.test('a key that he presses while he speaks wins: nobody is asked what he said', async (t) => {
  const did = await sut.addCampaign({ targets: [], flow: flowOf('pressed', 'bye') });
  const caller = await silentCaller(t, did);
  await beginToSpeak(caller, MENU_HZ, SECOND / 2);
  const id = callId();
  caller.media.sendDtmf('1');
  await caller.media.hears(SORRY_HZ);
  await caller.call.ended;
  const { call } = await record(id);
  t.match(call, { outcome: 'message', flow: { keysPressed: 1, answers: { service: 'roof' } } });
  t.same(recogniser.sent, []);
  assertNothingKept(t);
});

t.test('what is not understood is asked again, and a recogniser that fails is told of', async (t) => {
  const did = await sut.addCampaign({ targets: [], flow: flowOf('misheard', 'bye') });
  recogniser.willAnswer('my dog has fleas', 503);
  const caller = await silentCaller(t, did);
  await speak(caller, MENU_HZ);
  await caller.media.hears(WRONG_HZ);
  const id = callId();
  await speak(caller, MENU_HZ);
  await caller.media.hears(SORRY_HZ);
  await caller.call.ended;
  const { call, timeline } = await record(id);
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye', keysPressed: 0, answers: {} } });
  const texts = timeline.map(({ text }) => text).join('\n');
  t.match(texts, /heard 'my dog has fleas' \(0\.93\): no key of the menu \(1 of 2\)/);
  t.match(texts, /the recogniser failed: status 503 \(2 of 2\)/);
  t.equal(recogniser.sent.splice(0).length, 2);
  assertNothingKept(t);
});

t.test('he hangs up while he speaks: nothing is asked and nothing is kept', async (t) => {
  const did = await sut.addCampaign({ targets: [], flow: flowOf('left', 'bye') });
  const caller = await silentCaller(t, did);
  await beginToSpeak(caller, MENU_HZ, SECOND / 2);
  const id = callId();
  caller.call.hangup();
  const { call } = await record(id);
  t.match(call, { outcome: 'abandoned', flow: { nodeId: 'service' } });
  t.same(recogniser.sent, []);
  assertNothingKept(t);
});
