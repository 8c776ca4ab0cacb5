/**
 * The routing decision: from the arrival of a call, or of its last bid, to the knowledge which offer is tried first. Targets
 * have opening hours and call limits, so that each one that is looked at has to be looked at in earnest.
 */

import { TraceBuilder } from '../src/application/trace-builder.js';
import { Auction } from '../src/domain/auction.js';
import type { PingOutcome } from '../src/domain/bid.js';
import type { Bidder } from '../src/domain/bidder.js';
import type { Buyer, Target } from '../src/domain/buyer.js';
import type { CallTags } from '../src/domain/call-tags.js';
import { NO_HISTORY } from '../src/domain/caller-history.js';
import type { Campaign } from '../src/domain/campaign.js';
import type { Cap } from '../src/domain/cap.js';
import type { Condition } from '../src/domain/condition.js';
import { type Configuration, indexConfiguration } from '../src/domain/configuration.js';
import type { Moment } from '../src/domain/eligibility.js';
import type { PlanGroup, PlanNode, PlanTarget } from '../src/domain/plan.js';
import { courseOf, makeCourse, type PlanCourse } from '../src/domain/plan-course.js';
import type { PlanMemory } from '../src/domain/plan-memory.js';
import { type PlanAnswer, PlanWalk } from '../src/domain/plan-walk.js';
import { buildConfiguration } from '../test/e2e/campaign-builder.js';
import { type BenchLine, judged, noted } from './bench-line.js';
import { median, milliseconds } from './numbers.js';

const SIZES = [10, 1_000, 10_000] as const;
const ROUNDS = 31;
const PER_ROUND = 10;
const PRICES = 200;
const WALL_MS = Date.UTC(2026, 10, 23, 12);
const TAGS: CallTags = new Map([
  ['caller.state', 'TX'],
  ['caller.area_code', '512'],
]);
const CALLER = { callerNumber: '+15125550123', entries: [] };
const ZONES = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'];

interface Ground {
  readonly configuration: Configuration;
  readonly campaign: Campaign;
}

function groundOf(count: number, kind: 'static' | 'bid'): Ground {
  const base = buildConfiguration([{ targets: [{ id: 'one', uri: 'sip:one@127.0.0.1', bidderUrl: 'http://b' }] }], []);
  const [target, bidder, buyer, campaign] = [base.targets[0], base.bidders[0], base.buyers[0], base.campaigns[0]];
  if (target === undefined || bidder === undefined || buyer === undefined || campaign === undefined) throw new Error();
  const ids = Array.from({ length: count }, (_each, index) => `target-${index}`);
  const allDay = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1_440 }));
  const targets = ids.map((id, index): Target => {
    const amountMicros = (1 + ((index * 7_919) % PRICES)) * 1_000_000;
    const schedule = { timeZone: ZONES[index % ZONES.length] ?? '', ranges: allDay };
    const pricing = kind === 'static' ? ({ kind, amountMicros } as const) : { kind, bidderId: id, minimumMicros: 0 };
    return { ...target, id, buyerId: id, pricing, schedule, maxCalls: 50, priority: 1 + (index % 2) };
  });
  const buyers = ids.map((id): Buyer => ({ ...buyer, id, maxCalls: 100 }));
  const bidders = ids.map((id): Bidder => ({ ...bidder, id }));
  const campaigns = [{ ...campaign, targetIds: ids }];
  const configuration = indexConfiguration(1, { ...base, targets, buyers, bidders, campaigns });
  return { configuration, campaign: campaigns[0] ?? campaign };
}

/** Ten calls are up on each of some hundred targets. */
function usedSlots(): Map<string, number> {
  return new Map(Array.from({ length: 300 }, (_each, index) => [`target:target-${index * 7}`, 10]));
}

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

/** Median of single decisions, in microseconds. */
function microsecondsOf(caches: Caches, prepare: () => () => void): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const decide of Array.from({ length: PER_ROUND }, prepare)) {
      if (caches === 'cold') sweepCaches();
      const startedMs = performance.now();
      decide();
      times.push((performance.now() - startedMs) * 1000);
    }
  }
  return median(times);
}

/** All sizes once before they count, so that the first does not pay for the compiler. */
function warmedUp(courses: readonly PlanCourse[], measure: (course: PlanCourse) => number): number[] {
  for (const course of courses) measure(course);
  return courses.map(measure);
}

function momentOf(used: ReadonlyMap<string, number>): Moment {
  const usedSlots = (key: string): number => used.get(key) ?? 0;
  return { wallMs: WALL_MS, usedSlots, usedCap: () => 0, tags: TAGS, history: NO_HISTORY, caller: CALLER };
}

const NOBODY_KNOWN: PlanMemory = {
  lastTurn: () => 0,
  takeTurn: () => () => undefined,
  lastTalkEndedAt: () => null,
  performanceOf: () => ({ calls: 0, revenueMicros: 0 }),
  experienceOf: () => ({ dials: 0, connected: 0, converted: 0, talkMs: 0 }),
};

function walkOf(course: PlanCourse, used: ReadonlyMap<string, number>): PlanWalk {
  const moment = momentOf(used);
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

function staticDecision(course: PlanCourse, used: Map<string, number>, caches: Caches): number {
  return microsecondsOf(caches, () => () => walkToFirst(walkOf(course, used)));
}

/** All bids but the last are in; the last one comes, and the auction is closed, its winner and the runner-up known. */
function bidDecision(course: PlanCourse, used: Map<string, number>, caches: Caches): number {
  return microsecondsOf(caches, () => {
    const walk = walkOf(course, used);
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
  });
}

/** What is left for after the decision: every check of every target, as sentences. */
function traceMs(course: PlanCourse, used: Map<string, number>): number {
  const times = Array.from({ length: 5 }, () => {
    const walk = walkOf(course, used);
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

function decisionLines(
  name: string,
  measure: (course: PlanCourse, caches: Caches) => number,
  courses: readonly PlanCourse[],
): BenchLine[] {
  const cold = warmedUp(courses, (course) => measure(course, 'cold'));
  const warm = warmedUp(courses, (course) => measure(course, 'warm'));
  return [
    judged(
      `routing decision, ${name}, of ${SIZES.join(' / ')}`,
      `${listed(cold)} us`,
      'under 10 us',
      Math.max(...cold) < 10,
    ),
    judged('  ratio of 10,000 to 10', ratioOf(cold).toFixed(2), '3', ratioOf(cold) <= 3),
    noted('  with what it needs in the caches', `${listed(warm)} us, ratio ${ratioOf(warm).toFixed(2)}`),
  ];
}

const IN_TEXAS: Condition = {
  ...{ kind: 'tag', tag: 'caller.state', operator: 'in', values: ['TX', 'OK'], passesIfMissing: false },
};
const OUTSIDE: Condition = { kind: 'not', of: IN_TEXAS };

const group = (id: string, kind: 'sequential' | 'share' | 'auction', members: readonly PlanNode[]): PlanGroup => ({
  ...{ kind: 'group', id, name: id, isActive: true, strategy: { kind }, priority: null, weight: null, condition: null },
  ...{ schedule: null, maxCalls: null, caps: [], hedgeAfterMs: null, members },
});

/** Every kind of condition and limit on every node on the way: a group is passed over, a share drawn, an auction held in it. */
function treeOf(size: number): PlanCourse {
  const ground = groundOf(size, 'static');
  const cap: Cap = {
    dimension: 'connected',
    window: 'day',
    limit: 1_000_000,
    timeZone: 'America/Chicago',
    kind: 'hard',
  };
  const ranges = ([1, 2, 3, 4, 5, 6, 7] as const).map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1_440 }));
  const limits = { condition: IN_TEXAS, schedule: { timeZone: 'America/Chicago', ranges }, maxCalls: 900, caps: [cap] };
  const target = (targetId: string): PlanTarget => {
    return { kind: 'target', targetId, priority: null, weight: null, condition: IN_TEXAS };
  };
  const { targetIds } = ground.campaign;
  const root = group('all', 'sequential', [
    { ...group('elsewhere', 'auction', targetIds.slice(0, 5).map(target)), condition: OUTSIDE },
    {
      ...group('split', 'share', [
        { ...group('new', 'auction', targetIds.slice(0, 5).map(target)), weight: 1, condition: OUTSIDE },
        { ...group('texas', 'auction', targetIds.map(target)), ...limits, weight: 9 },
      ]),
      ...limits,
    },
  ]);
  const capped = [...ground.configuration.targets.values()].map((each): Target => ({ ...each, caps: [cap] }));
  const targets = new Map(capped.map((each) => [each.id, each]));
  return makeCourse({ ...ground.configuration, targets }, ground.campaign, {
    id: 'bench',
    name: 'bench',
    version: 1,
    root,
  });
}

export async function benchRouting(progress: (sentence: string) => void): Promise<BenchLine[]> {
  const used = usedSlots();
  const courses = (kind: 'static' | 'bid'): PlanCourse[] =>
    SIZES.map((size) => {
      const { configuration, campaign } = groundOf(size, kind);
      return courseOf(configuration, campaign);
    });
  progress('static prices');
  const statics = courses('static');
  const staticLines = decisionLines('static prices', (course, caches) => staticDecision(course, used, caches), statics);
  progress('live bids');
  const bidLines = decisionLines('last bid in', (course, caches) => bidDecision(course, used, caches), courses('bid'));
  progress('a plan');
  const trees = SIZES.map(treeOf);
  const treeLines = decisionLines(
    'through a plan tree',
    (course, caches) => staticDecision(course, used, caches),
    trees,
  );
  const { configuration, campaign } = groundOf(10_000, 'static');
  const startedMs = performance.now();
  courseOf(configuration, campaign);
  const planMs = performance.now() - startedMs;
  const traces = statics.map((course) => milliseconds(traceMs(course, used))).join(' / ');
  return [
    ...staticLines,
    ...bidLines,
    ...treeLines,
    noted('  its trace, written when the call ends', traces),
    noted('  plan of 10,000 targets, once per version', milliseconds(planMs)),
  ];
}
