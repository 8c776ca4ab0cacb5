/**
 * A target in its place in a campaign or a group, with what a decision asks of it in the form in which it asks it: made once per
 * configuration version, so that a call compares numbers and looks nothing up but the load.
 */
import type { Bidder } from '../bidding/bidder.js';
import { type BlockedCallers, blockedCallersOf } from '../callers/caller-list.js';
import { type DuplicateRule, duplicateRuleFor, sharedRule } from '../callers/duplicate-rule.js';
import type { SameBuyerRule } from '../callers/same-buyer.js';
import type { Buyer, Target } from '../campaigns/buyer.js';
import type { Campaign } from '../campaigns/campaign.js';
import type { Configuration } from '../campaigns/configuration.js';
import { type CountedCap, countedCaps } from '../routing/cap.js';
import type { CapRooms } from '../routing/cap-rooms.js';
import type { Limited } from '../routing/concurrency-grid.js';
import { type ConditionBook, conditionBookOf } from '../routing/condition-book.js';
import { slotNumbers } from '../routing/name-numbers.js';
import { type OpeningHours, openingHoursOf } from '../routing/opening-hours.js';
import { pausedUntilMs } from '../routing/pause.js';
import type { SkillNeed } from '../routing/skill.js';
import type { Trunk } from '../trunks/trunk.js';

/** What the groups around a target limit: reserved with each dial, beside what limits the target and its buyer. */
export interface GroupLimits {
  readonly slots: readonly { readonly key: string; readonly limits: Limited }[];
  readonly caps: readonly CountedCap[];
}

export const NO_GROUP_LIMITS: GroupLimits = { slots: [], caps: [] };

export interface PlannedTarget {
  /** Its number among the targets of the campaign, or of the group. */
  readonly place: number;
  /** What a decision asks of it comes first, so that it lies side by side: nothing but the time and the load can keep it out. */
  readonly isPossible: boolean;
  /** Of target and buyer, the later one; in the past for who is not paused. Milliseconds since 1970-01-01 UTC. */
  readonly pausedUntilMs: number;
  /** Null for who is always open. */
  readonly hours: OpeningHours | null;
  readonly conditions: ConditionBook;
  /** Where its condition stands in the book; null for who takes every call. */
  readonly admits: number | null;
  /** Calls at once of the target and of its buyer; null for no limit. Where `hasGrid`, the hour decides in their place. */
  readonly hasGrid: boolean;
  readonly maxCalls: number | null;
  readonly buyerMaxCalls: number | null;
  readonly targetSlot: number;
  readonly buyerSlot: number;
  readonly rooms: CapRooms;
  /** Row of those of `caps` that are of the hard kind; null for who has none. */
  readonly roomsRow: number | null;
  /** Whom its buyer lists; null for nobody. */
  readonly blocked: BlockedCallers | null;
  /** What its group asks of whoever takes a call; null for nothing. */
  readonly need: SkillNeed | null;
  /** The one that holds for it; null when every caller may come again. */
  readonly duplicates: DuplicateRule | null;
  readonly sameBuyer: SameBuyerRule;
  /** Its static price in micro-units; null for one that bids. */
  readonly priceMicros: number | null;
  readonly target: Target;
  readonly buyer: Buyer | null;
  /** Null for a static price, and for a bidder that does not exist. */
  readonly bidder: Bidder | null;
  readonly trunk: Trunk | null;
  /** Of the target and of its buyer. */
  readonly caps: readonly CountedCap[];
  readonly around: GroupLimits;
}

/** What all targets of a campaign, or of a group, have in common. */
export interface SeatingGround {
  readonly campaign: Campaign;
  readonly configuration: Configuration;
  readonly around: GroupLimits;
  readonly need: SkillNeed | null;
  /** Takes the caps of each. */
  readonly rooms: CapRooms;
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

/** What a call would use of the cap at least; a bid's price is known only when the slot is reserved. */
export function leastUse({ pricing }: Target, { cap }: CountedCap): number {
  if (cap.dimension !== 'revenue') return 1;
  return pricing.kind === 'static' ? pricing.amountMicros : 1;
}

const hasGrid = ({ concurrency = null }: Limited): boolean => concurrency !== null;

export function planTarget(
  target: Target,
  place: number,
  { campaign, configuration, around, need, rooms }: SeatingGround,
): PlannedTarget {
  const { pricing, trunkId, buyerId } = target;
  const buyer = configuration.buyers.get(buyerId) ?? null;
  const bidder = pricing.kind === 'bid' ? (configuration.bidders.get(pricing.bidderId) ?? null) : null;
  const conditions = conditionBookOf(configuration);
  const trunk = trunkId === null ? null : (configuration.trunks.get(trunkId) ?? null);
  const caps = [...countedCaps('target', target.id, target.caps), ...countedCaps('buyer', buyerId, buyer?.caps ?? [])];
  const isPriced = pricing.kind === 'static' || bidder?.isActive === true;
  return {
    place,
    isPossible: target.isActive && buyer?.isActive === true && isPriced && canDial(target, trunk),
    pausedUntilMs: Math.max(pausedUntilMs(target), buyer === null ? 0 : pausedUntilMs(buyer)),
    hours: openingHoursOf(configuration, target.schedule),
    conditions,
    admits: target.condition === null ? null : conditions.add(target.condition),
    hasGrid: hasGrid(target) || (buyer !== null && hasGrid(buyer)),
    maxCalls: target.maxCalls,
    buyerMaxCalls: buyer?.maxCalls ?? null,
    targetSlot: slotNumbers.of(targetSlotKey(target.id)),
    buyerSlot: slotNumbers.of(buyerSlotKey(buyerId)),
    rooms,
    roomsRow: rooms.add(caps, (counted) => leastUse(target, counted)),
    blocked: blockedCallersOf(configuration, buyer?.blockedCallers ?? []),
    need,
    duplicates: sharedRule(configuration, duplicateRuleFor(campaign, buyer, target)),
    sameBuyer: campaign.sameBuyer,
    priceMicros: pricing.kind === 'static' ? pricing.amountMicros : null,
    target,
    buyer,
    bidder,
    trunk,
    caps,
    around,
  };
}
