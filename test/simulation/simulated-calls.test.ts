/**
 * Thousands of calls through the whole application on the scripted engine and the virtual clock, with every fault that
 * bidders, buyers, callers, media and store have, drawn from a seed. `SIMULATION_SEED` draws another run or replays one,
 * `SIMULATION_CALLS=10000` sizes it by hand.
 */
import { createHash } from 'node:crypto';
import t from 'tap';
import { judge, type Verdict } from './judge-simulation.js';
import { Simulation } from './simulation.js';

const CALLS = Number(process.env.SIMULATION_CALLS ?? 2_000);
const SEED = Number(process.env.SIMULATION_SEED ?? 20_261_121);
const REPLAYED_CALLS = Math.min(500, CALLS);

async function simulate(seed: number, calls: number): Promise<Verdict> {
  const simulation = new Simulation(seed);
  await simulation.run(calls);
  return await judge(simulation);
}

function outcomesOf({ records }: Verdict): string {
  const counts = new Map<string, number>();
  for (const { call } of records) counts.set(call.outcome ?? 'none', (counts.get(call.outcome ?? 'none') ?? 0) + 1);
  return [...counts].map(([outcome, count]) => `${count} ${outcome}`).join(', ');
}

const digestOf = ({ records }: Verdict): string => createHash('sha256').update(JSON.stringify(records)).digest('hex');

t.test(
  `${CALLS} calls with faults, seed ${SEED}: one record each that says why, books that balance, nothing left`,
  async (t) => {
    t.comment(`replay with SIMULATION_SEED=${SEED} SIMULATION_CALLS=${CALLS}`);
    const verdict = await simulate(SEED, CALLS);
    t.comment(outcomesOf(verdict));
    t.same(verdict.faults.slice(0, 20), [], `${verdict.faults.length} faults`);
    t.equal(verdict.records.length, CALLS);
    for (const outcome of ['sold', 'abandoned', 'refused', 'voicemail', 'fallback-connected'])
      t.match(outcomesOf(verdict), ` ${outcome}`, `some calls end ${outcome}`);
  },
);

t.test('a seed replays to the letter, and another is another run', async (t) => {
  const [first, again, other] = [
    await simulate(SEED, REPLAYED_CALLS),
    await simulate(SEED, REPLAYED_CALLS),
    await simulate(SEED + 1, REPLAYED_CALLS),
  ];
  t.equal(digestOf(again), digestOf(first));
  t.not(digestOf(other), digestOf(first));
});
