/**
 * Which targets of a campaign may compete for a call now. Pure; each check keeps the values that it compared, because
 * they are what the decision trace shows.
 */
import type { Bidder } from './bidder.js';
import type { Target } from './buyer.js';
import type { Campaign } from './campaign.js';
import type { Configuration } from './configuration.js';
import type { Check, CheckName } from './decision-trace.js';
import { formatLocalTime, isOpenAt, localTimeIn } from './schedule.js';

export interface Candidate {
  readonly target: Target;
  /** Null for a static price. */
  readonly bidder: Bidder | null;
  readonly isEligible: boolean;
  readonly checks: readonly Check[];
}

export interface EligibilityQuestion {
  readonly configuration: Configuration;
  readonly campaign: Campaign;
  readonly wallMs: number;
  /** Calls that hold a slot of this key now. */
  readonly usedSlots: (key: string) => number;
}

export function check(name: CheckName, passed: boolean, values: string, needed: string): Check {
  return { check: name, passed, values, needed: passed ? null : needed };
}

export function targetSlotKey(targetId: string): string {
  return `target:${targetId}`;
}

export function buyerSlotKey(buyerId: string): string {
  return `buyer:${buyerId}`;
}

function concurrencyCheck(label: string, used: number, limit: number | null): Check {
  const passed = limit === null || used < limit;
  return check(
    'concurrency',
    passed,
    `${label} has ${used} of ${limit ?? 'unlimited'} calls`,
    `fewer than ${limit} calls`,
  );
}

function openCheck(target: Target, wallMs: number): Check {
  if (target.schedule === null) return check('open-now', true, 'always open', '');
  const { timeZone } = target.schedule;
  const local = formatLocalTime(localTimeIn(timeZone, wallMs));
  return check('open-now', isOpenAt(target.schedule, wallMs), `${local} in ${timeZone}`, 'a call within opening hours');
}

function trunkCheck(target: Target, configuration: Configuration): Check {
  if (target.trunkId === null) {
    const passed = target.destination?.kind !== 'number';
    return check('trunk', passed, passed ? 'dialled by SIP URI' : 'a number without a trunk', 'a trunk on the target');
  }
  const trunk = configuration.trunks.get(target.trunkId);
  const passed = trunk?.isActive === true && trunk.gateways.length > 0;
  const values =
    trunk === undefined ? 'the trunk does not exist' : `trunk ${trunk.name}, ${trunk.gateways.length} gateways`;
  return check('trunk', passed, values, 'an active trunk with a gateway');
}

function examine(target: Target, question: EligibilityQuestion): Candidate {
  const { configuration, wallMs, usedSlots } = question;
  const buyer = configuration.buyers.get(target.buyerId);
  const checks: Check[] = [
    check('target-active', target.isActive, target.isActive ? 'active' : 'paused', 'the target resumed'),
    check(
      'buyer-active',
      buyer?.isActive === true,
      buyer?.isActive === true ? 'active' : 'paused',
      'the buyer resumed',
    ),
    openCheck(target, wallMs),
    concurrencyCheck('target', usedSlots(targetSlotKey(target.id)), target.maxCalls),
    concurrencyCheck('buyer', usedSlots(buyerSlotKey(target.buyerId)), buyer?.maxCalls ?? null),
    trunkCheck(target, configuration),
  ];
  let bidder: Bidder | null = null;
  if (target.pricing.kind === 'bid') {
    bidder = configuration.bidders.get(target.pricing.bidderId) ?? null;
    const isActive = bidder?.isActive === true;
    checks.push(check('bidder-active', isActive, isActive ? 'active' : 'paused', 'the bidder resumed'));
  }
  return { target, bidder, isEligible: checks.every((each) => each.passed), checks };
}

/** One candidate per target of the campaign, in the campaign's order, eligible or not. */
export function examineTargets(question: EligibilityQuestion): readonly Candidate[] {
  const candidates: Candidate[] = [];
  for (const targetId of question.campaign.targetIds) {
    const target = question.configuration.targets.get(targetId);
    if (target !== undefined) candidates.push(examine(target, question));
  }
  return candidates;
}
