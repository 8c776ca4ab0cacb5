// What of a caller's patience an offer needs, and what is left for each part of it.
import fc from 'fast-check';
import t from 'tap';
import { budgetOf, pingLimitMs, SHORTEST_RING_MS } from '../../src/domain/bidding/patience.js';
import { CAMPAIGN } from '../support/call-configuration.js';

t.test('whisper, key and post are kept back from the ring', async (t) => {
  t.same(budgetOf(30_000, { postMs: 2_000, saidMs: 4_000, keyMs: 8_000 }), {
    ...{ fits: true, neededMs: 13_250 },
    ...{ postLimitMs: 2_000, ringWithinMs: 18_000 },
  });
  t.match(budgetOf(13_249, { postMs: 2_000, saidMs: 4_000, keyMs: 8_000 }), { fits: false });
  t.match(budgetOf(3_000, { postMs: 5_000, saidMs: 0, keyMs: 0 }), { fits: true, postLimitMs: 2_000 });
  t.match(budgetOf(1_000, { postMs: null, saidMs: 0, keyMs: 0 }), { fits: true, ringWithinMs: 1_000 });
  t.match(budgetOf(1_000, { postMs: 2_000, saidMs: 0, keyMs: 0 }), { fits: false }, 'a static price needs less');
});

t.test('bids are waited for as long as somebody can be rung afterwards, or not at all', async (t) => {
  const campaign = { ...CAMPAIGN, auctionDeadlineMs: 3_000 };
  t.equal(pingLimitMs(campaign, 60_000), 3_000);
  t.equal(pingLimitMs(campaign, 2_500), 1_500);
  t.equal(pingLimitMs(campaign, 1_200), 0);
  t.equal(pingLimitMs(campaign, -5_000), 0);
  t.equal(pingLimitMs({ ...campaign, auctionDeadlineMs: 50 }, 60_000), 50);
});

t.test('what fits leaves the shortest ring after the post, and never more than there is', async (t) => {
  const ms = fc.integer({ min: 0, max: 60_000 });
  fc.assert(
    fc.property(ms, fc.option(ms), ms, ms, (leftMs, postMs, saidMs, keyMs) => {
      const { fits, neededMs, postLimitMs, ringWithinMs } = budgetOf(leftMs, { postMs, saidMs, keyMs });
      if (!fits) return leftMs < neededMs;
      const isWithin = ringWithinMs + saidMs + keyMs <= leftMs && (postMs === null || postLimitMs <= postMs);
      return isWithin && ringWithinMs - postLimitMs >= SHORTEST_RING_MS && postLimitMs >= 0;
    }),
  );
  t.pass('any patience');
});
