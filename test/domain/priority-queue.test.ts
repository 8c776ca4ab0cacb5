// The queue of the auction's bids against a sorted array, whatever is asked in whatever order.
import fc from 'fast-check';
import t from 'tap';
import { PriorityQueue } from '../../src/domain/bidding/priority-queue.js';

const STEPS = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), value: fc.integer({ min: 0, max: 20 }) }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'take' as const }) },
    { weight: 2, arbitrary: fc.constant({ kind: 'look' as const }) },
  ),
  { maxLength: 300 },
);

t.test('whatever comes in between, the first is the least', (t) => {
  fc.assert(
    fc.property(STEPS, (steps) => {
      const queue = new PriorityQueue<number>((left, right) => left - right);
      const sorted: number[] = [];
      for (const step of steps) {
        if (step.kind === 'add') {
          queue.add(step.value);
          sorted.push(step.value);
          sorted.sort((left, right) => left - right);
        } else if (step.kind === 'take') {
          t.equal(queue.take(), sorted.shift());
        } else {
          t.equal(queue.first(), sorted[0]);
        }
        t.equal(queue.size, sorted.length);
      }
      while (sorted.length > 0) t.equal(queue.take(), sorted.shift());
      t.equal(queue.take(), undefined);
    }),
  );
  t.end();
});

t.test('an arrival is compared with a few and no more, though ten thousand are in', async (t) => {
  let compared = 0;
  const queue = new PriorityQueue<number>((left, right) => {
    compared += 1;
    return right - left;
  });
  for (let bid = 0; bid < 10_000; bid += 1) queue.add((bid * 7_919) % 10_007);
  compared = 0;
  t.same([queue.take(), queue.take()], [10_006, 10_005], 'the winner and the runner-up');
  t.ok(compared <= 6, `${compared} comparisons for the winner and the runner-up`);
  for (const last of [-1, 5_000.5, 20_000]) {
    compared = 0;
    queue.add(last);
    queue.first();
    t.ok(compared <= 6, `${compared} comparisons for a bid of ${last}`);
  }
});
