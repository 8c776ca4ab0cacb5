/**
 * Whole calls through control app, switch and peers: what a call costs the app, how long the caller waits for the answer, the
 * buyer for his audio, and the auction for nobody.
 */

import type { AuctionTimes } from './app-bench-process.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import { type BenchCampaign, type CallSystem, startCallSystem } from './call-system.js';
import { countBusyCores } from './machine.js';
import { median, milliseconds, percent, percentile } from './numbers.js';
import { type BenchOptions, sizeOf } from './options.js';
import type { PlacedCall, Placement } from './peers-process.js';
import { type ProcessorTime, processorTimeBetween, type ThreadKind, threadsMs } from './processor-time.js';
import type { Answering } from './timed-bidders.js';

const BIDDERS = 20;
const FASTEST_MS = 20;
const SLOWEST_MS = 80;
const PER_SECOND = 10;
/** Short ones: V8 compiles what it has met often, and a system that runs for weeks has met everything. */
const WARM_UP = { calls: 200, perSecond: 20, talkMs: 300 };
const QUICK_WARM_UP = { calls: 20, perSecond: 10, talkMs: 300 };
const SLOW_BIDDER_MS = 1_500;
/** The greeting is over 1 s after the answer, so the buyer answers into hold music. */
const RING_MS = 1_400;

/** As many as a large campaign asks for one call. */
const MANY_BIDDERS = 100;

const flowOf = (bidders: number): BenchCampaign => ({
  bidders: Array.from({ length: bidders }, (_each, place) => ({
    delayMs: FASTEST_MS + Math.round((place * (SLOWEST_MS - FASTEST_MS)) / (bidders - 1)),
    bidUnits: 20 + place,
  })),
  staticUnits: 30,
});
const flow = flowOf(BIDDERS);

const withSlow = (isKnownToLose: boolean): BenchCampaign => ({
  ...flow,
  bidders: [
    ...flow.bidders.map((bidder) => ({ ...bidder, maximumUnits: 60 })),
    { delayMs: SLOW_BIDDER_MS, bidUnits: 15, maximumUnits: isKnownToLose ? 20 : 100 },
  ],
});
const CAMPAIGNS = [flow, withSlow(true), withSlow(false), flowOf(MANY_BIDDERS)];

const present = (values: readonly (number | null)[]): number[] => values.flatMap((value) => value ?? []);

interface Measured {
  readonly placed: readonly PlacedCall[];
  readonly app: ProcessorTime;
  readonly switchMs: number;
  readonly busyCores: number;
  readonly auctions: AuctionTimes;
  readonly answerings: Record<string, Answering>;
}

async function measure(system: CallSystem, placement: Placement): Promise<Measured> {
  await system.app.ask('auctions');
  await system.peers.ask('answerings');
  const [appBefore, switchBefore] = await Promise.all([used(system.app), used(system.switch)]);
  const busyCores = countBusyCores();
  const placed = await system.peers.ask<PlacedCall[]>('place', placement);
  await system.app.ask('settled');
  const [app, theSwitch] = await Promise.all([used(system.app), used(system.switch)]);
  return {
    placed,
    app: processorTimeBetween(appBefore, app),
    busyCores: busyCores(),
    switchMs: theSwitch.allMs - switchBefore.allMs,
    auctions: await system.app.ask<AuctionTimes>('auctions'),
    answerings: await system.peers.ask<Record<string, Answering>>('answerings'),
  };
}

const used = (child: CallSystem['app']): Promise<ProcessorTime> => child.ask<ProcessorTime>('used');

/**
 * What a call costs while anybody waits for it, and beside it what is made of its recording afterwards: levels, waveform, MP3 and
 * its proof, by a thread of the lowest priority and by `lame`. The target is that of the first; the sum is printed as well.
 */
function costLines({ placed, app, switchMs, busyCores }: Measured): BenchLine[] {
  const calls = placed.length;
  const of = (kind: ThreadKind): number => threadsMs(app, kind) / calls;
  const perCall = app.allMs / calls - of('low');
  const lame = app.childrenMs / calls;
  const afterwards = of('low') + lame;
  const switchPerCall = switchMs / calls;
  return [
    judged(`control app, processor time a call, ${BIDDERS} bidders`, milliseconds(perCall), '5 ms', perCall <= 5),
    noted(
      '  of it',
      `main thread ${milliseconds(of('main'))}, V8 and libuv ${milliseconds(of('engine'))}, SQLite ${milliseconds(of('worker'))}`,
    ),
    noted(
      '  its share of app and switch',
      `${percent(perCall / (perCall + switchPerCall))}, switch ${milliseconds(switchPerCall)} a call`,
    ),
    noted(
      '  its recording afterwards',
      `${milliseconds(afterwards)} (lame ${milliseconds(lame)}), at the lowest priority`,
    ),
    noted('  both together', milliseconds(perCall + afterwards)),
    noted('  cores busy meanwhile, whoever was on the machine', busyCores.toFixed(2)),
  ];
}

function latencyLines({ placed }: Measured): BenchLine[] {
  const answers = present(placed.map(({ answerMs }) => answerMs));
  const toBuyer = present(placed.map(({ toBuyerMs }) => toBuyerMs));
  const toCaller = present(placed.map(({ toCallerMs }) => toCallerMs));
  const both = (values: readonly number[]): string =>
    `p50 ${milliseconds(median(values))}, p99 ${milliseconds(percentile(values, 0.99))}`;
  const isAnswered = answers.length === placed.length && median(answers) <= 20 && percentile(answers, 0.99) <= 60;
  const isHeard = toBuyer.length === placed.length && median(toBuyer) <= 40;
  return [
    judged(
      `INVITE to 200 OK, ${PER_SECOND} calls a second`,
      `${both(answers)} (${answers.length} of ${placed.length})`,
      'p50 20 ms, p99 60 ms (ours)',
      isAnswered,
    ),
    judged(
      "buyer's 200 to the caller's audio, p50",
      `${both(toBuyer)} (${toBuyer.length} of ${placed.length})`,
      '40 ms: two packets (ours)',
      isHeard,
    ),
    noted("  the buyer's audio at the caller", both(toCaller)),
  ];
}

/**
 * The auction is to end when the slowest whom it waits for has answered: counted from the moment that his answer leaves him. The whole over
 * the slowest bidder's own time has the sending of all pings in it, since he is asked last, and one process that plays all bidders.
 */
function auctionLines({ auctions, answerings }: Measured, bidders: number): BenchLine[] {
  const pairs = Object.entries(auctions).flatMap(([callId, auction]) => {
    const answering = answerings[callId];
    return answering === undefined ? [] : [{ auction, answering }];
  });
  const over = pairs.map(({ auction, answering }) => auction.tookMs - answering.slowestMs);
  const after = pairs.map(({ auction, answering }) => auction.endedAtMs - answering.lastAnswerAtMs);
  const both = (ms: readonly number[]): string =>
    `p50 ${milliseconds(median(ms))}, p99 ${milliseconds(percentile(ms, 0.99))}`;
  return [
    judged(
      `auction of ${bidders}: its end after the slowest has answered`,
      both(after),
      'p50 3 ms',
      median(after) <= 3,
    ),
    noted('  the whole auction over the slowest bidder, of 20 to 80 ms', both(over)),
  ];
}

/** Each of the hundred has a connection that is kept open, once it has been asked. */
async function manyBiddersLines(system: CallSystem, calls: number): Promise<BenchLine[]> {
  const placement = { perSecond: 2, talkMs: 300, uri: system.uriOf(3) };
  await measure(system, { ...placement, calls: 5 });
  return auctionLines(await measure(system, { ...placement, calls }), MANY_BIDDERS);
}

async function earlyCloseLine(system: CallSystem, calls: number): Promise<BenchLine> {
  const placement = { calls, perSecond: 4, talkMs: 300 };
  const early = await measure(system, { ...placement, uri: system.uriOf(1) });
  const waiting = await measure(system, { ...placement, uri: system.uriOf(2) });
  const [earlyMs, waitingMs] = [early, waiting].map(({ auctions }) =>
    median(Object.values(auctions).map(({ tookMs }) => tookMs)),
  );
  const ratio = (earlyMs ?? 0) / (waitingMs ?? 1);
  const measured = `${ratio.toFixed(2)} (${milliseconds(earlyMs ?? 0)} of ${milliseconds(waitingMs ?? 0)})`;
  return judged('auction closed early over waiting for all, one of 1.5 s', measured, 'ratio 0.2', ratio <= 0.2);
}

export async function benchCalls(options: BenchOptions, progress: (sentence: string) => void): Promise<BenchLine[]> {
  const calls = sizeOf('BENCH_CALLS', 150, 30, options);
  const talkMs = sizeOf('BENCH_TALK_MS', 4_000, 1_000, options);
  progress('starting switch, control app and peers');
  await using system = await startCallSystem({
    campaigns: CAMPAIGNS,
    ringMs: RING_MS,
    mediaWorkers: 1,
    isMp3Made: true,
  });
  const warmUp = options.isQuick ? QUICK_WARM_UP : WARM_UP;
  progress(`${warmUp.calls} calls that are not counted`);
  await measure(system, { uri: system.uriOf(0), ...warmUp });
  progress(`${calls} calls at ${PER_SECOND} a second`);
  const flowed = await measure(system, { uri: system.uriOf(0), calls, perSecond: PER_SECOND, talkMs });
  progress('auctions with one slow bidder');
  const earlyClose = await earlyCloseLine(system, options.isQuick ? 6 : 20);
  progress(`auctions of ${MANY_BIDDERS} bidders`);
  const many = await manyBiddersLines(system, options.isQuick ? 6 : 30);
  const alarms = await system.app.ask<string[]>('alarms');
  const trouble = alarms.length === 0 ? [] : [noted('  alarms of the control app', alarms.slice(0, 3).join('; '))];
  return [
    ...costLines(flowed),
    ...latencyLines(flowed),
    ...auctionLines(flowed, BIDDERS),
    ...many,
    earlyClose,
    ...trouble,
  ];
}
