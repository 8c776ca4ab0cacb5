/**
 * What of a campaign's routing is the same for every call of one configuration version: which targets could compete at
 * all, who bids, and the static prices in their order. Made once per campaign and version and kept with the version, so
 * that a call looks only at what changes with time and load.
 */
import type { Bidder } from './bidder.js';
import type { Buyer, Target } from './buyer.js';
import type { Campaign } from './campaign.js';
import { type CountedCap, countedCaps } from './cap.js';
import type { Configuration } from './configuration.js';
import { type DuplicateRule, duplicateRuleFor } from './duplicate-rule.js';
import type { SameBuyerRule } from './same-buyer.js';
import type { SkillNeed } from './skill.js';
import type { Trunk } from './trunk.js';
import { type WeightedList, weightedList } from './weighted-draw.js';

/** What the groups around a target limit: reserved with each dial, beside what limits the target and its buyer. */
export interface GroupLimits {
  readonly slots: readonly { readonly key: string; readonly limit: number | null }[];
  readonly caps: readonly CountedCap[];
}

export const NO_GROUP_LIMITS: GroupLimits = { slots: [], caps: [] };

export interface PlannedTarget {
  readonly target: Target;
  readonly buyer: Buyer | null;
  /** Null for a static price, and for a bidder that does not exist. */
  readonly bidder: Bidder | null;
  readonly trunk: Trunk | null;
  /** Nothing but the time and the load can keep it out. */
  readonly isPossible: boolean;
  readonly targetSlotKey: string;
  readonly buyerSlotKey: string;
  /** Of the target and of its buyer. */
  readonly caps: readonly CountedCap[];
  readonly around: GroupLimits;
  /** The one that holds for it; null when every caller may come again. */
  readonly duplicates: DuplicateRule | null;
  readonly sameBuyer: SameBuyerRule;
  /** What its group asks of whoever takes a call; null for nothing. */
  readonly need: SkillNeed | null;
}

/** Possible targets of one static price and one priority: the weights decide among them. */
export interface PriceLevel extends WeightedList<PlannedTarget> {
  readonly amountMicros: number;
  readonly priority: number;
}

export interface RoutingPlan {
  readonly campaign: Campaign;
  /** One per target of the campaign, in the campaign's order. */
  readonly planned: readonly PlannedTarget[];
  readonly byTargetId: ReadonlyMap<string, PlannedTarget>;
  /** Possible targets that live bids are asked for. */
  readonly bidding: readonly PlannedTarget[];
  /** Best first; prices under the campaign's minimum are left out. */
  readonly levels: readonly PriceLevel[];
}

export function targetSlotKey(targetId: string): string {
  return `target:${targetId}`;
}

export function buyerSlotKey(buyerId: string): string {
  return `buyer:${buyerId}`;
}

export function canDial(target: Target, trunk: Trunk | null): boolean {
  if (target.trunkId === null) return target.destination?.kind !== 'number';
  return trunk?.isActive === true && trunk.gateways.length > 0;
}

function plan(
  target: Target,
  campaign: Campaign,
  configuration: Configuration,
  { around, need }: Pick<Seating, 'around' | 'need'>,
): PlannedTarget {
  const { pricing, trunkId, buyerId } = target;
  const buyer = configuration.buyers.get(buyerId) ?? null;
  const bidder = pricing.kind === 'bid' ? (configuration.bidders.get(pricing.bidderId) ?? null) : null;
  const trunk = trunkId === null ? null : (configuration.trunks.get(trunkId) ?? null);
  const isPriced = pricing.kind === 'static' || bidder?.isActive === true;
  return {
    target,
    buyer,
    bidder,
    trunk,
    isPossible: target.isActive && buyer?.isActive === true && isPriced && canDial(target, trunk),
    targetSlotKey: targetSlotKey(target.id),
    buyerSlotKey: buyerSlotKey(buyerId),
    caps: [...countedCaps('target', target.id, target.caps), ...countedCaps('buyer', buyerId, buyer?.caps ?? [])],
    around,
    duplicates: duplicateRuleFor(campaign, buyer, target),
    sameBuyer: campaign.sameBuyer,
    need,
  };
}

function levelOf(amountMicros: number, tied: readonly PlannedTarget[]): PriceLevel {
  const list = weightedList(tied, ({ target }) => target.weight);
  return { amountMicros, priority: tied[0]?.target.priority ?? 0, ...list };
}

function levelsOf(planned: readonly PlannedTarget[], minimumMicros: number): readonly PriceLevel[] {
  const priced = planned.flatMap((each) => {
    const { pricing } = each.target;
    if (!each.isPossible || pricing.kind !== 'static' || pricing.amountMicros < minimumMicros) return [];
    return [{ each, amountMicros: pricing.amountMicros, priority: each.target.priority }];
  });
  priced.sort((left, right) => right.amountMicros - left.amountMicros || left.priority - right.priority);
  const levels: PriceLevel[] = [];
  for (let from = 0; from < priced.length; ) {
    const first = priced[from];
    let to = from;
    const tied: PlannedTarget[] = [];
    for (let next = first; next !== undefined; next = priced[to]) {
      if (next.amountMicros !== first?.amountMicros || next.priority !== first.priority) break;
      tied.push(next.each);
      to += 1;
    }
    levels.push(levelOf(first?.amountMicros ?? 0, tied));
    from = to;
  }
  return levels;
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
  const planned = targets.map((target) => plan(target, campaign, configuration, { around, need }));
  return {
    campaign,
    planned,
    byTargetId: new Map(planned.map((each) => [each.target.id, each])),
    bidding: planned.filter((each) => each.isPossible && each.bidder !== null),
    levels: levelsOf(planned, campaign.minimumBidMicros),
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
