// The control app is killed while several are rung for one caller: the next one knows each of them.
import t from 'tap';
import { type Cap, countedCaps } from '../../src/domain/routing/cap.js';
import { staticTarget } from '../support/call-configuration.js';
import { CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const cap = (dimension: Cap['dimension']): Cap => {
  return { dimension, window: 'day', limit: 5, timeZone: 'UTC', kind: 'hard' };
};
const CAPS = [cap('attempts'), cap('connected')];
const OPTIONS = {
  campaign: { hedgeAfterMs: 1_000 },
  targets: [
    staticTarget('best', 40, { caps: CAPS }),
    staticTarget('next', 30, {
      caps: CAPS,
      acceptKey: { digit: '1', timeoutMs: 8_000, promptId: null, voicemailDrop: null },
    }),
  ],
};

/** The best is silent, the next one has answered and is asked for his key, when the process is killed. */
async function killedWithTwo() {
  const first = new CallFixture(OPTIONS);
  first.telephony.scripts.set('best', { kind: 'hang' });
  first.telephony.silent.add('best');
  const { call } = first.invite();
  (await call.answeredLeg.promise).greet();
  await first.clock.advance(3_000);
  const { details, caller } = await killed(first);
  const leg = (targetId: string) => details.legs.find((each) => each.targetId === targetId) ?? caller;
  return { first, caller, best: leg('best'), next: leg('next') };
}

const counted = (fixture: CallFixture, id: string) =>
  countedCaps('target', id, CAPS).map((each) => fixture.caps.used(each));

t.test('killed while two ring: both are ended, both were attempts, and the caller is sold anew', async (t) => {
  const { first, caller, best, next } = await killedWithTwo();
  const process = nextProcess(first, 500, OPTIONS);
  for (const leg of [caller, best, next]) process.telephony.survivors.carry(leg);
  t.match(await adopt(first, process), { counts: { routed: 1 } });
  t.same(new Set(process.telephony.survivors.endedLegs.map(({ legId }) => legId)), new Set([best.legId, next.legId]));
  await process.clock.advance(4_000);
  process.telephony.survivors.adopted[0]?.caller.end();
  await settled();
  t.match((await process.stored()).call, { outcome: 'sold', buyerId: 'buyer-best', talkMs: 3_000 });
  t.same(
    [counted(process, 'best'), counted(process, 'next')],
    [
      [2, 1],
      [1, 0],
    ],
  );
  t.same(process.leftovers(), []);
});

t.test(
  'killed when the second of two was just joined: he is billed on his own terms, the other counts for nothing',
  async (t) => {
    const { first, caller, best, next } = await killedWithTwo();
    const process = nextProcess(first, 500, OPTIONS);
    process.telephony.survivors.carry(best);
    process.telephony.survivors.carry(caller, { bridgedTo: next.channelId, bridgedAtMs: first.clock.wallMs() });
    process.telephony.survivors.carry(next, { bridgedTo: caller.channelId });
    t.match(await adopt(first, process), { counts: { adopted: 1 } });
    t.match(process.telephony.survivors.endedLegs, [{ legId: best.legId }]);
    t.equal(process.slots.used('target:next'), 1);
    t.equal(process.slots.used('target:best'), 0);
    await process.clock.advance(4_500);
    process.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call, ledger } = await process.stored();
    t.match(call, { outcome: 'sold', buyerId: 'buyer-next', priceMicros: 30_000_000, talkMs: 5_000 });
    t.equal(ledger[0]?.amountMicros, 30_000_000);
    t.same(
      [counted(process, 'best'), counted(process, 'next')],
      [
        [0, 0],
        [1, 1],
      ],
    );
    t.same(process.leftovers(), []);
  },
);

t.test(
  'killed when one of two was joined, and they parted meanwhile: nobody knows on whose terms, nobody is billed',
  async (t) => {
    const { first, caller } = await killedWithTwo();
    const process = nextProcess(first, 500, OPTIONS);
    process.telephony.survivors.carry(caller, { bridgedAtMs: first.clock.wallMs(), application: 'playback' });
    await adopt(first, process);
    process.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    const { call, ledger } = await process.stored();
    t.match(call, { state: 'ended', priceMicros: null });
    t.same(ledger, []);
    t.same(process.leftovers(), []);
  },
);
