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
import { type Configuration, indexConfiguration } from '../src/domain/configuration.js';
import { RoutingField } from '../src/domain/routing-field.js';
import { makeRoutingPlan, type RoutingPlan } from '../src/domain/routing-plan.js';
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
function warmedUp(plans: readonly RoutingPlan[], measure: (plan: RoutingPlan) => number): number[] {
  for (const plan of plans) measure(plan);
  return plans.map(measure);
}

function staticDecision(plan: RoutingPlan, used: Map<string, number>, caches: Caches): number {
  const moment = {
    wallMs: WALL_MS,
    usedSlots: (key: string) => used.get(key) ?? 0,
    usedCap: () => 0,
    tags: TAGS,
    history: NO_HISTORY,
    caller: CALLER,
  };
  return microsecondsOf(caches, () => () => {
    const field = new RoutingField(plan, moment);
    const auction = new Auction(field, Math.random);
    if (field.bidding().length > 0 || !auction.isDecided() || auction.offerAt(0) === null) throw new Error('no offer');
  });
}

/** All bids but the last are in; the last one comes, and the auction is closed, its winner and the runner-up known. */
function bidDecision(plan: RoutingPlan, used: Map<string, number>, caches: Caches): number {
  const moment = {
    wallMs: WALL_MS,
    usedSlots: (key: string) => used.get(key) ?? 0,
    usedCap: () => 0,
    tags: TAGS,
    history: NO_HISTORY,
    caller: CALLER,
  };
  return microsecondsOf(caches, () => {
    const auction = new Auction(new RoutingField(plan, moment), Math.random);
    const asked = plan.bidding;
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
      if (!auction.isDecided() || auction.offerAt(0) === null || auction.offerAt(1) === null)
        throw new Error('no offer');
    };
  });
}

/** What is left for after the decision: every check of every target, as sentences. */
function traceMs(plan: RoutingPlan, used: Map<string, number>): number {
  const times = Array.from({ length: 5 }, () => {
    const field = new RoutingField(plan, {
      wallMs: WALL_MS,
      usedSlots: (key) => used.get(key) ?? 0,
      usedCap: () => 0,
      tags: TAGS,
      history: NO_HISTORY,
      caller: CALLER,
    });
    const auction = new Auction(field, Math.random);
    auction.offerAt(0);
    const trace = new TraceBuilder(field);
    trace.rankBy(() => auction.ranking());
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
  measure: (plan: RoutingPlan, caches: Caches) => number,
  plans: readonly RoutingPlan[],
): BenchLine[] {
  const cold = warmedUp(plans, (plan) => measure(plan, 'cold'));
  const warm = warmedUp(plans, (plan) => measure(plan, 'warm'));
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

export async function benchRouting(progress: (sentence: string) => void): Promise<BenchLine[]> {
  const used = usedSlots();
  const plans = (kind: 'static' | 'bid'): RoutingPlan[] =>
    SIZES.map((size) => {
      const { configuration, campaign } = groundOf(size, kind);
      return makeRoutingPlan(configuration, campaign);
    });
  progress('static prices');
  const statics = plans('static');
  const staticLines = decisionLines('static prices', (plan, caches) => staticDecision(plan, used, caches), statics);
  progress('live bids');
  const bidLines = decisionLines('last bid in', (plan, caches) => bidDecision(plan, used, caches), plans('bid'));
  const { configuration, campaign } = groundOf(10_000, 'static');
  const startedMs = performance.now();
  makeRoutingPlan(configuration, campaign);
  const planMs = performance.now() - startedMs;
  const traces = statics.map((plan) => milliseconds(traceMs(plan, used))).join(' / ');
  return [
    ...staticLines,
    ...bidLines,
    noted('  its trace, written when the call ends', traces),
    noted('  plan of 10,000 targets, once per version', milliseconds(planMs)),
  ];
}
