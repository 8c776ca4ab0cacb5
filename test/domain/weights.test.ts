/**
 * Weights are what the calls come to: in a group of shares, among equals of a priority, and among bids and prices that are the same. However many
 * calls there were, nobody is further from his share than chance allows once in 10^11; over WEIGHED_CALLS=100000 that is about 1 % of the calls.
 */
import fc from 'fast-check';
import t from 'tap';
import { Chance } from '../simulation/chance.js';
import { staticTarget } from '../support/call-configuration.js';
import { idsOf, walked, walksOf } from '../support/walked-plan.js';
import { group, planOf, targetNode } from './plan-samples.js';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 30);
const CALLS = Number(process.env.WEIGHED_CALLS ?? 500);
/** Natural logarithm of 1 / how likely a fault is told that is none: 10^-11. */
const CERTAINTY = Math.log(1e11);

/** Bernstein's inequality: of so many draws, how far from `draws * share` their number may be. */
function allowance(draws: number, share: number): number {
  const third = CERTAINTY / 3;
  return third + Math.sqrt(third ** 2 + 2 * CERTAINTY * draws * share * (1 - share));
}

const anyMembers = fc.array(
  fc.record({
    weight: fc.integer({ min: 0, max: 10 }),
    isOpen: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
  }),
  { minLength: 1, maxLength: 6 },
);

for (const strategy of ['share', 'priority', 'auction'] as const) {
  t.test(`${strategy}: the calls of any members come to their weights, of those that are open`, async (t) => {
    fc.assert(
      fc.property(anyMembers, fc.nat(), fc.boolean(), (members, seed, isOnNode) => {
        const chance = new Chance(seed);
        const own = (weight: number) => (isOnNode ? {} : { weight });
        const targets = members.map(({ weight, isOpen }, at) =>
          staticTarget(`t${at}`, 20, { isActive: isOpen, ...own(weight) }),
        );
        const nodes = members.map(({ weight }, at) => targetNode(`t${at}`, isOnNode ? { weight } : {}));
        const plan = planOf(group('all', strategy, nodes));
        const call = { targets, random: () => chance.next(), answering: new Set(targets.map(({ id }) => id)) };
        const walkOf = walksOf(plan, call);
        const counts = members.map(() => 0);
        for (let made = 0; made < CALLS; made += 1) {
          const [first = ''] = walked(plan, call, walkOf()).steps.flatMap(idsOf);
          const at = Number(first.slice(1));
          if (first !== '') counts[at] = (counts[at] ?? 0) + 1;
        }
        const open = members.map(({ weight, isOpen }) => (isOpen ? weight : 0));
        const sum = open.reduce((total, weight) => total + weight, 0);
        if (sum === 0) return;
        members.forEach(({ isOpen }, at) => {
          const share = (open[at] ?? 0) / sum;
          const got = counts[at] ?? 0;
          if (!isOpen && got > 0) throw new Error(`t${at} is closed and got ${got} calls`);
          if (share === 0 && got > 0) throw new Error(`t${at} weighs nothing and came first ${got} times`);
          if (Math.abs(got - CALLS * share) > allowance(CALLS, share))
            throw new Error(`t${at} got ${got} of ${CALLS} calls, its share is ${share}`);
        });
      }),
      { numRuns: RUNS },
    );
    t.pass('no counterexample');
  });
}
