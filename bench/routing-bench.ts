/**
 * The routing decision: from the arrival of a call, or of its last bid, to the knowledge which offer is tried first. Of every size
 * in turn, so that whatever else the machine does falls on all of them alike.
 */

import { TraceBuilder } from '../src/application/sale/trace-builder.js';
import { Auction } from '../src/domain/bidding/auction.js';
import type { PingOutcome } from '../src/domain/bidding/bid.js';
import { courseOf, type PlanCourse } from '../src/domain/plans/plan-course.js';
import type { PlanMemory } from '../src/domain/plans/plan-memory.js';
import type { PlanAnswer } from '../src/domain/plans/plan-move.js';
import { PlanWalk } from '../src/domain/plans/plan-walk.js';
import type { Moment } from '../src/domain/routing/eligibility.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import { median, milliseconds } from './numbers.js';
import { fullCourse, groundOf, momentOf, usedLoad } from './routing-ground.js';

const SIZES = [10, 1_000, 10_000] as const;
const ROUNDS = 41;
const PER_ROUND = 8;
/** As many as a switch has taken in its first hour: from then on it runs compiled code. */
const WARM_UP = 20_000;
/** Of these few are prepared for the compiler, since ten thousand bids go into one. */
const BIDS_WARM_UP = 2_000;

type Load = Pick<Moment, 'usedSlots' | 'usedCap'>;
/** Makes ready what is decided, so that only the decision is timed. */
type Prepare = () => () => void;

function bidOf(index: number): PingOutcome {
  const bid = { kind: 'bid', destination: null, reference: null, billAfterMs: null } as const;
  return { ...bid, amountMicros: 1_000_000 + ((index * 7_919) % 1_000_003) * 10, lifetimeMs: 60_000, latencyMs: 50 };
}

/** 8 MB: more than a core has to itself. */
const SWEPT = new Float64Array(1_000_000);

/** A call, or its last bid, comes when the processor has long been busy with other things: nothing of it is in the caches. */
function sweepCaches(): void {
  for (let at = 0; at < SWEPT.length; at += 8) SWEPT[at] = (SWEPT[at] ?? 0) + 1;
}

type Caches = 'cold' | 'warm';

function microsecondsOf(caches: Caches, prepare: Prepare): number[] {
  return Array.from({ length: PER_ROUND }, prepare).map((decide) => {
    if (caches === 'cold') sweepCaches();
    const startedMs = performance.now();
    decide();
    return (performance.now() - startedMs) * 1000;
  });
}

interface Measured {
  /** Of all decisions, in microseconds, by size. */
  readonly medians: readonly number[];
  /** Of the round that was disturbed least. */
  readonly quietest: readonly number[];
}

function measure(caches: Caches, preparations: readonly Prepare[]): Measured {
  const rounds = preparations.map((): number[][] => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    preparations.forEach((prepare, size) => {
      rounds[size]?.push(microsecondsOf(caches, prepare));
    });
  }
  return {
    medians: rounds.map((all) => median(all.flat())),
    quietest: rounds.map((all) => Math.min(...all.map(median))),
  };
}

const NOBODY_KNOWN: PlanMemory = {
  lastTurn: () => 0,
  takeTurn: () => () => undefined,
  lastTalkEndedAt: () => null,
  performanceOf: () => ({ calls: 0, revenueMicros: 0 }),
  experienceOf: () => ({ dials: 0, connected: 0, converted: 0, talkMs: 0 }),
};

function walkOf(course: PlanCourse, moment: Moment): PlanWalk {
  return new PlanWalk(course, { moment: () => moment, memory: NOBODY_KNOWN, sourceId: 'source', random: Math.random });
}

/** To the first step; bids are not asked for. */
function walkToFirst(walk: PlanWalk): void {
  for (let answer: PlanAnswer = { kind: 'begin' }; ; ) {
    const move = walk.next(answer);
    if (move.kind === 'dial') return;
    if (move.kind === 'end') throw new Error('no offer');
    const auction = new Auction(move.visit.field, Math.random);
    if (move.visit.field.bidding().length > 0 || !auction.isDecided()) throw new Error('nobody bids');
    answer = { kind: 'offers', offers: auction };
  }
}

function staticDecision(course: PlanCourse, load: Load): Prepare {
  return () => {
    const moment = momentOf(load);
    return () => walkToFirst(walkOf(course, moment));
  };
}

/** All bids but the last are in; the last one comes, and the auction is closed, its winner and the runner-up known. */
function bidDecision(course: PlanCourse, load: Load): Prepare {
  return () => {
    const walk = walkOf(course, momentOf(load));
    const move = walk.next({ kind: 'begin' });
    if (move.kind !== 'ask') throw new Error('the plan is an auction');
    const auction = new Auction(move.visit.field, Math.random);
    const asked = move.visit.field.plan.bidding;
    for (const planned of asked) auction.awaitBid(planned);
    auction.isDecided();
    asked.slice(1).forEach((planned, index) => {
      auction.enterBid(planned, bidOf(index), 50);
      auction.isDecided();
    });
    const [last] = asked;
    const outcome = bidOf(asked.length);
    return () => {
      if (last !== undefined) auction.enterBid(last, outcome, 50);
      if (!auction.isDecided() || auction.offerAt(1) === null) throw new Error('no offer');
      if (walk.next({ kind: 'offers', offers: auction }).kind !== 'dial') throw new Error('no offer');
    };
  };
}

/** What is left for after the decision: every check of every target, as sentences. */
function traceMs(course: PlanCourse, load: Load): number {
  const times = Array.from({ length: 5 }, () => {
    const walk = walkOf(course, momentOf(load));
    walkToFirst(walk);
    const trace = new TraceBuilder(walk);
    const startedMs = performance.now();
    trace.build(1);
    return performance.now() - startedMs;
  });
  return median(times);
}

const listed = (micros: readonly number[]): string => micros.map((each) => each.toFixed(2)).join(' / ');

const ratioOf = (micros: readonly number[]): number => (micros.at(-1) ?? 0) / (micros[0] ?? 1);

function decisionLines(name: string, preparations: readonly Prepare[], warmUp: number): BenchLine[] {
  const first = measureFirst(preparations);
  const [smallest] = preparations;
  for (let times = 0; times < warmUp; times += 1) smallest?.()();
  // The others have shapes of their own, which the compiler has to see as well.
  measure('warm', preparations);
  const cold = measure('cold', preparations);
  const warm = measure('warm', preparations);
  return [
    judged(
      `routing decision, ${name}, of ${SIZES.join(' / ')}`,
      `${listed(cold.medians)} us`,
      'under 10 us',
      Math.max(...cold.medians) < 10,
    ),
    judged('  ratio of 10,000 to 10', ratioOf(cold.medians).toFixed(2), '3', ratioOf(cold.medians) <= 3),
    noted('  of the round that was disturbed least', `${listed(cold.quietest)} us`),
    noted(
      '  with what it needs in the caches',
      `${listed(warm.medians)} us, ratio ${ratioOf(warm.medians).toFixed(2)}`,
    ),
    noted('  of the first calls of a process, not yet compiled', `${listed(first)} us`),
  ];
}

function measureFirst(preparations: readonly Prepare[]): readonly number[] {
  return preparations.map((prepare) => median(microsecondsOf('cold', prepare)));
}

export async function benchRouting(progress: (sentence: string) => void): Promise<BenchLine[]> {
  const load = await usedLoad(Math.max(...SIZES));
  const coursesOf = (kind: 'static' | 'bid'): PlanCourse[] =>
    SIZES.map((size) => {
      const { configuration, campaign } = groundOf(size, kind);
      return courseOf(configuration, campaign);
    });
  progress('all conditions on');
  const full = SIZES.map(fullCourse);
  const fullLines = decisionLines(
    'all conditions on, in a plan',
    full.map((course) => staticDecision(course, load)),
    WARM_UP,
  );
  progress('static prices');
  const statics = coursesOf('static');
  const staticLines = decisionLines(
    'static prices',
    statics.map((course) => staticDecision(course, load)),
    WARM_UP,
  );
  progress('live bids');
  const bids = coursesOf('bid').map((course) => bidDecision(course, load));
  const bidLines = decisionLines('last bid in', bids, BIDS_WARM_UP);
  const startedMs = performance.now();
  fullCourse(10_000);
  const planMs = performance.now() - startedMs;
  return [
    ...fullLines,
    noted(
      '  its trace, written when the call ends',
      full.map((course) => milliseconds(traceMs(course, load))).join(' / '),
    ),
    noted('  configuration and plan of 10,000 targets, once per version', milliseconds(planMs)),
    ...staticLines,
    ...bidLines,
  ];
}
