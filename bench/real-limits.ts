/** How much of a machine a live call holds, and how many calls a second each contender of the real bench takes without losing one. */
import { type BenchLine, judged, noted } from './bench-line.js';
import { percent } from './numbers.js';
import { type BenchOptions, sizeOf, sizesOf } from './options.js';
import { type Contender, type ContenderName, type Ground, startContender, TITLES } from './real-contenders.js';
import { isWhole, pause, place } from './real-placing.js';
import { processUse, type RealServersPlan } from './server-access.js';

const RATE_SECONDS = 3;
const RATE_TALK_MS = 2_000;
/** A caller who is not joined with his buyer by then has hung up; the whole takes 1.2 s. */
const RATE_PATIENCE_MS = 8_000;
/** So few may have failed by chance. */
const ODD_CALLS = 2;
/** The least program first loses calls and then leaves channels behind, which would weigh on whoever came after it. */
const TURNS = ['plain', 'ringpost', 'minimal'] as const satisfies readonly ContenderName[];
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

/** Where to try next, between the highest rate that was clean and the lowest that was not: doubled until one is not, then halved. */
function nextPlace(rates: readonly number[], clean: number, failed: number): number {
  if (failed < rates.length) return Math.floor((clean + failed) / 2);
  const doubled = rates.findIndex((rate) => rate >= 2 * (rates[clean] ?? 0));
  return doubled === -1 ? rates.length - 1 : Math.max(doubled, clean + 1);
}

/**
 * The highest of the rates, which rise, at which every call was whole; 0 when not even the first was. One that failed by a call or two is
 * tried again: a packet may get lost anywhere.
 */
async function cleanRate(
  ground: Ground,
  contender: Contender,
  rates: readonly number[],
  progress: Progress,
): Promise<number> {
  const attempt = async (perSecond: number): Promise<number> => {
    const calls = perSecond * RATE_SECONDS;
    const how = { perSecond, calls, talkMs: RATE_TALK_MS, patienceMs: RATE_PATIENCE_MS };
    const failed = (await place(ground, contender, how)).filter((call) => !isWhole(call)).length;
    progress(`  ${perSecond} a second: ${failed} of ${calls} failed`);
    if (failed > 0) await pause(RECOVERY_MS);
    return failed;
  };
  let [clean, failed] = [-1, rates.length];
  while (clean + 1 < failed) {
    const tried = nextPlace(rates, clean, failed);
    const perSecond = rates[tried] ?? 0;
    const lost = await attempt(perSecond);
    if (lost === 0 || (lost <= ODD_CALLS && (await attempt(perSecond)) === 0)) clean = tried;
    else failed = tried;
  }
  return rates[clean] ?? 0;
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
  const rates = sizesOf('BENCH_RATES', '20,30,40,50,60,70,80,90,100,110,120,130,140,150,160', '5,10', options);
  const calls = sizeOf('BENCH_LIVE_CALLS', 50, 10, options);
  const clean: Record<ContenderName, number> = { plain: 0, minimal: 0, ringpost: 0 };
  const memories: BenchLine[] = [];
  let standing = options.isQuick ? 20 : 60;
  for (const name of TURNS) {
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
