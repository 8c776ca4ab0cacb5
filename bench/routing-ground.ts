/** Campaigns of any size for the routing bench: plain ones, and one with every condition and limit on every node at once. */
import { MemorySlotCounter } from '../src/adapters/memory/memory-slot-counter.js';
import { CapCounter } from '../src/application/sale/cap-counter.js';
import type { Bidder } from '../src/domain/bidding/bidder.js';
import type { CallerHistory } from '../src/domain/callers/caller-history.js';
import type { Buyer, Target } from '../src/domain/campaigns/buyer.js';
import type { Campaign } from '../src/domain/campaigns/campaign.js';
import {
  type Configuration,
  type ConfigurationDocument,
  indexConfiguration,
} from '../src/domain/campaigns/configuration.js';
import type { PlanGroup, PlanNode, PlanTarget } from '../src/domain/plans/plan.js';
import { makeCourse, type PlanCourse } from '../src/domain/plans/plan-course.js';
import { type Cap, type CapUse, countedCaps, windowAt } from '../src/domain/routing/cap.js';
import type { Condition, TagComparison } from '../src/domain/routing/condition.js';
import type { Moment } from '../src/domain/routing/eligibility.js';
import type { Schedule } from '../src/domain/routing/schedule.js';
import { buildConfiguration } from '../test/e2e/campaign-builder.js';

const PRICES = 200;
/** A Monday: noon in New York, where the targets have their lunch, and morning in the west. */
export const WALL_MS = Date.UTC(2026, 10, 23, 17);
const ZONES = ['America/New_York', 'America/Chicago', 'America/Denver', 'America/Los_Angeles'];
const STATES = ['TX', 'CA', 'NY', 'FL', 'IL', 'PA', 'OH', 'GA', 'NC', 'MI'];
const WEEK = [1, 2, 3, 4, 5, 6, 7] as const;
const TAGS: readonly (readonly [string, string])[] = [
  ['caller.number', '+15125550123'],
  ['caller.attestation', 'A'],
  ['caller.state', 'TX'],
  ['caller.area_code', '512'],
  ['ivr.age', '66'],
];
const CALLER = { callerNumber: '+15125550123', entries: [] };

export interface Ground {
  readonly configuration: Configuration;
  readonly campaign: Campaign;
}

const zoneOf = (index: number): string => ZONES[index % ZONES.length] ?? '';

interface Rows {
  readonly target: Target;
  readonly bidder: Bidder;
  readonly buyer: Buyer;
  readonly campaign: Campaign;
  readonly others: ConfigurationDocument;
}

function sampleRows(): Rows {
  const others = buildConfiguration(
    [{ targets: [{ id: 'one', uri: 'sip:one@127.0.0.1', bidderUrl: 'http://b' }] }],
    [],
  );
  const [target, bidder, buyer, campaign] = [
    others.targets[0],
    others.bidders[0],
    others.buyers[0],
    others.campaigns[0],
  ];
  if (target === undefined || bidder === undefined || buyer === undefined || campaign === undefined) throw new Error();
  return { target, bidder, buyer, campaign, others };
}

/** Targets that have opening hours and call limits, so that each one that is looked at has to be looked at in earnest. */
export function groundOf(count: number, kind: 'static' | 'bid'): Ground {
  const { target, bidder, buyer, campaign, others } = sampleRows();
  const ids = Array.from({ length: count }, (_each, index) => `target-${index}`);
  const ranges = WEEK.map((weekday) => ({ weekday, fromMinute: 0, toMinute: 1_440 }));
  const targets = ids.map((id, index): Target => {
    const amountMicros = (1 + ((index * 7_919) % PRICES)) * 1_000_000;
    const pricing = kind === 'static' ? ({ kind, amountMicros } as const) : { kind, bidderId: id, minimumMicros: 0 };
    const schedule = { timeZone: zoneOf(index), ranges };
    return { ...target, id, buyerId: id, pricing, schedule, maxCalls: 50, priority: 1 + (index % 2) };
  });
  const buyers = ids.map((id): Buyer => ({ ...buyer, id, maxCalls: 100 }));
  const bidders = ids.map((id): Bidder => ({ ...bidder, id }));
  const found = { ...campaign, targetIds: ids };
  return {
    configuration: indexConfiguration(1, { ...others, targets, buyers, bidders, campaigns: [found] }),
    campaign: found,
  };
}

function cap(dimension: Cap['dimension'], window: Cap['window'], limit: number, kind: Cap['kind'] = 'hard'): Cap {
  return { dimension, window, limit, timeZone: 'America/Chicago', kind };
}

const TARGET_CAPS = [cap('attempts', 'hour', 200), cap('connected', 'day', 1_000), cap('revenue', 'month', 10 ** 12)];
const BUYER_CAPS = [cap('converted', 'month', 50_000), cap('attempts', 'total', 9, 'soft')];

function tag(name: string, operator: TagComparison['operator'], values: readonly string[]): Condition {
  return { kind: 'tag', tag: name, operator, values, passesIfMissing: false };
}

/** Half of the states, an age, an attestation, and an area that is left out. */
function conditionOf(index: number): Condition {
  const states = STATES.filter((_state, at) => (at + index) % STATES.length < 5);
  const withoutArea: Condition = { kind: 'not', of: tag('caller.area_code', 'in', [`${200 + (index % 300)}`]) };
  const attested: Condition = { kind: 'attestation', atLeast: 'B' };
  return {
    kind: 'all',
    of: [tag('caller.state', 'in', states), tag('ivr.age', 'at-least', ['65']), attested, withoutArea],
  };
}

/** Weekdays with a break, but for the holidays of two calendars. */
function scheduleOf(index: number): Schedule {
  const ranges = ([1, 2, 3, 4, 5] as const).flatMap((weekday) => [
    { weekday, fromMinute: 480, toMinute: 720 },
    { weekday, fromMinute: 780, toMinute: 1_200 },
  ]);
  return { timeZone: zoneOf(index), ranges, calendarIds: ['federal', 'own'] };
}

const CALENDARS = ['federal', 'own'].map((id) => ({
  id,
  name: id,
  days: ['12-25', '2026-11-26', '07-04'].map((date) => ({ date, name: date, ranges: [] })),
}));

function fullTarget(target: Target, index: number): Target {
  const until = index % 10 === 3 ? WALL_MS + 3_600_000 : WALL_MS - 3_600_000;
  const pause = { reason: 'lunch', by: 'ops', at: WALL_MS - 7_200_000, until };
  return { ...target, weight: 1 + (index % 3), schedule: scheduleOf(index), caps: TARGET_CAPS, pause };
}

function fullBuyer(buyer: Buyer): Buyer {
  const duplicates = { restrict: 'buyer', after: 'converted', days: 30 } as const;
  return { ...buyer, caps: BUYER_CAPS, duplicates, blockedCallers: ['+1900*', '+15125550999'] };
}

const group = (id: string, kind: 'sequential' | 'share' | 'auction', members: readonly PlanNode[]): PlanGroup => ({
  ...{ kind: 'group', id, name: id, isActive: true, strategy: { kind }, priority: null, weight: null, condition: null },
  ...{ schedule: null, maxCalls: null, caps: [], hedgeAfterMs: null, members },
});

const seat = (targetId: string, index: number): PlanTarget => {
  return { kind: 'target', targetId, priority: null, weight: null, condition: conditionOf(index) };
};

/** A group is passed over, a share drawn, an auction held in it; each has a condition, hours, and limits of calls at once and a day. */
export function fullCourse(size: number): PlanCourse {
  const { configuration, campaign } = groundOf(size, 'static');
  const { others } = sampleRows();
  const targets = [...configuration.targets.values()].map(fullTarget);
  const buyers = [...configuration.buyers.values()].map(fullBuyer);
  const sameBuyer = { mode: 'different', days: 30 } as const;
  const campaigns = [{ ...campaign, sameBuyer }];
  const found = indexConfiguration(1, { ...others, targets, buyers, campaigns, calendars: CALENDARS });
  const inTexas = tag('caller.state', 'in', ['TX', 'OK']);
  const limits = {
    condition: inTexas,
    schedule: { ...scheduleOf(1), calendars: CALENDARS },
    maxCalls: 900,
    caps: TARGET_CAPS,
  };
  const few = campaign.targetIds.slice(0, 5).map(seat);
  const outside: Condition = { kind: 'not', of: inTexas };
  const root = group('all', 'sequential', [
    { ...group('elsewhere', 'auction', few), condition: outside },
    {
      ...group('split', 'share', [
        { ...group('new', 'auction', few), weight: 1, condition: outside },
        { ...group('texas', 'auction', campaign.targetIds.map(seat)), ...limits, weight: 9 },
      ]),
      ...limits,
    },
  ]);
  return makeCourse(found, campaigns[0] ?? campaign, { id: 'bench', name: 'bench', version: 1, root });
}

const CLOCK = { wallMs: () => WALL_MS, monotonicMs: () => 0, startTimer: () => () => undefined };

/** He has been with three targets before, of which one may not have him again. */
const HISTORY: CallerHistory = {
  isKnown: true,
  contacts: ['target-4', 'target-17', 'target-902'].map((id, index) => {
    const at = WALL_MS - (index + 1) * 20 * 86_400_000;
    return { targetId: id, buyerId: id, firstConnectedAt: at, lastConnectedAt: at, lastConvertedAt: at };
  }),
  lastCalledAt: WALL_MS - 86_400_000,
  recentCalls: 1,
};

/** Counters as a running switch has them: every cap has a meter, one target in eleven is full, one in thirteen has used its cap up. */
export async function usedLoad(targets: number): Promise<Pick<Moment, 'usedSlots' | 'usedCap'>> {
  const slots = new MemorySlotCounter();
  for (let index = 0; index < targets; index += 11) {
    const request = { key: `target:target-${index}`, limit: null };
    await slots.reserve(
      Array.from({ length: 50 }, () => request),
      'bench',
    );
  }
  const stored = Array.from({ length: targets }, (_each, index) => index).flatMap((index): readonly CapUse[] => {
    const counted = [
      ...countedCaps('target', `target-${index}`, TARGET_CAPS),
      ...countedCaps('buyer', `target-${index}`, BUYER_CAPS),
    ];
    return counted.map(({ key, cap: each }) => ({
      key,
      window: windowAt(each, WALL_MS),
      amount: index % 13 === 5 ? each.limit : Math.floor(each.limit / 3),
    }));
  });
  const caps = new CapCounter(CLOCK, stored);
  return { usedSlots: (slot) => slots.usedAt(slot), usedCap: (meter) => caps.usedAt(meter) };
}

/** Of one call: what was found out of it is its own. */
export function momentOf(load: Pick<Moment, 'usedSlots' | 'usedCap'>): Moment {
  return { wallMs: WALL_MS, ...load, tags: new Map(TAGS), history: HISTORY, caller: CALLER };
}
