/**
 * A supervisor on a live call: he listens, whispers to either of the two, talks with both. The tone of each party is looked for in each
 * ear and on each channel of the recording, which has none of his.
 */
import t, { type Test } from 'tap';
import { makeKey } from '../../src/cli/run-key.js';
import { NOTHING_HELD, SystemUnderTest } from './system-under-test.js';
import {
  type Answering,
  answering,
  calling,
  hearsOnly,
  type Party,
  presence,
  readStereo,
  refusing,
} from './tone-parties.js';
import { BUYER_HZ, CALLER_HZ, SUPERVISOR_HZ } from './tone-prompts.js';

const ALL = [CALLER_HZ, BUYER_HZ, SUPERVISOR_HZ];
/** Packets of a second. */
const SECOND = 50;

const sut = await SystemUnderTest.start();
t.teardown(() => sut.close());
const { text: key } = await makeKey(sut.app.store.keys, 'supervision', ['calls:monitor']);

async function ask(
  method: string,
  path: string,
  body?: object,
): Promise<{ readonly status: number; readonly id: string }> {
  const headers = {
    authorization: `Bearer ${key}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  const response = await fetch(`${sut.app.apiUrl}/api/v1/calls/${path}`, init);
  const text = await response.text();
  const { id = '' } = text === '' ? {} : (JSON.parse(text) as { id?: string });
  return { status: response.status, id };
}

interface Talk {
  readonly callId: string;
  readonly caller: Party;
  readonly buyer: Party;
  readonly supervisor: Answering;
}

/** Two who talk and are recorded, and a supervisor whom nobody has rung yet. */
async function talking(t: Test): Promise<Talk> {
  const supervisor = await answering(t, SUPERVISOR_HZ);
  const desk = await answering(t, BUYER_HZ);
  const did = await sut.addCampaign({ targets: [{ id: 'acme', uri: desk.uri }] });
  const recording = sut.reached('recording-started');
  const caller = await calling(t, sut, did, CALLER_HZ);
  const buyer = await desk.next();
  await recording;
  await Promise.all([hearsOnly(caller, [BUYER_HZ], ALL), hearsOnly(buyer, [CALLER_HZ], ALL)]);
  const [{ callId } = { callId: '' }] = sut.app.live.list();
  return { callId, caller, buyer, supervisor };
}

/** Who hears whom: the caller beside the buyer, the buyer beside the caller; the supervisor always hears both and not himself. */
async function hear(talk: Talk, supervisor: Party, callerHears: boolean, buyerHears: boolean): Promise<void> {
  await Promise.all([
    hearsOnly(talk.caller, callerHears ? [BUYER_HZ, SUPERVISOR_HZ] : [BUYER_HZ], ALL),
    hearsOnly(talk.buyer, buyerHears ? [CALLER_HZ, SUPERVISOR_HZ] : [CALLER_HZ], ALL),
    hearsOnly(supervisor, [CALLER_HZ, BUYER_HZ], ALL),
  ]);
}

async function recordOf(t: Test, { callId }: Talk) {
  t.same(await sut.settled(), NOTHING_HELD);
  const details = await sut.app.store.calls.find(callId);
  if (details === null) throw new Error('the call is not in the store');
  const sound = await readStereo(details.recordings[0]?.wavPath ?? '');
  const texts = details.timeline.filter(({ step }) => step === 'monitor').map(({ text }) => text);
  return { details, sound, texts };
}

t.test('he listens, whispers to either side and talks with both; the recording never has him', async (t) => {
  const talk = await talking(t);
  const { callId, caller, buyer } = talk;
  const started = await ask('POST', `${callId}/monitor`, { mode: 'listen', destination: talk.supervisor.uri });
  t.equal(started.status, 202);
  const supervisor = await talk.supervisor.next();
  await hear(talk, supervisor, false, false);
  const turn = async (body: object): Promise<void> => {
    t.equal((await ask('PUT', `${callId}/monitor/${started.id}`, body)).status, 200);
  };
  await turn({ mode: 'whisper' });
  await hear(talk, supervisor, false, true);
  await turn({ mode: 'whisper', to: 'caller' });
  await hear(talk, supervisor, true, false);
  await turn({ mode: 'barge' });
  await hear(talk, supervisor, true, true);
  await caller.media.receives(SECOND);
  await turn({ mode: 'listen' });
  await hear(talk, supervisor, false, false);
  supervisor.media.sendDtmf('2');
  await supervisor.media.receives(SECOND);
  await hear(talk, supervisor, false, false);
  buyer.call.hangup();
  t.match(await supervisor.call.ended, { kind: 'hung-up', by: 'far-end' }, 'he is hung up with the talk');
  const { sound, texts } = await recordOf(t, talk);
  t.same(presence(sound.left, SUPERVISOR_HZ).heard, 0, 'nothing of him is on the left');
  t.same(presence(sound.right, SUPERVISOR_HZ).heard, 0, 'nor on the right');
  for (const [channel, hz] of [[sound.left, CALLER_HZ] as const, [sound.right, BUYER_HZ] as const])
    t.ok(presence(channel, hz).heard > 30, `${hz} Hz is on it throughout`);
  t.match(
    texts.at(0),
    /^a supervisor is rung who listens, and nobody hears him, as key supervision \(\w+\) asked for$/,
  );
  t.ok(texts.includes('the supervisor is gone'));
});

t.test('he hangs up: the two talk on, and nothing of him is left', async (t) => {
  const talk = await talking(t);
  await ask('POST', `${talk.callId}/monitor`, { mode: 'barge', destination: talk.supervisor.uri });
  const supervisor = await talk.supervisor.next();
  await hear(talk, supervisor, true, true);
  const gone = sut.reached('monitor');
  supervisor.call.hangup();
  await gone;
  await Promise.all([hearsOnly(talk.caller, [BUYER_HZ], ALL), hearsOnly(talk.buyer, [CALLER_HZ], ALL)]);
  talk.caller.call.hangup();
  const { details, sound } = await recordOf(t, talk);
  t.match(details.call, { outcome: 'sold', release: { by: 'caller' } });
  t.same([presence(sound.left, SUPERVISOR_HZ).heard, presence(sound.right, SUPERVISOR_HZ).heard], [0, 0]);
});

t.test('he is sent away while he talks with both', async (t) => {
  const talk = await talking(t);
  const started = await ask('POST', `${talk.callId}/monitor`, { mode: 'barge', destination: talk.supervisor.uri });
  const supervisor = await talk.supervisor.next();
  await hear(talk, supervisor, true, true);
  t.equal((await ask('DELETE', `${talk.callId}/monitor/${started.id}`)).status, 204);
  t.match(await supervisor.call.ended, { by: 'far-end' });
  await Promise.all([hearsOnly(talk.caller, [BUYER_HZ], ALL), hearsOnly(talk.buyer, [CALLER_HZ], ALL)]);
  talk.buyer.call.hangup();
  await recordOf(t, talk);
});

t.test('a supervisor who does not come: the timeline says why, and the talk goes on', async (t) => {
  const talk = await talking(t);
  const rung = sut.reached('monitor');
  await ask('POST', `${talk.callId}/monitor`, { mode: 'listen', destination: await refusing(t, 486) });
  await rung;
  await talk.caller.media.receives(SECOND);
  talk.caller.call.hangup();
  const { texts } = await recordOf(t, talk);
  t.match(texts.at(-1), /^the supervisor did not come: 486 /);
});
