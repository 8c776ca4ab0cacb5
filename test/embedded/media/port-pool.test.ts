/** Ports for RTP and RTCP. */

import fc from 'fast-check';
import t from 'tap';
import { PortPool } from '../../../src/embedded/media/port-pool.js';

t.test('pairs are even and lie wholly in the range', async (t) => {
  const pool = new PortPool(10_001, 10_006, 0);
  t.same(
    [pool.take(), pool.take(), pool.take()],
    [10_002, 10_004, null].map((port) => port),
  );
  t.throws(() => new PortPool(10_001, 10_002), RangeError);
  t.throws(() => new PortPool(0, 10), RangeError);
  t.throws(() => new PortPool(65_000, 70_000), RangeError);
});

t.test('a freed port is the last to be used again', async (t) => {
  const pool = new PortPool(20_000, 20_007, 0);
  const first = pool.take() ?? 0;
  pool.release(first);
  t.same([pool.take(), pool.take(), pool.take(), pool.take(), pool.take()], [20_002, 20_004, 20_006, first, null]);
});

t.test(
  'the ports of a new switch begin anywhere in the range, so that its first calls are not where those of the last one were',
  async (t) => {
    const firsts = new Set(Array.from({ length: 100 }, () => new PortPool(16_384, 32_767).take()));
    t.ok(firsts.size > 50, `${firsts.size} first ports of 100`);
    const pool = new PortPool(20_000, 20_005, 2);
    t.same([pool.take(), pool.take(), pool.take(), pool.take()], [20_004, 20_000, 20_002, null]);
  },
);

t.test('no port is ever out twice and none gets lost', async (t) => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (takes) => {
      const pool = new PortPool(20_000, 20_019);
      const out = new Set<number>();
      for (const isTake of takes) {
        if (isTake) {
          const port = pool.take();
          t.equal(port === null, out.size === pool.size);
          t.notOk(port !== null && out.has(port));
          if (port !== null) out.add(port);
        } else {
          for (const port of [...out].slice(0, 1)) {
            out.delete(port);
            pool.release(port);
          }
        }
        t.equal(pool.free(), pool.size - out.size);
      }
    }),
  );
});
