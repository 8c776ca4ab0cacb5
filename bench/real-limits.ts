/** How much of a machine a live call holds, and how many calls a second each contender of the real bench takes without losing one. */
import { type BenchLine, judged, noted } from './bench-line.js';
import { percent } from './numbers.js';
import { type BenchOptions, sizeOf, sizesOf } from './options.js';
import {
  CONTENDERS,
  type Contender,
  type ContenderName,
  type Ground,
  startContender,
  TITLES,
} from './real-contenders.js';
import { isWhole, pause, place } from './real-placing.js';
import { processUse, type RealServersPlan } from './server-access.js';

const RATE_SECONDS = 3;
const RATE_TALK_MS = 2_000;
const RECOVERY_MS = 3_000;
const MEMORY_PER_SECOND = 20;

interface Memory {
  readonly freeswitchMb: number;
  readonly drachtioMb: number;
  readonly nodeMb: number;
}

type Progress = (sentence: string) => void;

async function memoryOf(servers: RealServersPlan, { node }: Contender): Promise<Memory> {
  return {
    freeswitchMb: processUse(servers.freeswitchPid).residentMb,
    drachtioMb: processUse(servers.drachtioPid).residentMb,
    nodeMb: node === null ? 0 : await node.ask<number>('liveMb'),
  };
}

/**
 * What `calls` add on top of `standing` ones. A server keeps what it once had and hands it out again, so there must be as many
 * standing as it ever carried before.
 */
async function measureMemory(
  servers: RealServersPlan,
  ground: Ground,
  contender: Contender,
  { standing, calls }: { readonly standing: number; readonly calls: number },
): Promise<Memory> {
  const placeUp = (count: number): Promise<unknown> =>
    ground.peers.ask('place', {
      ...contender.placement,
      ...{ calls: count, perSecond: MEMORY_PER_SECOND, talkMs: null },
    });
  await placeUp(standing);
  const before = await memoryOf(servers, contender);
  await placeUp(calls);
  const after = await memoryOf(servers, contender);
  await ground.peers.ask('hangup');
  await contender.node?.ask('settled');
  await pause(RECOVERY_MS);
  return {
    freeswitchMb: (after.freeswitchMb - before.freeswitchMb) / calls,
    drachtioMb: (after.drachtioMb - before.drachtioMb) / calls,
    nodeMb: (after.nodeMb - before.nodeMb) / calls,
  };
}

/** The last rate at which every call was whole; 0 when not even the first was. A rate may be tried twice: one packet may get lost anywhere. */
async function cleanRate(
  ground: Ground,
  contender: Contender,
  rates: readonly number[],
  progress: Progress,
): Promise<number> {
  const attempt = async (perSecond: number): Promise<boolean> => {
    const how = { perSecond, calls: perSecond * RATE_SECONDS, talkMs: RATE_TALK_MS };
    const failed = (await place(ground, contender, how)).filter((call) => !isWhole(call)).length;
    progress(`  ${perSecond} a second: ${failed} of ${how.calls} failed`);
    if (failed > 0) await pause(RECOVERY_MS);
    return failed === 0;
  };
  let clean = 0;
  for (const perSecond of rates) {
    if (!(await attempt(perSecond)) && !(await attempt(perSecond))) break;
    clean = perSecond;
  }
  return clean;
}

function memoryLine(name: ContenderName, { freeswitchMb, drachtioMb, nodeMb }: Memory): BenchLine {
  const mb = (value: number): string => `${value.toFixed(2)} MB`;
  const measured = `FreeSWITCH ${mb(freeswitchMb)}, drachtio ${mb(drachtioMb)}, Node ${mb(nodeMb)} of objects`;
  return noted(`  memory a live call, ${TITLES[name]}`, measured);
}

export async function benchLimits(
  options: BenchOptions,
  servers: RealServersPlan,
  ground: Ground,
  progress: Progress,
): Promise<BenchLine[]> {
  const rates = sizesOf('BENCH_RATES', '40,60,80,100,120,140,160', '5,10', options);
  const calls = sizeOf('BENCH_LIVE_CALLS', 50, 10, options);
  const clean: Record<ContenderName, number> = { plain: 0, minimal: 0, ringpost: 0 };
  const memories: BenchLine[] = [];
  let standing = options.isQuick ? 20 : 60;
  for (const name of CONTENDERS) {
    progress(`memory and highest clean rate: ${TITLES[name]}`);
    await using contender = await startContender(name, ground);
    memories.push(memoryLine(name, await measureMemory(servers, ground, contender, { standing, calls })));
    standing += calls;
    clean[name] = await cleanRate(ground, contender, rates, progress);
  }
  const share = clean.ringpost / clean.plain;
  const measured = `${clean.ringpost} of ${clean.plain} a second (${percent(share)}); least program ${clean.minimal}`;
  return [judged('highest rate without a failed call, of plain', measured, 'ratio 0.85', share >= 0.85), ...memories];
}
