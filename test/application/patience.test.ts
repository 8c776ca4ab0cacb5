// Pings, posts, whispers and rings fit into the caller's patience, or a price that needs less is rung. Scripted ports, virtual clock.
import t, { type Test } from 'tap';
import type { PostRequest } from '../../src/application/ports/bidders.js';
import { ANY_BIDDER, biddingTarget, type FixtureOptions, staticTarget } from '../support/call-configuration.js';
import { bidOf, CallFixture } from '../support/call-fixture.js';
import { adopt, killed, nextProcess } from '../support/next-process.js';
import { settled } from '../support/virtual-clock.js';

const { ping, pingResponse } = ANY_BIDDER.dialect;
const POSTED = {
  ...ANY_BIDDER,
  id: 'bidder-posted',
  dialect: { ping, pingResponse, post: ping, postResponse: pingResponse },
};
/** The fixture's prompts last 20 s each. */
const SAID_MS = 20_000;

/** A call to its end, the first buyer who is rung talking for a second. */
async function sold(t: Test, options: FixtureOptions, prepare: (fixture: CallFixture) => void = () => undefined) {
  const fixture = new CallFixture(options);
  prepare(fixture);
  const { call, done } = fixture.invite();
  const caller = await call.answeredLeg.promise;
  caller.greet();
  for (let turn = 0; turn < 100 && fixture.telephony.buyers.length === 0; turn += 1) await fixture.clock.advance(1_000);
  for (const buyer of fixture.telephony.buyers) {
    buyer.hearOut();
    buyer.press('1');
  }
  await fixture.clock.advance(1_000);
  caller.end();
  await done;
  t.same(fixture.leftovers(), []);
  return fixture;
}

async function patienceOf(fixture: CallFixture, id: string) {
  const { trace } = await fixture.stored();
  const candidate = trace?.candidates.find(({ targetId }) => targetId === id);
  return candidate?.checks.findLast((each) => each.check === 'patience');
}

t.test('a buyer who must hear a whisper and press a key rings no longer than leaves time for both', async (t) => {
  const acceptKey = { digit: '1', timeoutMs: 8_000, promptId: 'apology', voicemailDrop: null };
  const targets = [staticTarget('asked', 30, { whisperPromptId: 'voicemail', acceptKey, ringTimeoutMs: 120_000 })];
  const fixture = await sold(t, { targets, campaign: { maxHoldMs: 60_000 } });
  t.equal(fixture.telephony.dialled[0]?.ringTimeoutMs, 60_000 - 2 * SAID_MS - 8_000);
});

t.test('a bid for whose whisper no time is left gives way to a static price', async (t) => {
  const targets = [
    biddingTarget('dear', { whisperPromptId: 'voicemail' }),
    staticTarget('plain', 5, { ringTimeoutMs: 20_000 }),
  ];
  const fixture = await sold(t, { targets, campaign: { maxHoldMs: 20_500 } }, ({ pings }) =>
    pings.set('bidder-dear', bidOf(50, 10)),
  );
  t.same(
    fixture.telephony.dialled.map(({ targetId }) => targetId),
    ['plain'],
  );
  t.match(await patienceOf(fixture, 'dear'), { passed: false, needed: 'at least 21000 ms' });
  t.match((await fixture.stored()).call, { outcome: 'sold', priceMicros: 5_000_000 });
});

t.test('a post may take what the ring leaves, and one that took it all is followed by the next price', async (t) => {
  const targets = [biddingTarget('posted'), staticTarget('plain', 5)];
  const asked: PostRequest[] = [];
  const fixture = await sold(
    t,
    { targets, bidders: [POSTED], campaign: { maxHoldMs: 4_000, auctionDeadlineMs: 1_000 } },
    ({ pings, deps, clock }) => {
      pings.set('bidder-posted', bidOf(50, 500));
      const post = async (request: PostRequest) => {
        asked.push(request);
        await new Promise<void>((resolve) => void clock.startTimer(1_600, resolve));
        return { kind: 'not-accepted', reason: 'timeout', detail: 'too late', latencyMs: 1_600 } as const;
      };
      Object.assign(deps, { bidders: { ...deps.bidders, post } });
    },
  );
  t.match(asked, [{ timeoutMs: 2_000 }], 'its own limit');
  t.same(
    fixture.telephony.dialled.map(({ targetId, ringTimeoutMs }) => [targetId, ringTimeoutMs]),
    [['plain', 4_000 - 500 - 1_600]],
  );
});

t.test('a post that is accepted too late to ring is a failure of the patience, not of the buyer', async (t) => {
  const targets = [biddingTarget('posted'), staticTarget('plain', 5)];
  const fixture = await sold(
    t,
    { targets, bidders: [POSTED], campaign: { maxHoldMs: 2_600, auctionDeadlineMs: 1_000 } },
    ({ pings, deps, clock }) => {
      pings.set('bidder-posted', bidOf(50, 500));
      const post = async (request: PostRequest) => {
        t.equal(request.timeoutMs, 1_100, 'what is left, less the shortest ring');
        await new Promise<void>((resolve) => void clock.startTimer(1_101, resolve));
        const terms = { destination: null, amountMicros: null, billAfterMs: null, latencyMs: 1_101 };
        return { kind: 'accepted', ...terms } as const;
      };
      Object.assign(deps, { bidders: { ...deps.bidders, post } });
    },
  );
  t.match(await patienceOf(fixture, 'posted'), { passed: false, values: '999 ms are left to ring after the post' });
  t.equal((await fixture.stored()).call.outcome, 'failed', 'and a static price has no time either');
});

t.test('bids are waited for no longer than leaves a second to ring', async (t) => {
  const targets = [biddingTarget('slow'), staticTarget('plain', 5)];
  const fixture = await sold(t, { targets, campaign: { maxHoldMs: 3_000, auctionDeadlineMs: 3_000 } }, ({ pings }) =>
    pings.set('bidder-slow', bidOf(50, 2_500)),
  );
  t.same(
    fixture.telephony.dialled.map(({ targetId, ringTimeoutMs }) => [targetId, ringTimeoutMs]),
    [['plain', 1_000]],
    'the auction was over after two seconds',
  );
});

t.test(
  'a caller who is taken over with little patience left is sold at a static price, and nobody is pinged',
  async (t) => {
    const targets = [biddingTarget('dear'), staticTarget('plain', 5)];
    const options = { targets, campaign: { maxHoldMs: 20_000 } };
    const first = new CallFixture(options);
    first.pings.set('bidder-dear', bidOf(50, 10));
    first.telephony.scripts.set('dear', { kind: 'hang' });
    const { call } = first.invite();
    (await call.answeredLeg.promise).greet();
    await first.clock.advance(10_000);
    const { caller } = await killed(first);
    const next = nextProcess(first, 8_850, options);
    next.pings.set('bidder-dear', bidOf(50, 10));
    next.telephony.scripts.set('plain', { kind: 'answer', afterMs: 500 });
    next.telephony.survivors.carry(caller);
    t.match(await adopt(first, next), { counts: { routed: 1 } });
    await next.clock.advance(2_000);
    next.telephony.survivors.adopted[0]?.caller.end();
    await settled();
    t.same(
      next.telephony.dialled.map(({ targetId }) => targetId),
      ['plain'],
    );
    const { trace, call: record } = await next.stored();
    t.match(record, { outcome: 'sold', buyerId: 'buyer-plain' });
    const dear = trace?.candidates.find(({ targetId }) => targetId === 'dear');
    t.match(dear?.checks.at(-1), { check: 'hold-time', values: 'not asked: no hold time is left to ring a winner' });
    t.same(next.leftovers(), []);
  },
);
