// Callers who say what they would press: what is heard, what is not understood, and that a key wins and nothing of their voice is kept.
import t, { type Test } from 'tap';
import type { Listened } from '../../src/application/ports/caller-sound.js';
import type { FlowNode } from '../../src/domain/flows/flow.js';
import { flowOf, gatherNode, menuNode, SPEECH } from '../support/flow-samples.js';
import { fixtureWith, greeted, played, press, talkAndLeave } from '../support/flow-walk.js';
import type { ScriptedCallerLeg } from '../support/scripted-leg.js';
import { ScriptedSpeech } from '../support/scripted-speech.js';

const KEYS = {
  1: { next: 'zip', value: 'roof', says: ['roof', 'roofing'] },
  2: { next: 'zip', value: 'pipes', says: ['pipes', 'a leak'] },
};
const SERVICE: FlowNode = menuNode({}, { tag: 'service', keys: KEYS, speech: SPEECH });
const ZIP: FlowNode = gatherNode('zip', 'sell', { form: 'zip', minDigits: 5, maxDigits: 5, speech: SPEECH });
const FLOW = flowOf({ service: SERVICE, zip: ZIP });

type Fixture = ReturnType<typeof fixtureWith>;

/** What FreeSWITCH says of his voice, and what of it is recognised. */
async function says(fixture: Fixture, caller: ScriptedCallerLeg, listened: Listened = { kind: 'spoke' }) {
  caller.finishListening(listened);
  await fixture.clock.advance(10);
}

async function sentences(fixture: Fixture): Promise<string> {
  const { timeline } = await fixture.stored();
  return timeline
    .filter(({ step }) => step === 'flow')
    .map(({ text }) => text)
    .join('\n');
}

function nothingLeft(t: Test, fixture: Fixture, speech: ScriptedSpeech): void {
  t.same(fixture.leftovers(), []);
  t.same([...speech.kept], [], 'nothing that he said lies anywhere');
}

t.test('a caller says his service and his ZIP code, and is sold with both', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(FLOW, { speech });
  const walk = await greeted(fixture);
  t.match(walk.caller.listened, [{ waitMs: 5_000, pauseMs: 1_000, limitMs: 20_000, path: '/utterances/1.wav' }]);
  t.ok((walk.caller.silences.at(-1) ?? 0) > 24_000, 'silence behind the question outlasts answer and recogniser');
  speech.hears('Roof repair.');
  await says(fixture, walk.caller);
  speech.hears('seven eight seven oh one', 0.8);
  await says(fixture, walk.caller);
  await talkAndLeave(fixture, walk);
  const { call } = await fixture.stored();
  t.match(call, { outcome: 'sold', flow: { keysPressed: 6, answers: { service: 'roof', zip: '78701' } } });
  t.match(speech.asked[0], { language: 'en-US', phrases: ['roof', 'roofing', 'pipes', 'a leak'] });
  const told = await sentences(fixture);
  t.match(told, /main, service: heard 'Roof repair\.' \(0\.93\): key 1\n/);
  t.match(told, /main, zip: heard an answer \(0\.80\): 5 digits\n/);
  t.notMatch(told, /seven|78701/, 'a ZIP code is in no sentence');
  nothingLeft(t, fixture, speech);
});

t.test('what is not understood, or not surely, is asked again as a wrong key is', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(FLOW, { speech });
  const walk = await greeted(fixture);
  speech.hears('my dog has fleas', 0.9);
  await says(fixture, walk.caller);
  t.same(played(fixture), ['play question.wav', 'play wrong.wav', 'play question.wav']);
  speech.hears('roof', 0.21);
  await says(fixture, walk.caller);
  await walk.done;
  const { call } = await fixture.stored();
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye', answers: {} } }, 'his tries are used up');
  const told = await sentences(fixture);
  t.match(told, /heard 'my dog has fleas' \(0\.90\): no key of the menu \(1 of 2\)/);
  t.match(told, /heard 'roof' \(0\.21\): key 1, less sure than 0\.4 \(2 of 2\)/);
  nothingLeft(t, fixture, speech);
});

t.test('digits that are no ZIP code, too many or too few are judged as pressed ones are', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(flowOf({ zip: { ...ZIP, maxTries: 4 } as FlowNode }), { speech });
  const walk = await greeted(fixture);
  for (const said of ['zero zero zero zero zero', '787011234', 'seven eight', 'nine oh two ten']) {
    speech.hears(said, null);
    await says(fixture, walk.caller);
  }
  await walk.done;
  const told = await sentences(fixture);
  t.match(told, /heard an answer: 5 digits, no ZIP code \(1 of 4\)/);
  t.match(told, /heard an answer: 9 digits, 9 keys where 5 are the most \(2 of 4\)/);
  t.match(told, /heard an answer: 2 digits, 2 keys where 5 are needed \(3 of 4\)/);
  t.match(told, /heard an answer: not clearly digits \(4 of 4\)/);
  nothingLeft(t, fixture, speech);
});

t.test('silence, and a sound without a word, are no input', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(FLOW, { speech });
  const walk = await greeted(fixture);
  await says(fixture, walk.caller, { kind: 'silence' });
  t.same(played(fixture), ['play question.wav', 'play silence.wav', 'play question.wav']);
  speech.hears('', 0.1);
  await says(fixture, walk.caller);
  await walk.done;
  t.equal(speech.asked.length, 1, 'silence is sent to nobody');
  t.match(await sentences(fixture), /no key pressed and nothing said \(2 of 2\)/);
  nothingLeft(t, fixture, speech);
});

t.test('a key that he presses while he is listened to, or understood, wins and ends it', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(FLOW, { speech });
  const walk = await greeted(fixture);
  await press(fixture, walk.caller, '2');
  t.ok(walk.caller.listened[0]?.signal.aborted, 'nobody listens any more');
  t.same([...speech.kept], ['/utterances/2.wav'], 'the next question is listened to');
  await says(fixture, walk.caller);
  t.equal(speech.asked.length, 1);
  await press(fixture, walk.caller, '78701');
  t.ok(speech.asked[0]?.signal.aborted, 'the recogniser is not waited for');
  await talkAndLeave(fixture, walk);
  const { call } = await fixture.stored();
  t.match(call, { outcome: 'sold', flow: { keysPressed: 6, answers: { service: 'pipes', zip: '78701' } } });
  nothingLeft(t, fixture, speech);
});

t.test('a recogniser that fails counts as no input, and the timeline says why', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(FLOW, { speech });
  const walk = await greeted(fixture);
  speech.answer({ kind: 'failed', detail: 'no answer within 4000 ms' });
  await says(fixture, walk.caller);
  t.same(played(fixture), ['play question.wav', 'play silence.wav', 'play question.wav']);
  await press(fixture, walk.caller, '1');
  await press(fixture, walk.caller, '78701');
  await talkAndLeave(fixture, walk);
  t.match(await sentences(fixture), /not known, the recogniser failed: no answer within 4000 ms \(1 of 2\)/);
  nothingLeft(t, fixture, speech);
});

t.test('where nobody can listen, keys are waited for as long as ever', async (t) => {
  for (const [name, prepare] of [
    ['no recogniser is configured', null],
    ['the recogniser has failed several times', { isReady: false }],
    ['no space left', { folderError: 'no space left' }],
    ['refused', {}],
  ] as const) {
    const speech = new ScriptedSpeech();
    Object.assign(speech, prepare);
    const fixture = fixtureWith(
      flowOf({ service: SERVICE, zip: { kind: 'hang-up', prompt: null } }),
      prepare === null ? {} : { speech },
    );
    const walk = await greeted(fixture);
    await says(fixture, walk.caller, { kind: 'failed', detail: 'refused' });
    await fixture.clock.advance(4_000);
    await press(fixture, walk.caller, '1');
    await walk.done;
    t.match((await fixture.stored()).call, { flow: { answers: { service: 'roof' } } }, name);
    t.match(await sentences(fixture), new RegExp(`nobody listens: ${name}.*; keys alone`));
    t.equal(speech.asked.length, 0);
    nothingLeft(t, fixture, speech);
  }
});

t.test('a caller who hangs up while he is listened to, or understood, leaves nothing', async (t) => {
  for (const hasSpoken of [false, true]) {
    const speech = new ScriptedSpeech();
    const fixture = fixtureWith(FLOW, { speech });
    const walk = await greeted(fixture);
    if (hasSpoken) await says(fixture, walk.caller);
    t.equal(speech.kept.size, 1);
    walk.caller.end();
    await walk.done;
    t.match((await fixture.stored()).call, { outcome: 'abandoned', flow: { nodeId: 'service' } });
    nothingLeft(t, fixture, speech);
  }
});

t.test('a caller who pressed ahead is not listened to', async (t) => {
  const speech = new ScriptedSpeech();
  const fixture = fixtureWith(FLOW, { speech });
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  await fixture.clock.advance(0);
  caller.press('1');
  caller.greet();
  await fixture.clock.advance(0);
  t.equal(caller.listened.length, 1, 'for the second question alone');
  caller.end();
  await done;
  t.match((await fixture.stored()).call.flow?.answers, { service: 'roof' });
  nothingLeft(t, fixture, speech);
});
