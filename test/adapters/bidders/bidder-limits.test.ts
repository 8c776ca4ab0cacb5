/** What is kept of a bidder for his sake and for ours: his limit of pings a minute, and how he has answered in the last hours. */
import t from 'tap';
import { AnswerFigures } from '../../../src/adapters/bidders/answer-figures.js';
import type { NoBidReason, PingOutcome } from '../../../src/domain/bidding/bid.js';
import { VirtualClock } from '../../support/virtual-clock.js';
import { bidderAt, httpBidder, ordinary, startBidders, tcpBidder } from './stub-bidder.js';

const HOUR_MS = 3_600_000;
const noBid = (reason: NoBidReason, latencyMs = 1): PingOutcome => ({ kind: 'no-bid', reason, detail: '', latencyMs });
const bid = (latencyMs: number): PingOutcome => ({
  ...{ kind: 'bid', amountMicros: 1, destination: null, reference: null, billAfterMs: null },
  ...{ lifetimeMs: 1, latencyMs },
});

t.test('a bidder has so many pings a minute; those beyond are not sent, and the next minute has as many', async (t) => {
  let asked = 0;
  const url = await httpBidder(t, (_request, response) => {
    asked += 1;
    response.end('{"bid":5}');
  });
  const { bidders, clock } = startBidders(t);
  const limited = { ...bidderAt(url), maxPingsPerMinute: 3 };
  const ask = () => bidders.ping({ bidder: limited, ...ordinary() });
  const raced = await Promise.all(Array.from({ length: 10 }, ask));
  t.equal(raced.filter(({ kind }) => kind === 'bid').length, 3, 'also when ten are sent at once');
  t.match(raced[9], { kind: 'no-bid', reason: 'rate-limited', detail: '3 pings a minute have been sent' });
  await clock.advance(59_999);
  t.match(await ask(), { reason: 'rate-limited' });
  await clock.advance(1);
  t.match(await ask(), { kind: 'bid' });
  t.equal(asked, 4);
  const other = bidderAt(url);
  t.match(await bidders.ping({ bidder: other, ...ordinary() }), { kind: 'bid' }, 'others are not touched');
});

t.test('how often a bidder answered in time is counted with every ping', async (t) => {
  const quick = bidderAt(await httpBidder(t, (_request, response) => response.end('{"bid":5}')));
  let arrived: () => void = () => undefined;
  const slow = bidderAt(await tcpBidder(t, () => arrived()));
  const { bidders, clock } = startBidders(t);
  await bidders.ping({ bidder: quick, ...ordinary() });
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const late = bidders.ping({ bidder: slow, ...ordinary() });
  await asked;
  await clock.advance(2_000);
  t.match(await late, { reason: 'timeout' });
  t.match(bidders.figures(1), [
    { bidderId: quick.id, asked: 1, bids: 1, timeouts: 0 },
    { bidderId: slow.id, asked: 1, bids: 0, timeouts: 1, meanMs: null },
  ]);
});

t.test(
  'figures: what says nothing about the bidder is not held against him, and a day is kept by the hour',
  async (t) => {
    const clock = new VirtualClock();
    const figures = new AnswerFigures(clock);
    figures.note('acme', bid(100));
    figures.note('acme', noBid('refused', 300));
    for (const reason of ['timeout', 'http-status', 'late', 'cancelled', 'circuit-open', 'rate-limited'] as const)
      figures.note('acme', noBid(reason));
    const counted = { bidderId: 'acme', asked: 5, bids: 1, refused: 1, timeouts: 1, faults: 2, givenUp: 1, unasked: 2 };
    t.same(figures.figures(1), [{ ...counted, meanMs: 200, slowestMs: 300 }]);
    await clock.advance(HOUR_MS);
    t.same(figures.figures(1), [], 'nothing in this hour');
    figures.note('acme', bid(50));
    t.match(figures.figures(1), [{ asked: 1, meanMs: 50 }]);
    t.match(figures.figures(2), [{ asked: 6, bids: 2, slowestMs: 300 }]);
    await clock.advance(23 * HOUR_MS);
    figures.note('acme', bid(50));
    t.match(figures.figures(24), [{ asked: 2 }], 'the first hour is a day old');
  },
);
