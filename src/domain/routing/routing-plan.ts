/**
 * What of a campaign's routing is the same for every call of one configuration version: which targets could compete at
 * all, who bids, and the static prices in their order. Made once per campaign and version and kept with the version, so
 * that a call looks only at what changes with time and load.
 */

import { byPrice, levelsOf, type PriceLevel } from '../bidding/price-level.js';
import type { Target } from '../campaigns/buyer.js';
import type { Campaign } from '../campaigns/campaign.js';
import type { Configuration } from '../campaigns/configuration.js';
import { type GroupLimits, NO_GROUP_LIMITS, type PlannedTarget, planTarget } from '../plans/planned-target.js';
import { CapRooms } from './cap-rooms.js';
import { type ConditionBook, conditionBookOf } from './condition-book.js';
import { ConditionIndex } from './condition-index.js';
import type { SkillNeed } from './skill.js';

export interface RoutingPlan {
  readonly campaign: Campaign;
  /** One per target of the campaign, in the campaign's order. */
  readonly planned: readonly PlannedTarget[];
  readonly byTargetId: ReadonlyMap<string, PlannedTarget>;
  /** Possible targets that live bids are asked for. */
  readonly bidding: readonly PlannedTarget[];
  /** Static prices, each shelf best first; those under the campaign's minimum are left out. */
  readonly prices: ConditionIndex<PlannedTarget, readonly PriceLevel[]>;
}

function pricesOf(
  planned: readonly PlannedTarget[],
  minimumMicros: number,
  book: ConditionBook,
): RoutingPlan['prices'] {
  const priced = planned.filter(({ isPossible, target: { pricing } }) => {
    return isPossible && pricing.kind === 'static' && pricing.amountMicros >= minimumMicros;
  });
  return new ConditionIndex([...priced].sort(byPrice), ({ target }) => target.condition, levelsOf, book);
}

/** Those of the campaign itself, or of one group of its plan, as the group has them. */
export interface Seating {
  readonly targets: readonly Target[];
  readonly around: GroupLimits;
  readonly need: SkillNeed | null;
}

function seatingOf(configuration: Configuration, campaign: Campaign): Seating {
  const targets = campaign.targetIds.flatMap((targetId) => configuration.targets.get(targetId) ?? []);
  return { targets, around: NO_GROUP_LIMITS, need: null };
}

export function makeRoutingPlan(
  configuration: Configuration,
  campaign: Campaign,
  { targets, around, need }: Seating = seatingOf(configuration, campaign),
): RoutingPlan {
  const ground = { campaign, configuration, around, need, rooms: new CapRooms() };
  const planned = targets.map((target, place) => planTarget(target, place, ground));
  return {
    campaign,
    planned,
    byTargetId: new Map(planned.map((each) => [each.target.id, each])),
    bidding: planned.filter((each) => each.isPossible && each.bidder !== null),
    prices: pricesOf(planned, campaign.minimumBidMicros, conditionBookOf(configuration)),
  };
}

/** Kept as long as the version itself is, which is as long as a call runs under it. */
const plans = new WeakMap<Configuration, Map<string, RoutingPlan>>();

export function routingPlanOf(configuration: Configuration, campaign: Campaign): RoutingPlan {
  const known = plans.get(configuration) ?? new Map<string, RoutingPlan>();
  plans.set(configuration, known);
  const found = known.get(campaign.id);
  if (found !== undefined) return found;
  const made = makeRoutingPlan(configuration, campaign);
  known.set(campaign.id, made);
  return made;
}
