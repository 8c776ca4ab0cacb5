/** The circuit of a bidder: opens after faults in a row, tries again with one ping, and is not moved by what is no fault. */
import t from 'tap';
import { BidderCircuits } from '../../../src/adapters/bidders/bidder-circuits.js';
import type { NoBidReason, PingOutcome } from '../../../src/domain/bidding/bid.js';
import { VirtualClock } from '../../support/virtual-clock.js';

const noBid = (reason: NoBidReason): PingOutcome => ({ kind: 'no-bid', reason, detail: '', latencyMs: 1 });

function circuitsOf(): {
  clock: VirtualClock;
  ask: (reason: NoBidReason) => Promise<NoBidReason | 'circuit-open' | 'bid'>;
} {
  const clock = new VirtualClock();
  const circuits = new BidderCircuits(clock, { faultsToOpen: 3, openMs: 10_000 });
  const ask = async (reason: NoBidReason): Promise<NoBidReason | 'circuit-open' | 'bid'> => {
    const outcome = await circuits.run('acme', async () => noBid(reason));
    if (outcome === null) return 'circuit-open';
    return outcome.kind === 'bid' ? 'bid' : outcome.reason;
  };
  return { clock, ask };
}

t.test('three faults in a row: the bidder is left alone for ten seconds, then one ping tries it', async (t) => {
  const { clock, ask } = circuitsOf();
  for (const reason of ['timeout', 'connection', 'http-status'] as const) t.equal(await ask(reason), reason);
  t.equal(await ask('refused'), 'circuit-open');
  await clock.advance(9_999);
  t.equal(await ask('refused'), 'circuit-open');
  await clock.advance(1);
  t.same(await Promise.all([ask('refused'), ask('refused')]), ['refused', 'circuit-open'], 'one trial at a time');
  t.equal(await ask('timeout'), 'timeout', 'an answer has closed it');
});

t.test('a trial that fails, or that we give up, leaves the circuit open for another ten seconds', async (t) => {
  for (const reason of ['timeout', 'cancelled'] as const) {
    const { clock, ask } = circuitsOf();
    for (let fault = 0; fault < 3; fault += 1) await ask('timeout');
    await clock.advance(10_000);
    t.equal(await ask(reason), reason);
    t.equal(await ask('refused'), 'circuit-open', `after a trial that ended with ${reason}`);
    await clock.advance(10_000);
    t.equal(await ask('refused'), 'refused');
  }
});

t.test('refusals close the count, pings that we gave up do not touch it', async (t) => {
  const { ask } = circuitsOf();
  for (const reason of ['timeout', 'timeout', 'refused', 'timeout', 'timeout', 'cancelled'] as const) await ask(reason);
  t.equal(await ask('timeout'), 'timeout', 'the fifth fault is the third in a row');
  t.equal(await ask('refused'), 'circuit-open');
});

t.test('circuits of different bidders are separate', async (t) => {
  const circuits = new BidderCircuits(new VirtualClock(), { faultsToOpen: 1, openMs: 10_000 });
  await circuits.run('acme', async () => noBid('timeout'));
  t.equal(await circuits.run('acme', async () => noBid('refused')), null);
  t.match(await circuits.run('budget', async () => noBid('refused')), { reason: 'refused' });
});
