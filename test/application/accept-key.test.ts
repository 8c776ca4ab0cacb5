// A buyer takes the call with a key after his answer. On scripted ports and a virtual clock.
import t, { type Test } from 'tap';
import type { AcceptKey } from '../../src/domain/campaigns/buyer.js';
import { DID, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import type { ScriptedBuyerLeg } from '../support/scripted-leg.js';
import { settled } from '../support/virtual-clock.js';

const KEY: AcceptKey = { digit: '1', timeoutMs: 8_000, promptId: 'apology', voicemailDrop: null };
const OPTIONS = {
  targets: [
    staticTarget('alpha', 30, { acceptKey: KEY, maxCalls: 1, billAfterMs: 0 }),
    staticTarget('beta', 20, { billAfterMs: 0 }),
  ],
};

/** A call whose first buyer has answered and hears what he is asked. */
async function asked(options: ConstructorParameters<typeof CallFixture>[0] = OPTIONS) {
  const fixture = new CallFixture(options);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  await fixture.clock.advance(1_000);
  const [buyer] = fixture.telephony.buyers;
  if (buyer === undefined) throw new Error('nobody has answered');
  return { fixture, caller, done, buyer };
}

const dialled = (fixture: CallFixture) => fixture.telephony.dialled.map(({ targetId }) => targetId);

async function failedChecks(fixture: CallFixture): Promise<readonly unknown[]> {
  const { trace } = await fixture.stored();
  const alpha = trace?.candidates.find(({ targetId }) => targetId === 'alpha');
  return (alpha?.checks ?? []).filter(({ passed }) => !passed);
}

t.test('the key takes the call: the two are joined, and talk is counted from then', async (t) => {
  const { fixture, caller, done, buyer } = await asked();
  t.match(fixture.telephony.dialled[0], { acceptPrompt: { digit: '1', path: '/cache/apology.wav' } });
  buyer.hearOut();
  await fixture.clock.advance(3_000);
  t.same(fixture.telephony.log, [], 'nobody is joined before the key');
  buyer.press('1');
  await fixture.clock.advance(5_000);
  caller.end();
  await done;
  const { call, timeline } = await fixture.stored();
  t.match(call, { outcome: 'sold', talkMs: 5_000, buyerId: 'buyer-alpha' });
  t.match(
    timeline.find(({ step }) => step === 'buyer-accepted'),
    { text: 'alpha takes the call with key 1 after 3000 ms', data: { askedMs: 3_000 } },
  );
  t.same(fixture.leftovers(), []);
});

t.test('a key that comes while he still listens is kept, and another key is none', async (t) => {
  const { fixture, caller, done, buyer } = await asked();
  buyer.press('2');
  buyer.press('1');
  await fixture.clock.advance(4_000);
  t.same(fixture.telephony.log, [], 'whisper and prompt are heard out');
  buyer.hearOut();
  await settled();
  t.match(fixture.telephony.log, ['bridge, afterwards ending', 'record start']);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

async function givenUp(t: Test, end: (fixture: CallFixture, buyer: ScriptedBuyerLeg) => Promise<void>) {
  const { fixture, caller, done, buyer } = await asked();
  await end(fixture, buyer);
  await fixture.clock.advance(3_000);
  t.same(dialled(fixture), ['alpha', 'beta']);
  t.ok(buyer.hasEnded, 'the first is let go');
  t.equal(fixture.slots.used('target:alpha'), 0, 'and his slot is free while the next one talks');
  caller.end();
  await done;
  t.match((await fixture.stored()).call, { outcome: 'sold', buyerId: 'buyer-beta' });
  t.same(fixture.leftovers(), []);
  return fixture;
}

t.test('no key in time is no answer: the next one is rung, slot and caps are given back', async (t) => {
  const fixture = await givenUp(t, async (fixture, buyer) => {
    buyer.hearOut();
    await fixture.clock.advance(7_999);
    t.same(dialled(fixture), ['alpha']);
    await fixture.clock.advance(1);
  });
  t.match(await failedChecks(fixture), [
    { check: 'accept-key', values: 'no key 1 in 8000 ms', needed: 'key 1 in 8000 ms' },
  ]);
});

const DROP = { ...KEY, voicemailDrop: { promptId: 'greeting', afterMs: 6_000 } };
const BY_TRUNK = { destination: { kind: 'number', number: DID }, trunkId: 'trunk' } as const;
const DROPPING = {
  targets: [
    staticTarget('alpha', 30, { acceptKey: DROP, maxCalls: 1, ...BY_TRUNK }),
    staticTarget('beta', 20, { billAfterMs: 0, ...BY_TRUNK }),
  ],
};

/** The first buyer is a voicemail box that is left a message, and the next one talks. */
async function dropped() {
  const call = await asked(DROPPING);
  call.buyer.hearOut();
  await call.fixture.clock.advance(8_000);
  await settled();
  return call;
}

const told = (fixture: CallFixture) =>
  fixture.steps.filter(({ step }) => step === 'voicemail-drop').map(({ text }) => text);

t.test(
  'a voicemail box is left a message while the next buyer is rung and talks, and the trace is the same',
  async (t) => {
    const { fixture, caller, done, buyer } = await dropped();
    t.same(buyer.messages, [['/cache/greeting.wav', 6_000]]);
    t.notOk(buyer.hasEnded);
    t.same(dialled(fixture), ['alpha', 'beta']);
    t.equal(fixture.slots.used('target:alpha'), 0, 'its slot is free for another call');
    t.equal(fixture.slots.used('trunk:trunk:out'), 2, 'the trunk carries both');
    buyer.end({ by: 'media-server', cause: 'NORMAL_CLEARING', sipStatus: 200 });
    await settled();
    t.equal(fixture.slots.used('trunk:trunk:out'), 1);
    await fixture.clock.advance(3_000);
    caller.end();
    await done;
    t.match((await fixture.stored()).call, { outcome: 'sold', buyerId: 'buyer-beta' });
    t.match(await failedChecks(fixture), [{ check: 'accept-key', values: 'no key 1 in 8000 ms' }]);
    t.same(told(fixture), ['alpha is left a message', 'alpha: the message was left whole']);
    t.same(fixture.leftovers(), []);
  },
);

t.test('a call that ends while the message is left cuts it, and nothing is left up', async (t) => {
  const { fixture, caller, done, buyer } = await dropped();
  caller.end();
  await done;
  t.ok(buyer.hasEnded);
  t.same(told(fixture), ['alpha is left a message', 'alpha: the message was cut short']);
  t.equal(fixture.slots.used('trunk:trunk:out'), 0);
  t.same(fixture.leftovers(), []);
});

t.test('whoever hangs up himself, or takes the call, is left no message', async (t) => {
  for (const act of [
    (buyer: ScriptedBuyerLeg) => buyer.end(),
    (buyer: ScriptedBuyerLeg) => {
      buyer.press('1');
      buyer.hearOut();
    },
  ]) {
    const { fixture, caller, done, buyer } = await asked(DROPPING);
    act(buyer);
    await fixture.clock.advance(20_000);
    t.same(buyer.messages, []);
    caller.end();
    await done;
    t.same(told(fixture), []);
    t.same(fixture.leftovers(), []);
  }
});

t.test('a message whose file is gone lets the box go, with an alarm', async (t) => {
  const { fixture, caller, done, buyer } = await asked(DROPPING);
  fixture.missingPrompts.add('greeting');
  buyer.hearOut();
  await fixture.clock.advance(8_000);
  await settled();
  t.ok(buyer.hasEnded);
  t.same([buyer.messages, told(fixture)], [[], []]);
  t.match(fixture.alarms, [/prompt-missing.*greeting/]);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
});

t.test('killed while a message is left: the box is let go, and the caller goes on with the other', async (t) => {
  const { fixture: first, buyer: box } = await dropped();
  const { caller, buyer } = await killed(first);
  t.not(buyer.legId, box.legId);
  const next = nextProcess(first, 1_000, DROPPING);
  next.telephony.survivors.carry(caller);
  await adopt(first, next);
  t.ok(next.telephony.survivors.endedLegs.some(({ legId }) => legId === box.legId));
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  t.same(next.leftovers(), []);
});

t.test('he hangs up while he is asked: the next one is rung', async (t) => {
  const fixture = await givenUp(t, async (_fixture, buyer) => buyer.end());
  t.match(await failedChecks(fixture), [{ check: 'accept-key', values: 'hung up before key 1' }]);
});

t.test('the caller leaves while the buyer is asked: both are let go, and nobody owes anything', async (t) => {
  const { fixture, caller, done, buyer } = await asked();
  buyer.hearOut();
  caller.end();
  await done;
  t.ok(buyer.hasEnded);
  const { call, ledger } = await fixture.stored();
  t.match(call, { outcome: 'abandoned', bridgedAt: null });
  t.same(ledger, []);
  t.same(fixture.leftovers(), []);
});

t.test('killed while the buyer is asked: he is ended, and the caller is sold anew', async (t) => {
  const { fixture: first } = await asked();
  const { caller, buyer } = await killed(first);
  const next = nextProcess(first, 1_000, OPTIONS);
  next.telephony.survivors.carry(caller);
  next.telephony.survivors.carry(buyer);
  t.match(await adopt(first, next), { counts: { routed: 1 } });
  t.match(next.telephony.survivors.endedLegs, [{ legId: buyer.legId }]);
  await next.clock.advance(1_000);
  const [again] = next.telephony.buyers;
  again?.press('1');
  again?.hearOut();
  await next.clock.advance(2_000);
  next.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  t.match((await next.stored()).call, { outcome: 'sold', buyerId: 'buyer-alpha', talkMs: 2_000 });
  t.same(next.leftovers(), []);
});

t.test('the process leaves while the buyer is asked: nothing is joined or hung up any more', async (t) => {
  const { fixture, buyer } = await asked();
  fixture.live.leave();
  buyer.hearOut();
  buyer.press('1');
  await settled();
  t.same(fixture.telephony.log, []);
  t.notOk(buyer.hasEnded);
});
