/**
 * How many bridged and recorded calls the embedded switch carries. Calls are added step by step and stay up; at each step all
 * packets of some seconds are counted on their way from one phone through the switch to the other.
 */
import { type BenchLine, noted } from './bench-line.js';
import { type CallSystem, startCallSystem } from './call-system.js';
import { countBusyCores } from './machine.js';
import { milliseconds, percent } from './numbers.js';
import { type BenchOptions, sizeOf, sizesOf } from './options.js';
import type { PlacedCall } from './peers-process.js';
import type { ProcessorTime } from './processor-time.js';
import type { LoadWindow } from './rtp-load.js';

const TARGET_CALLS = 500;
const FLAWED_MAX = 0.001;
const ADDED_PER_SECOND = 25;
/** With more than this taken away by others, a step that fails says nothing about the switch. */
const OTHERS_MAX_CORES = 0.25;
const SETTLE_MS = 1_500;

interface Step extends LoadWindow {
  readonly calls: number;
  readonly recordings: number;
  readonly switchCores: number;
  readonly peersCores: number;
  /** Kept busy by whoever else is on the machine; the control app, which has next to nothing to do, is among them. */
  readonly othersCores: number;
  /** What was lost or is late whatever the generator did, and the same with what is doubtful. */
  readonly flawed: number;
  readonly flawedAtMost: number;
}

async function measureStep(system: CallSystem, calls: number, windowMs: number): Promise<Step> {
  const before = await system.switch.ask<ProcessorTime>('used');
  const startedMs = performance.now();
  const busyCores = countBusyCores();
  const counted = await system.peers.ask<LoadWindow & { cpuMs: number }>('window', windowMs);
  const after = await system.switch.ask<ProcessorTime>('used');
  const switchCores = (after.allMs - before.allMs) / (performance.now() - startedMs);
  const peersCores = counted.cpuMs / windowMs;
  const lost = Math.max(0, counted.sent - counted.heard);
  return {
    ...counted,
    calls,
    recordings: await system.switch.ask<number>('recordings'),
    switchCores,
    peersCores,
    othersCores: Math.max(0, busyCores() - switchCores - peersCores),
    flawed: (lost + counted.late) / counted.sent,
    flawedAtMost: (lost + counted.late + counted.doubtful) / counted.sent,
  };
}

function describe(step: Step): string {
  const { latencyMs, doubtful, sent, stallMs } = step;
  const doubts = doubtful === 0 ? '' : `, ${percent(doubtful / sent)} doubtful`;
  return `${percent(step.flawed)} lost or late${doubts}; delay p50 ${milliseconds(latencyMs.p50)}, p99 ${milliseconds(latencyMs.p99)}; cores: switch ${step.switchCores.toFixed(2)}, load ${step.peersCores.toFixed(2)}, others ${step.othersCores.toFixed(2)} (longest turn of the load ${milliseconds(stallMs)})`;
}

async function ramp(
  mediaWorkers: number,
  options: BenchOptions,
  progress: (sentence: string) => void,
): Promise<readonly Step[]> {
  const windowMs = sizeOf('BENCH_WINDOW_MS', 5_000, 2_000, options);
  const campaign = { bidders: [], staticUnits: 30 };
  await using system = await startCallSystem({ campaigns: [campaign], ringMs: 50, mediaWorkers, isMp3Made: false });
  const steps: Step[] = [];
  let up = 0;
  for (const calls of sizesOf('BENCH_MEDIA_STEPS', '50,100,200,300,400,500', '20,50', options)) {
    const added = { uri: system.uriOf(0), calls: calls - up, perSecond: ADDED_PER_SECOND, talkMs: null };
    const placed = await system.peers.ask<PlacedCall[]>('place', added);
    up = calls;
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const bridged = placed.filter(({ toBuyerMs }) => toBuyerMs !== null).length;
    const step = await measureStep(system, calls, windowMs);
    progress(`${calls} calls, ${mediaWorkers} media threads: ${describe(step)}`);
    steps.push(step);
    if (bridged < placed.length) progress(`  ${placed.length - bridged} calls were not bridged`);
    if (bridged < placed.length || step.flawedAtMost > FLAWED_MAX) break;
  }
  await system.peers.ask('hangup');
  return steps;
}

function lineOf(mediaWorkers: number, steps: readonly Step[]): BenchLine {
  const carried = steps.filter(({ flawedAtMost }) => flawedAtMost <= FLAWED_MAX).at(-1)?.calls ?? 0;
  const last = steps.at(-1);
  const isUnsure = last !== undefined && (last.flawed <= FLAWED_MAX || last.othersCores > OTHERS_MAX_CORES);
  return {
    name: `calls bridged and recorded, ${mediaWorkers} media ${mediaWorkers === 1 ? 'thread' : 'threads'}`,
    measured: `${carried}`,
    target: `${TARGET_CALLS} on two cores`,
    verdict: carried >= TARGET_CALLS ? 'PASS' : isUnsure ? 'UNSURE' : 'SHORT',
  };
}

export async function benchMedia(options: BenchOptions, progress: (sentence: string) => void): Promise<BenchLine[]> {
  const lines: BenchLine[] = [];
  for (const mediaWorkers of sizesOf('BENCH_MEDIA_WORKERS', '1,2', '1', options)) {
    progress(`calls through ${mediaWorkers} media threads`);
    const steps = await ramp(mediaWorkers, options, progress);
    lines.push(lineOf(mediaWorkers, steps), ...steps.map((step) => noted(`  at ${step.calls}`, describe(step))));
  }
  return lines;
}
