/**
 * What a call costs on real servers: as FreeSWITCH's dialplan alone, as the least drachtio program, and as Ringpost with bidders, trace,
 * database and live events. The three take turns, so that what else the machine does falls on all of them, and ratios are those of
 * medians over the rounds.
 */
import { CallScope } from '../src/application/calls/call-scope.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import type { BenchCampaign } from './call-system.js';
import { median, milliseconds } from './numbers.js';
import { type BenchOptions, sizeOf } from './options.js';
import type { Placement } from './peers-process.js';
import { type ProcessorTime, processorTimeBetween, threadsMs } from './processor-time.js';
import {
  CONTENDERS,
  type Contender,
  type ContenderName,
  type Ground,
  layGround,
  startContender,
  TITLES,
} from './real-contenders.js';
import { benchLimits } from './real-limits.js';
import { isWhole, place } from './real-placing.js';
import { findServers, type ProcessUse, processUse, type RealServersPlan } from './server-access.js';

const RING_MS = 100;
const PER_SECOND = 10;
/** Each costs Node about 0.2 ms a call, and the bidders' own process as much again. */
const BIDDERS = 5;
/** A packet every 200 ms: the limits are those of the servers, not of the phones. */
const SPARSE_TICKS = 10;

/** The best bid is the last one in. */
const campaignOf = (bidders: number): BenchCampaign => ({
  bidders: Array.from({ length: bidders }, (_each, place) => ({ delayMs: 20 + place * 12, bidUnits: 31 + place })),
  staticUnits: 30,
});

interface Cost {
  readonly freeswitchMs: number;
  readonly drachtioMs: number;
  readonly nodeMs: number;
  readonly mainThreadMs: number;
  readonly failed: number;
}

type Progress = (sentence: string) => void;

const NO_TIME: ProcessorTime = { allMs: 0, childrenMs: 0, threads: [] };

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

type Costs = Record<ContenderName, Cost[]>;

/** V8 compiles what it has met often, and a system that runs for weeks has met everything: after 60 calls Node costs a quarter more than after 800. */
function warmUpOf({ node }: Contender, { isQuick }: BenchOptions): Omit<Placement, 'uri'> {
  if (isQuick || node === null) return { calls: isQuick ? 5 : 50, perSecond: PER_SECOND, talkMs: 200 };
  return { calls: 500, perSecond: 3 * PER_SECOND, talkMs: 200 };
}

async function measureCosts(
  options: BenchOptions,
  servers: RealServersPlan,
  ground: Ground,
  progress: Progress,
): Promise<Costs> {
  const rounds = sizeOf('BENCH_ROUNDS', 3, 1, options);
  const how = {
    calls: sizeOf('BENCH_CALLS', 120, 15, options),
    perSecond: PER_SECOND,
    talkMs: sizeOf('BENCH_TALK_MS', 4_000, 1_000, options),
  };
  const costs: Costs = { plain: [], minimal: [], ringpost: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const name of CONTENDERS) {
      await using contender = await startContender(name, ground);
      await place(ground, contender, warmUpOf(contender, options));
      const cost = await measureCost(servers, ground, contender, how);
      costs[name].push(cost);
      progress(
        `round ${round} of ${rounds}: ${TITLES[name]} ${milliseconds(total(cost))} a call, ${cost.failed} failed`,
      );
    }
  }
  return costs;
}

const total = ({ freeswitchMs, drachtioMs, nodeMs }: Cost): number => freeswitchMs + drachtioMs + nodeMs;
const middle = <Value>(values: readonly Value[], of: (value: Value) => number): number => median(values.map(of));

function costLines(costs: Costs, bidders: number): BenchLine[] {
  const lines = CONTENDERS.map((name) => {
    const of = (part: (cost: Cost) => number): string => milliseconds(middle(costs[name], part));
    const failed = costs[name].reduce((sum, cost) => sum + cost.failed, 0);
    const parts = [
      `FreeSWITCH ${of((cost) => cost.freeswitchMs)}`,
      `drachtio ${of((cost) => cost.drachtioMs)}`,
      `Node ${of((cost) => cost.nodeMs)} (main thread ${of((cost) => cost.mainThreadMs)})`,
    ];
    const company = name === 'ringpost' ? ` with ${bidders} bidders` : '';
    return noted(`${TITLES[name]}${company}, a call`, `${of(total)}: ${parts.join(', ')}; ${failed} failed`);
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

export async function benchReal(options: BenchOptions, progress: Progress): Promise<BenchLine[]> {
  const { servers } = options;
  if (servers === null) throw new Error('real servers are named with --engines real');
  await using scope = new CallScope((error) => progress(`while stopping: ${String(error)}`));
  const { access, names } = await findServers(servers);
  for (const name of names) progress(name);
  const peers = { ringMs: RING_MS };
  const bidders = sizeOf('BENCH_BIDDERS', BIDDERS, BIDDERS, options);
  const campaign = campaignOf(bidders);
  const ground = await layGround(scope, servers.shared, access, campaign, peers);
  const costs = await measureCosts(options, servers, ground, progress);
  const sparse = await layGround(scope, servers.shared, access, campaign, { ...peers, ticksPerPacket: SPARSE_TICKS });
  return [...costLines(costs, bidders), ...(await benchLimits(options, servers, sparse, progress))];
}
