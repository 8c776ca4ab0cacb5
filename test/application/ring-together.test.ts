// Several buyers are rung for one caller: one of them gets the call, the others count for nothing. On scripted ports and a virtual clock.
import fc from 'fast-check';
import t from 'tap';
import type { Target } from '../../src/domain/campaigns/buyer.js';
import { type Cap, countedCaps } from '../../src/domain/routing/cap.js';
import type { DialMode } from '../../src/domain/routing/dial-step.js';
import { ANY_BIDDER, biddingTarget, staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { StepUnderTest } from '../support/rung-step.js';
import type { DialScript } from '../support/scripted-telephony.js';
import { settled } from '../support/virtual-clock.js';

const cap = (dimension: Cap['dimension']): Cap => {
  return { dimension, window: 'day', limit: 5, timeZone: 'UTC', kind: 'hard' };
};
const CAPS = [cap('attempts'), cap('connected')];
const capped = (id: string, changes: Partial<Target> = {}) =>
  staticTarget(id, 30, { caps: CAPS, maxCalls: 1, ...changes });

/** Attempts and connected calls of a target. */
function counted(fixture: CallFixture, id: string): readonly number[] {
  return countedCaps('target', id, CAPS).map((each) => fixture.caps.used(each));
}

async function rung(
  ids: readonly string[],
  scripts: Readonly<Record<string, DialScript>>,
  changes: Partial<Target> = {},
) {
  const fixture = new CallFixture({ targets: ids.map((id) => capped(id, changes)) });
  for (const [id, script] of Object.entries(scripts)) fixture.telephony.scripts.set(id, script);
  const step = await StepUnderTest.open(fixture);
  const dialled = () => fixture.telephony.dialled.map(({ targetId }) => targetId);
  return { fixture, step, dialled };
}

const HANG: DialScript = { kind: 'hang' };
const answerAt = (afterMs: number): DialScript => ({ kind: 'answer', afterMs });
const failAt = (afterMs: number): DialScript => ({ kind: 'fail', afterMs, sipStatus: 486, cause: 'USER_BUSY' });

t.test('all are rung at once, the first who answers wins, the others are let go and count for nothing', async (t) => {
  const { fixture, step, dialled } = await rung(['a', 'b', 'c'], { a: HANG, b: answerAt(3_000), c: failAt(1_000) });
  const ringing = step.ring({ mode: 'simultaneous' });
  await settled();
  t.same(dialled(), ['a', 'b', 'c']);
  await fixture.clock.advance(3_000);
  const result = await ringing;
  t.match(result, { begun: 3, result: { kind: 'answered', offer: { target: { id: 'b' } } } });
  t.same(step.failed, ['c', 'a']);
  t.match(
    step.checks.find(({ targetId, made }) => targetId === 'a' && !made.passed)?.made.values,
    'b took the call first',
  );
  t.match(
    fixture.steps.filter(({ step }) => step === 'buyer-let-go'),
    [{ text: 'a is let go: b took the call', data: { targetId: 'a' } }],
  );
  t.equal(fixture.slots.used('target:a'), 0, 'his slot is free while the winner talks');
  t.equal(fixture.slots.used('target:b'), 1);
  await step.close(result);
  t.same(counted(fixture, 'a'), [0, 0], 'the one who was let go counts for nothing');
  t.same(counted(fixture, 'b'), [1, 1]);
  t.same(counted(fixture, 'c'), [1, 0], 'the busy one was an attempt');
  t.same(fixture.leftovers(), []);
});

t.test('two answer in the same moment: one wins, the other is ended at once', async (t) => {
  const { fixture, step } = await rung(['a', 'b'], { a: HANG, b: HANG });
  const ringing = step.ring({ mode: 'simultaneous' });
  await settled();
  fixture.telephony.answers.get('a')?.();
  fixture.telephony.answers.get('b')?.();
  const result = await ringing;
  await settled();
  t.match(result.result, { kind: 'answered', offer: { target: { id: 'a' } } });
  t.same(
    fixture.telephony.buyers.map(({ hasEnded }) => hasEnded),
    [false, true],
  );
  await step.close(result);
  t.same(
    [counted(fixture, 'a'), counted(fixture, 'b')],
    [
      [1, 1],
      [0, 0],
    ],
  );
  t.same(fixture.leftovers(), []);
});

t.test('with an accept key the first who presses it wins, whoever answered before', async (t) => {
  const acceptKey = { digit: '1', timeoutMs: 8_000, promptId: null, voicemailDrop: null };
  const { fixture, step } = await rung(['a', 'b'], { a: answerAt(1_000), b: answerAt(2_000) }, { acceptKey });
  const ringing = step.ring({ mode: 'simultaneous' });
  await fixture.clock.advance(2_500);
  const [first, second] = fixture.telephony.buyers;
  t.same([first?.hasEnded, second?.hasEnded], [false, false]);
  second?.press('1');
  const result = await ringing;
  await settled();
  t.match(result.result, { kind: 'answered', offer: { target: { id: 'b' } } });
  t.equal(first?.hasEnded, true);
  await step.close(result);
  t.same(
    [counted(fixture, 'a'), counted(fixture, 'b')],
    [
      [0, 0],
      [1, 1],
    ],
  );
  t.same(fixture.leftovers(), []);
});

t.test('staggered: the next one joins after the interval, at once when the last has failed', async (t) => {
  const { fixture, step, dialled } = await rung(['a', 'b', 'c', 'd'], {
    a: HANG,
    b: failAt(400),
    c: HANG,
    d: answerAt(500),
  });
  const ringing = step.ring({ mode: 'staggered', intervalMs: 2_000 });
  await fixture.clock.advance(1_999);
  t.same(dialled(), ['a']);
  await fixture.clock.advance(1);
  t.same(dialled(), ['a', 'b']);
  await fixture.clock.advance(400);
  t.same(dialled(), ['a', 'b', 'c'], 'b is busy');
  await fixture.clock.advance(2_500);
  const result = await ringing;
  t.match(result, { begun: 4, result: { offer: { target: { id: 'd' } } } });
  await step.close(result);
  t.same(fixture.leftovers(), []);
});

t.test('hedged: only when the best shows no sign the next best is rung beside him', async (t) => {
  const hedge = { mode: 'one', hedgeAfterMs: 1_500 } as const;
  const quick = await rung(['a', 'b'], { a: answerAt(6_000), b: HANG });
  const ringing = quick.step.ring(hedge);
  await quick.fixture.clock.advance(6_000);
  t.same(quick.dialled(), ['a'], 'he rings');
  await quick.step.close(await ringing);
  t.match(await ringing, { begun: 1 });

  const slow = await rung(['a', 'b'], { a: answerAt(6_000), b: answerAt(1_000) });
  slow.fixture.telephony.silent.add('a');
  const hedged = slow.step.ring(hedge);
  await slow.fixture.clock.advance(1_499);
  t.same(slow.dialled(), ['a']);
  await slow.fixture.clock.advance(1_001);
  const result = await hedged;
  t.match(result, { begun: 2, result: { offer: { target: { id: 'b' } } } });
  await slow.step.close(result);
  t.same(
    [counted(slow.fixture, 'a'), counted(slow.fixture, 'b')],
    [
      [0, 0],
      [1, 1],
    ],
  );
  t.same([...quick.fixture.leftovers(), ...slow.fixture.leftovers()], []);
});

t.test('nobody takes it: the step has failed, and every dial was an attempt', async (t) => {
  const { fixture, step } = await rung(['a', 'b'], { a: failAt(10), b: HANG });
  const ringing = step.ring({ mode: 'simultaneous' });
  await fixture.clock.advance(25_000);
  const result = await ringing;
  t.match(result, { begun: 2, result: { kind: 'failed' } });
  await step.close(result);
  t.same(
    [counted(fixture, 'a'), counted(fixture, 'b')],
    [
      [1, 0],
      [1, 0],
    ],
  );
  t.same(fixture.leftovers(), []);
});

t.test('the caller leaves while all ring: each of them is cancelled', async (t) => {
  const { fixture, step } = await rung(
    ['a', 'b', 'c'],
    { a: HANG, b: HANG, c: answerAt(500) },
    {
      acceptKey: { digit: '1', timeoutMs: 8_000, promptId: null, voicemailDrop: null },
    },
  );
  const ringing = step.ring({ mode: 'simultaneous' });
  await fixture.clock.advance(1_000);
  await step.leave();
  t.match(await ringing, { result: { kind: 'caller-gone' } });
  t.equal(fixture.telephony.buyers[0]?.hasEnded, true, 'and the one who was asked for his key');
  t.same(fixture.leftovers(), []);
});

t.test('the process leaves while all ring: nobody else is begun, nothing is decided any more', async (t) => {
  const { fixture, step, dialled } = await rung(['a', 'b'], { a: HANG, b: HANG });
  let isOver = false;
  void step.ring({ mode: 'staggered', intervalMs: 1_000 }).then(() => {
    isOver = true;
  });
  await settled();
  step.leaving.begin();
  await fixture.clock.advance(5_000);
  t.same([isOver, dialled()], [false, ['a']]);
});

t.test('a bidder that is posted to is promised the call: it is rung alone', async (t) => {
  const { ping, pingResponse } = ANY_BIDDER.dialect;
  const dialect = { ping, pingResponse, post: ping, postResponse: pingResponse };
  const targets = [biddingTarget('p'), capped('a'), capped('b')];
  const fixture = new CallFixture({ targets, bidders: [{ ...ANY_BIDDER, id: 'bidder-p', dialect }] });
  const terms = { destination: null, amountMicros: null, billAfterMs: null, latencyMs: 1 };
  fixture.posts.set('bidder-p', { kind: 'accepted', ...terms });
  for (const id of ['a', 'b']) fixture.telephony.scripts.set(id, failAt(1_000));
  const step = await StepUnderTest.open(fixture);
  const ringing = step.ring({ mode: 'simultaneous' });
  const dialled = () => fixture.telephony.dialled.map(({ targetId }) => targetId);
  await fixture.clock.advance(999);
  t.same(dialled(), ['a', 'b']);
  await fixture.clock.advance(2_000);
  const result = await ringing;
  t.same(dialled(), ['a', 'b', 'p']);
  t.match(result.result, { offer: { target: { id: 'p' } } });
  await step.close(result);
});

const FATE = fc.oneof(
  fc.record({ kind: fc.constant('answer' as const), afterMs: fc.integer({ min: 0, max: 20 }).map((n) => n * 500) }),
  fc.record({ kind: fc.constant('busy' as const), afterMs: fc.integer({ min: 0, max: 20 }).map((n) => n * 500) }),
  fc.constant({ kind: 'hang' as const, afterMs: 0 }),
);

t.test('whatever each of them does: one wins at most, and only he is left, counted and held', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(FATE, { minLength: 1, maxLength: 14 }),
      fc.constantFrom<DialMode>('one', 'simultaneous', 'staggered'),
      fc.constantFrom(null, 500, 2_000),
      fc.array(fc.boolean(), { minLength: 14, maxLength: 14 }),
      async (fates, mode, hedgeAfterMs, silent) => {
        const ids = fates.map((_fate, index) => `t${index}`);
        const { fixture, step, dialled } = await rung(ids, {});
        fates.forEach(({ kind, afterMs }, index) => {
          const script = kind === 'hang' ? HANG : kind === 'busy' ? failAt(afterMs) : answerAt(afterMs);
          fixture.telephony.scripts.set(`t${index}`, script);
          if (silent[index] === true) fixture.telephony.silent.add(`t${index}`);
        });
        const ringing = step.ring({ mode, intervalMs: 700, hedgeAfterMs });
        await fixture.clock.advance(25_000 * 15);
        const outcome = await ringing;
        const { result, begun } = outcome;
        const winner = result.kind === 'answered' ? result.offer.target.id : null;
        const up = fixture.telephony.counts().buyerLegs;
        const most = mode === 'one' ? (hedgeAfterMs === null ? 1 : 2) : 10;
        const isSound = up === (winner === null ? 0 : 1) && fixture.telephony.mostDials <= most;
        await step.close(outcome);
        const connected = ids.filter((id) => counted(fixture, id)[1] === 1);
        const letGo = fixture.steps.filter((each) => each.step === 'buyer-let-go').length;
        // Whoever wins at the instant at which the next one is begun, wins before that one is dialled.
        const isDialled = dialled().length <= begun && dialled().length >= begun - letGo;
        const attempts = ids.reduce((sum, id) => sum + (counted(fixture, id)[0] ?? 0), 0);
        const mayWin = fates.some(({ kind }) => kind === 'answer');
        return (
          isSound &&
          isDialled &&
          mayWin === (winner !== null) &&
          connected.join() === (winner ?? '') &&
          attempts === begun - letGo &&
          fixture.leftovers().length === 0
        );
      },
    ),
    { numRuns: 100 },
  );
  t.pass('any fates');
});
