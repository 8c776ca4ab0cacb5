// Flows walked by scripted callers: what they press, what they do not, and what becomes of their calls.
import t from 'tap';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { bidOf } from '../support/call-fixture.js';
import { flowOf, gatherNode, menuNode } from '../support/flow-samples.js';
import { fixtureWith, greeted, played, press, talkAndLeave } from '../support/flow-walk.js';

const ZIP_AND_SERVICE = flowOf({
  service: menuNode({ 1: 'zip', 2: 'zip' }, { tag: 'service' }),
  zip: gatherNode('zip', 'sell', { form: 'zip', minDigits: 5, maxDigits: 5 }),
});

t.test('a caller answers by keys: the bidders are asked with his answers, and only then', async (t) => {
  const ping = { ...ANY_BIDDER.dialect.ping, fields: { zip: '{{zip}}', service: '{{service}}' } };
  const bidder = { ...ANY_BIDDER, id: 'bidder-a', dialect: { ...ANY_BIDDER.dialect, ping } };
  const fixture = fixtureWith(ZIP_AND_SERVICE, { targets: [biddingTarget('a')], bidders: [bidder] });
  fixture.pings.set('bidder-a', bidOf(30, 50));
  const walk = await greeted(fixture);
  t.equal(fixture.pingsSent.length, 0, 'nobody is asked before the caller has answered');
  await press(fixture, walk.caller, '190210');
  await fixture.clock.advance(100);
  t.match(fixture.pingsSent[0]?.tokens, { service: '1', zip: '90210', zip_code: '90210' });
  await talkAndLeave(fixture, walk);
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'sold', flow: { flowId: 'main', nodeId: 'sell', keysPressed: 6 } });
  t.same(call.flow?.answers, { service: '1', zip: '90210' });
  t.same(played(fixture), ['play question.wav', 'play question.wav']);
  const flowSteps = timeline.filter(({ step }) => step === 'flow').map(({ text }) => text);
  t.notMatch(flowSteps.join('\n'), /90210/, 'what was pressed is in no sentence');
  t.match(flowSteps.join('\n'), /main, zip: ivr\.zip is known, 5 digits/);
  t.same(fixture.leftovers(), []);
});

t.test('a flow that finds out nothing for the bidders is walked while they are asked', async (t) => {
  const fixture = fixtureWith(flowOf({ consent: menuNode({ 1: 'sell' }) }), { targets: [biddingTarget('a')] });
  fixture.pings.set('bidder-a', bidOf(30, 50));
  const walk = await greeted(fixture);
  t.equal(fixture.pingsSent.length, 1);
  await press(fixture, walk.caller, '1');
  await talkAndLeave(fixture, walk);
  t.match((await fixture.stored()).call, { outcome: 'sold' });
  t.same(fixture.leftovers(), []);
});

t.test('answers decide who may compete', async (t) => {
  const equals = (value: string) =>
    ({ kind: 'tag', tag: 'ivr.service', operator: 'equals', values: [value], passesIfMissing: false }) as const;
  const targets = [
    staticTarget('roofs', 40, { condition: equals('1') }),
    staticTarget('pipes', 30, { condition: equals('2') }),
  ];
  const fixture = fixtureWith(ZIP_AND_SERVICE, { targets });
  const walk = await greeted(fixture);
  await press(fixture, walk.caller, '290210');
  await talkAndLeave(fixture, walk);
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    ['pipes'],
  );
  const { trace } = await fixture.stored();
  const roofs = trace?.candidates.find(({ targetId }) => targetId === 'roofs');
  t.match(
    roofs?.checks.find(({ check }) => check === 'condition'),
    { passed: false, values: 'ivr.service is 2' },
  );
});

t.test('no key: asked again, then sent where the node says, and one record', async (t) => {
  const fixture = fixtureWith(ZIP_AND_SERVICE);
  const walk = await greeted(fixture);
  await fixture.clock.advance(10_000);
  await walk.done;
  t.same(played(fixture), ['play question.wav', 'play silence.wav', 'play question.wav']);
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye', keysPressed: 0, answers: {} } });
  t.ok(timeline.some(({ text }) => text === 'main, service: no key pressed (2 of 2)'));
  t.ok(fixture.telephony.log.includes('message /cache/goodbye.wav'));
  t.same(fixture.telephony.dialled, []);
  t.same(fixture.leftovers(), []);
});

t.test('wrong keys: the caller hears so and is asked again; what he pressed behind them is forgotten', async (t) => {
  const fixture = fixtureWith(ZIP_AND_SERVICE);
  const walk = await greeted(fixture);
  await press(fixture, walk.caller, '9');
  t.same(played(fixture), ['play question.wav', 'play wrong.wav', 'play question.wav']);
  await press(fixture, walk.caller, '2');
  await press(fixture, walk.caller, '12#');
  t.match(played(fixture).at(-2), 'play wrong.wav', 'three digits are no ZIP code');
  await press(fixture, walk.caller, '00000');
  await walk.done;
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'message', flow: { nodeId: 'bye', answers: { service: '2' } } });
  t.ok(timeline.some(({ text }) => text === 'main, zip: no ZIP code (2 of 2)'));
  t.same(fixture.leftovers(), []);
});

t.test('a key cuts the prompt short; one that is pressed ahead of the question is kept', async (t) => {
  const fixture = fixtureWith(ZIP_AND_SERVICE);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.playsLast = true;
  await fixture.clock.advance(0);
  caller.press('1');
  caller.greet();
  await fixture.clock.advance(0);
  t.same(played(fixture), ['play nothing', 'play question.wav'], 'nobody is asked for what he has said');
  await press(fixture, caller, '90210');
  caller.playsLast = false;
  await fixture.clock.advance(3_000);
  caller.end();
  await fixture.clock.advance(400);
  await done;
  t.match((await fixture.stored()).call.flow?.answers, { service: '1', zip: '90210' });
});

t.test('the key that ends the digits is none of the next node', async (t) => {
  const flow = flowOf({
    first: gatherNode('first', 'second', { maxDigits: 2 }),
    second: menuNode({ '#': 'bye', 1: 'sell' }),
  });
  const fixture = fixtureWith(flow);
  const walk = await greeted(fixture);
  await press(fixture, walk.caller, '12#1');
  await talkAndLeave(fixture, walk);
  t.match((await fixture.stored()).call, { outcome: 'sold', flow: { answers: { first: '12' } } });
});

t.test('the caller leaves at a node: one record says at which, and whether he had pressed a key', async (t) => {
  const silent = fixtureWith(ZIP_AND_SERVICE);
  const first = await greeted(silent);
  await silent.clock.advance(1_000);
  first.caller.end();
  await first.done;
  t.match((await silent.stored()).call, {
    outcome: 'abandoned',
    release: { by: 'caller', detail: 'the caller left in flow main at service, without having pressed a key' },
    flow: { nodeId: 'service', keysPressed: 0, endedAt: null },
  });
  t.same(silent.leftovers(), []);
  const busy = fixtureWith(ZIP_AND_SERVICE);
  const second = await greeted(busy);
  await press(busy, second.caller, '190');
  second.caller.end();
  await second.done;
  t.match((await busy.stored()).call, {
    release: { detail: 'the caller left in flow main at zip, after 3 keys' },
    flow: { nodeId: 'zip', keysPressed: 3, answers: { service: '1' }, endedAt: null },
  });
  t.same(busy.leftovers(), []);
});

t.test('a text with tokens is spoken with what the caller has answered', async (t) => {
  const text = 'You said {{tag:ivr.zip}}.';
  const said = {
    kind: 'play',
    prompt: { kind: 'text', text, voice: 'slt' },
    isInterruptible: false,
    next: 'sell',
  } as const;
  const fixture = fixtureWith(flowOf({ zip: gatherNode('zip', 'said', { maxDigits: 5 }), said }));
  const walk = await greeted(fixture);
  await press(fixture, walk.caller, '90210');
  await talkAndLeave(fixture, walk);
  t.same(fixture.spokenTexts, ['You said 9 0 2 1 0.']);
  t.match((await fixture.stored()).call, { outcome: 'sold' });
  t.same(fixture.leftovers(), []);
});

t.test('a prompt without a file is an alarm, and the caller is asked all the same', async (t) => {
  const fixture = fixtureWith(ZIP_AND_SERVICE);
  fixture.missingPrompts.add('question');
  const walk = await greeted(fixture);
  await press(fixture, walk.caller, '190210');
  await talkAndLeave(fixture, walk);
  t.match((await fixture.stored()).call, { outcome: 'sold' });
  t.match(fixture.alarms[0], /prompt-missing: the prompt question has no file/);
});

t.test('a caller who never tires of wrong turns is sent to the fallback in the end', async (t) => {
  const fixture = fixtureWith(flowOf({ round: menuNode({ 1: 'round', 2: 'sell' }) }), {
    campaign: { fallback: [{ kind: 'message', promptId: 'sorry' }] },
  });
  const walk = await greeted(fixture);
  for (let count = 0; count < 200; count += 1) {
    walk.caller.press('1');
    await fixture.clock.advance(10);
  }
  await walk.done;
  t.match((await fixture.stored()).call, {
    outcome: 'message',
    release: { detail: /went round in the flow for too long/ },
  });
  t.same(fixture.leftovers(), []);
});
