/**
 * A recording that is paused in the middle of a talk, over the API and by the buyer's keys: both sides are silent in between, the file
 * keeps its time, and both are on it again afterwards.
 */
import t, { type Test } from 'tap';
import type { CallDetails } from '../../src/application/ports/call-repository.js';
import { makeKey } from '../../src/cli/run-key.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import { answering, calling, type Party, presence, readStereo } from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ } from './tone-prompts.js';

/** Packets of a second. */
const SECOND = 50;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const { text: key } = await makeKey(sut.app.store.keys, 'desk', ['calls:control']);

async function post(callId: string, verb: string): Promise<number> {
  const url = `${sut.app.apiUrl}/api/v1/calls/${callId}/recording/${verb}`;
  return (await fetch(url, { method: 'POST', headers: { authorization: `Bearer ${key}` } })).status;
}

/** A second of talk, then what `pause` does, another second, what `resume` does, and a last second. */
async function talk(
  t: Test,
  pause: (callId: string, buyer: Party) => Promise<void>,
  resume: (callId: string, buyer: Party) => Promise<void>,
): Promise<CallDetails> {
  const desk = await answering(t, BUYER_HZ);
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: desk.uri }], changes: { recordingKeys: '*7' } });
  const recording = sut.reached('recording-started');
  const caller = await calling(t, sut, did, CALLER_HZ);
  const buyer = await desk.next();
  await recording;
  const [{ callId } = { callId: '' }] = sut.app.live.list();
  await buyer.media.receives(SECOND);
  await pause(callId, buyer);
  await buyer.media.receives(SECOND);
  await resume(callId, buyer);
  await buyer.media.receives(SECOND);
  caller.call.hangup();
  t.same(await sut.settled(), NOTHING_HELD);
  const details = await sut.app.store.calls.find(callId);
  if (details === null) throw new Error('the call is not in the store');
  return details;
}

async function assertPaused(t: Test, { call, recordings, timeline }: CallDetails, by: RegExp): Promise<void> {
  const { left, right, durationMs } = await readStereo(recordings[0]?.wavPath ?? '');
  const at = (step: string) => timeline.find((entry) => entry.step === step);
  const pausedMs = (at('recording-resumed')?.atMs ?? 0) - (at('recording-paused')?.atMs ?? 0);
  // Without the pause it would be shorter by all of it; a busy machine starts and stops a file late.
  const differenceMs = Math.abs(durationMs - call.talkMs);
  t.ok(differenceMs < pausedMs / 2, `${Math.round(durationMs)} ms of file, ${call.talkMs} ms of talk`);
  for (const [name, channel, hz] of [['caller', left, CALLER_HZ] as const, ['buyer', right, BUYER_HZ] as const]) {
    const { heard, silent } = presence(channel, hz);
    t.ok(silent >= pausedMs / 100 - 3, `${name}: ${silent} tenths of a second of silence in ${pausedMs} ms`);
    t.ok(heard >= 12, `${name}: heard in ${heard} tenths of a second before and after`);
  }
  t.match(at('recording-paused')?.text, by);
}

t.test('paused and resumed over the API', async (t) => {
  const details = await talk(
    t,
    async (callId) => void t.equal(await post(callId, 'pause'), 200),
    async (callId) => void t.equal(await post(callId, 'resume'), 200),
  );
  await assertPaused(t, details, /^recording paused by key desk \(\w+\)$/);
});

t.test('paused and resumed by the buyer, who presses *7', async (t) => {
  const press = (step: 'recording-paused' | 'recording-resumed') => async (_callId: string, buyer: Party) => {
    const reached = sut.reached(step);
    buyer.media.sendDtmf('*7');
    await reached;
  };
  const details = await talk(t, press('recording-paused'), press('recording-resumed'));
  await assertPaused(t, details, /^recording paused by the buyer, who pressed \*7$/);
});
