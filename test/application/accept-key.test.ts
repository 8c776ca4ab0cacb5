// A buyer takes the call with a key after his answer. On scripted ports and a virtual clock.
import t, { type Test } from 'tap';
import type { AcceptKey } from '../../src/domain/buyer.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import type { ScriptedBuyerLeg } from '../support/scripted-leg.js';
import { settled } from '../support/virtual-clock.js';

const KEY: AcceptKey = { digit: '1', timeoutMs: 8_000, promptId: 'apology' };
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
