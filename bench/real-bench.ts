/**
 * What a call costs on real servers: as FreeSWITCH's dialplan alone, as the least drachtio program, and as Ringpost with bidders, trace,
 * database and live events. The three take turns, so that what else the machine does falls on all of them, and ratios are those of
 * medians over the rounds.
 */
import { CallScope } from '../src/application/call-scope.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import type { BenchCampaign } from './call-system.js';
import { median, milliseconds, percent } from './numbers.js';
import { type BenchOptions, sizeOf, sizesOf } from './options.js';
import type { PlacedCall, Placement } from './peers-process.js';
import { type ProcessorTime, processorTimeBetween, threadsMs } from './processor-time.js';
import { type Contender, type ContenderName, type Ground, layGround, startContender } from './real-contenders.js';
import { findServers, type ProcessUse, processUse, type RealServersPlan } from './server-access.js';

const NAMES = ['plain', 'minimal', 'ringpost'] as const;
const TITLES: Readonly<Record<ContenderName, string>> = {
  plain: 'plain FreeSWITCH dialplan',
  minimal: 'least drachtio-srf + fsmrf program',
  ringpost: 'Ringpost',
};
const RING_MS = 100;
const PER_SECOND = 10;
const BIDDERS = 20;
/** A packet every 200 ms: the rates are those of the servers, not of the phones. */
const SPARSE_TICKS = 10;
const RATE_SECONDS = 4;
const RATE_TALK_MS = 2_000;
/** What the servers still do for a call when its phones are done. */
const SETTLE_MS = 1_500;

const campaign: BenchCampaign = {
  bidders: Array.from({ length: BIDDERS }, (_each, place) => ({ delayMs: 20 + place * 3, bidUnits: 20 + place })),
  staticUnits: 30,
};

interface Cost {
  readonly freeswitchMs: number;
  readonly drachtioMs: number;
  readonly nodeMs: number;
  readonly mainThreadMs: number;
  readonly failed: number;
}

interface Memory {
  readonly freeswitchMb: number;
  readonly drachtioMb: number;
  readonly nodeMb: number;
}

type Progress = (sentence: string) => void;

const NO_TIME: ProcessorTime = { allMs: 0, childrenMs: 0, threads: [] };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const isWhole = ({ answerMs, toBuyerMs, toCallerMs }: PlacedCall): boolean =>
  answerMs !== null && toBuyerMs !== null && toCallerMs !== null;

interface Used {
  readonly freeswitch: ProcessUse;
  readonly drachtio: ProcessUse;
  readonly node: ProcessorTime;
}

async function useOf(servers: RealServersPlan, { node }: Contender): Promise<Used> {
  return {
    freeswitch: processUse(servers.freeswitchPid),
    drachtio: processUse(servers.drachtioPid),
    node: node === null ? NO_TIME : await node.ask<ProcessorTime>('used'),
  };
}

async function place(ground: Ground, contender: Contender, how: Omit<Placement, 'uri'>): Promise<PlacedCall[]> {
  const placed = await ground.peers.ask<PlacedCall[]>('place', { ...contender.placement, ...how });
  await contender.node?.ask('settled');
  await pause(SETTLE_MS);
  return placed;
}

async function measureCost(
  servers: RealServersPlan,
  ground: Ground,
  contender: Contender,
  how: Omit<Placement, 'uri'>,
): Promise<Cost> {
  const before = await useOf(servers, contender);
  const placed = await place(ground, contender, how);
  const after = await useOf(servers, contender);
  const node = processorTimeBetween(before.node, after.node);
  const calls = placed.length;
  return {
    freeswitchMs: (after.freeswitch.cpuMs - before.freeswitch.cpuMs) / calls,
    // Of a dialplan alone drachtio is no part; what it uses while idle is not its.
    drachtioMs: contender.node === null ? 0 : (after.drachtio.cpuMs - before.drachtio.cpuMs) / calls,
    nodeMs: node.allMs / calls,
    mainThreadMs: threadsMs(node, 'main') / calls,
    failed: placed.filter((call) => !isWhole(call)).length,
  };
}

const residentMb = async ({ node }: Contender): Promise<number> =>
  node === null ? 0 : await node.ask<number>('residentMb');

async function measureMemory(
  servers: RealServersPlan,
  ground: Ground,
  contender: Contender,
  calls: number,
): Promise<Memory> {
  const before = { ...(await useOf(servers, contender)), nodeMb: await residentMb(contender) };
  await ground.peers.ask('place', { ...contender.placement, calls, perSecond: PER_SECOND, talkMs: null });
  const after = { ...(await useOf(servers, contender)), nodeMb: await residentMb(contender) };
  await ground.peers.ask('hangup');
  await contender.node?.ask('settled');
  return {
    freeswitchMb: (after.freeswitch.residentMb - before.freeswitch.residentMb) / calls,
    drachtioMb: (after.drachtio.residentMb - before.drachtio.residentMb) / calls,
    nodeMb: (after.nodeMb - before.nodeMb) / calls,
  };
}

/** The last rate at which every call was answered, bridged and heard on both sides; 0 when not even the first was clean. */
async function cleanRate(ground: Ground, contender: Contender, rates: readonly number[]): Promise<number> {
  let clean = 0;
  for (const perSecond of rates) {
    const placed = await place(ground, contender, {
      ...{ perSecond, calls: perSecond * RATE_SECONDS, talkMs: RATE_TALK_MS },
    });
    if (!placed.every(isWhole)) break;
    clean = perSecond;
  }
  return clean;
}

type Measured<Value> = Record<ContenderName, Value[]>;

async function measureCosts(
  options: BenchOptions,
  servers: RealServersPlan,
  ground: Ground,
  progress: Progress,
): Promise<{ costs: Measured<Cost>; memories: Measured<Memory> }> {
  const rounds = sizeOf('BENCH_ROUNDS', 3, 1, options);
  const how = {
    calls: sizeOf('BENCH_CALLS', 150, 15, options),
    perSecond: PER_SECOND,
    talkMs: sizeOf('BENCH_TALK_MS', 4_000, 1_000, options),
  };
  const warmUp = { calls: options.isQuick ? 5 : 100, perSecond: PER_SECOND, talkMs: 300 };
  const live = sizeOf('BENCH_LIVE_CALLS', 50, 10, options);
  const costs: Measured<Cost> = { plain: [], minimal: [], ringpost: [] };
  const memories: Measured<Memory> = { plain: [], minimal: [], ringpost: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of NAMES) {
      progress(`round ${round} of ${rounds}: ${TITLES[name]}`);
      await using contender = await startContender(name, ground);
      await place(ground, contender, warmUp);
      costs[name].push(await measureCost(servers, ground, contender, how));
      if (round === 1) memories[name].push(await measureMemory(servers, ground, contender, live));
    }
  }
  return { costs, memories };
}

const total = ({ freeswitchMs, drachtioMs, nodeMs }: Cost): number => freeswitchMs + drachtioMs + nodeMs;
const middle = <Value>(values: readonly Value[], of: (value: Value) => number): number => median(values.map(of));

function costLines(costs: Measured<Cost>): BenchLine[] {
  const lines = NAMES.map((name) => {
    const of = (part: (cost: Cost) => number): string => milliseconds(middle(costs[name], part));
    const failed = costs[name].reduce((sum, cost) => sum + cost.failed, 0);
    const parts = [
      `FreeSWITCH ${of((cost) => cost.freeswitchMs)}`,
      `drachtio ${of((cost) => cost.drachtioMs)}`,
      `Node ${of((cost) => cost.nodeMs)} (main thread ${of((cost) => cost.mainThreadMs)})`,
    ];
    return noted(`${TITLES[name]}, a call`, `${of(total)}: ${parts.join(', ')}; ${failed} failed`);
  });
  // Both of the same round.
  const ratios = costs.ringpost.map((cost, round) => {
    const plain = costs.plain[round];
    return plain === undefined ? Number.NaN : total(cost) / total(plain);
  });
  const [ratio, node] = [median(ratios), middle(costs.ringpost, (cost) => cost.nodeMs)];
  const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
  return [
    ...lines,
    judged('processor time of all, Ringpost over plain', `${ratio.toFixed(2)} (${spread})`, 'ratio 1.3', ratio <= 1.3),
    judged('Node, Ringpost, a call', milliseconds(node), '5 ms', node <= 5),
  ];
}

function memoryLines(memories: Measured<Memory>): BenchLine[] {
  const mb = (value: number): string => `${value.toFixed(2)} MB`;
  return NAMES.flatMap((name) =>
    memories[name].map(({ freeswitchMb, drachtioMb, nodeMb }) =>
      noted(
        `  memory a live call, ${TITLES[name]}`,
        `FreeSWITCH ${mb(freeswitchMb)}, drachtio ${mb(drachtioMb)}, Node ${mb(nodeMb)}`,
      ),
    ),
  );
}

async function rateLine(options: BenchOptions, ground: Ground, progress: Progress): Promise<BenchLine> {
  const rates = sizesOf('BENCH_RATES', '20,40,60,80,100,120,140,160', '5,10', options);
  const clean: Record<ContenderName, number> = { plain: 0, minimal: 0, ringpost: 0 };
  for (const name of NAMES) {
    progress(`highest clean rate: ${TITLES[name]}`);
    await using contender = await startContender(name, ground);
    clean[name] = await cleanRate(ground, contender, rates);
  }
  const share = clean.ringpost / clean.plain;
  const measured = `${clean.ringpost} of ${clean.plain} a second (${percent(share)}); least program ${clean.minimal}`;
  return judged('highest rate without a failed call, of plain', measured, 'ratio 0.85', share >= 0.85);
}

export async function benchReal(options: BenchOptions, progress: Progress): Promise<BenchLine[]> {
  const { servers } = options;
  if (servers === null) throw new Error('real servers are named with --engines real');
  await using scope = new CallScope((error) => progress(`while stopping: ${String(error)}`));
  const { access, names } = await findServers(servers);
  for (const name of names) progress(name);
  const peers = { ringMs: RING_MS };
  const ground = await layGround(scope, servers.shared, access, campaign, peers);
  const { costs, memories } = await measureCosts(options, servers, ground, progress);
  const sparse = { ...peers, ticksPerPacket: SPARSE_TICKS };
  const rateGround = await layGround(scope, servers.shared, access, campaign, sparse);
  const rate = await rateLine(options, rateGround, progress);
  return [...costLines(costs), rate, ...memoryLines(memories)];
}
