/**
 * Whether a target may compete for a call now, asked twice of the same values: as a yes or no for the decision, and as
 * checks with the values compared for the decision trace, which is written when the decision is made and acted on.
 */

import type { CallerHistory } from '../callers/caller-history.js';
import { type ListedCaller, whyBuyerRefuses } from '../callers/caller-list.js';
import { describeDuplicate, duplicateContact } from '../callers/duplicate-rule.js';
import { mayHaveAgain, sameBuyerChecks } from '../callers/same-buyer.js';
import type { CallTags } from '../calls/call-tags.js';
import type { Buyer, Target } from '../campaigns/buyer.js';
import { canDial, leastUse, type PlannedTarget } from '../plans/planned-target.js';
import { type CountedCap, describeCap, fits } from './cap.js';
import { maxCallsAt } from './concurrency-grid.js';
import { type Condition, describeCondition, describeTags, holds } from './condition.js';
import type { Check, CheckName } from './decision-trace.js';
import { meterNumbers } from './name-numbers.js';
import { describePause, isPaused, type Pausable } from './pause.js';
import { describeMoment, isOpenAt } from './schedule.js';
import { describeFit, fitOf, fits as fitsSkill } from './skill.js';

/** What changes from call to call. */
export interface Moment {
  readonly wallMs: number;
  readonly tags: CallTags;
  /** Earlier calls of the caller in this campaign. */
  readonly history: CallerHistory;
  readonly caller: ListedCaller;
  /** Calls that hold a slot, by its number. */
  readonly usedSlots: (slot: number) => number;
  /** What is used of a cap in its present window, by the number of its meter. */
  readonly usedCap: (meter: number) => number;
  /** In a replay: targets that load or the caller's past kept out when the call was made. */
  readonly barred?: ReadonlySet<string>;
  /** How long the caller has waited in a queue; absent or null when he waits in none. */
  readonly waitedMs?: number | null;
}

export function check(name: CheckName, passed: boolean, values: string, needed: string): Check {
  return { check: name, passed, values, needed: passed ? null : needed };
}

const isFree = (used: number, limit: number | null): boolean => limit === null || used < limit;

/** The decision's question. Says what every check of `explainEligibility` together says. */
export function isEligible(planned: PlannedTarget, moment: Moment): boolean {
  const { wallMs, history, barred } = moment;
  const { hours, conditions, admits } = planned;
  if (!planned.isPossible || wallMs < planned.pausedUntilMs || barred?.has(planned.target.id) === true) return false;
  if (hours !== null && !hours.isOpenAt(wallMs)) return false;
  if (admits !== null && !conditions.holds(admits, moment.tags)) return false;
  if (!hasFreeSlot(planned, moment)) return false;
  if (planned.roomsRow !== null && !planned.rooms.hasRoom(planned.roomsRow, moment.usedCap)) return false;
  if (isRefused(planned, moment.caller)) return false;
  if (planned.need !== null && !isSkilled(planned, moment)) return false;
  return history.contacts.length === 0 || mayComeAgain(planned, history, wallMs);
}

function hasFreeSlot(planned: PlannedTarget, { wallMs, usedSlots }: Moment): boolean {
  const { target, buyer, hasGrid } = planned;
  const targetLimit = hasGrid ? maxCallsAt(target, wallMs) : planned.maxCalls;
  if (targetLimit !== null && usedSlots(planned.targetSlot) >= targetLimit) return false;
  const buyerLimit = hasGrid && buyer !== null ? maxCallsAt(buyer, wallMs) : planned.buyerMaxCalls;
  return buyerLimit === null || usedSlots(planned.buyerSlot) < buyerLimit;
}

/** What `whyBuyerRefuses` says; where nobody has put the caller on a list, only the buyer's own row has to be asked. */
function isRefused({ buyer, blocked }: PlannedTarget, caller: ListedCaller): boolean {
  if (caller.entries.length === 0) return blocked?.has(caller.callerNumber) === true;
  return buyer !== null && whyBuyerRefuses(buyer, caller) !== null;
}

function isSkilled({ need, target }: PlannedTarget, { tags, waitedMs = null }: Moment): boolean {
  return need === null || fitsSkill(fitOf(need, target.skills, tags, waitedMs));
}

function skillChecks(planned: PlannedTarget, moment: Moment): readonly Check[] {
  const { need, target } = planned;
  const { tags, waitedMs = null } = moment;
  if (need === null) return [];
  const fit = fitOf(need, target.skills, tags, waitedMs);
  const needed = `${fit.needed} at level ${need.minimumLevel}, or a caller who has waited long enough`;
  return [check('skill', isSkilled(planned, moment), describeFit(need, fit, waitedMs), needed)];
}

function isDuplicate({ duplicates, target }: PlannedTarget, history: CallerHistory, wallMs: number): boolean {
  const party = { targetId: target.id, buyerId: target.buyerId };
  return duplicates !== null && duplicateContact(duplicates, party, history, wallMs) !== null;
}

function duplicateChecks(planned: PlannedTarget, history: CallerHistory, wallMs: number): readonly Check[] {
  const { duplicates, target } = planned;
  if (duplicates === null) return [];
  const party = { targetId: target.id, buyerId: target.buyerId };
  const { values, needed } = describeDuplicate(duplicates, party, history, wallMs);
  return [check('duplicate', !isDuplicate(planned, history, wallMs), values, needed)];
}

/** Said only where it keeps the target out. */
function buyerListChecks(buyer: Buyer | null, caller: ListedCaller): readonly Check[] {
  const refusal = buyer === null ? null : whyBuyerRefuses(buyer, caller);
  return refusal === null ? [] : [check('buyer-list', false, `the caller is ${refusal}`, 'the entry removed')];
}

function mayComeAgain(planned: PlannedTarget, history: CallerHistory, wallMs: number): boolean {
  if (isDuplicate(planned, history, wallMs)) return false;
  return mayHaveAgain(planned.target.id, planned.sameBuyer, history, wallMs);
}

function isUnderCap(planned: PlannedTarget, counted: CountedCap, used: number): boolean {
  return counted.cap.kind === 'soft' || fits(counted.cap, used, leastUse(planned.target, counted));
}

function capCheck(planned: PlannedTarget, counted: CountedCap, used: number, currency: string): Check {
  const isUnder = isUnderCap(planned, counted, used);
  return check(
    'cap',
    isUnder,
    describeCap(counted, used, currency),
    `room under the cap, or the next ${counted.cap.window}`,
  );
}

function concurrencyCheck(label: string, used: number, limit: number | null): Check {
  const values = `${label} has ${used} of ${limit ?? 'unlimited'} calls`;
  return check('concurrency', isFree(used, limit), values, `fewer than ${limit} calls`);
}

function openCheck(target: Target, wallMs: number): Check {
  if (target.schedule === null) return check('open-now', true, 'always open', '');
  const values = describeMoment(target.schedule, wallMs);
  return check('open-now', isOpenAt(target.schedule, wallMs), values, 'a call within opening hours');
}

function conditionCheck(condition: Condition, tags: CallTags): Check {
  return check('condition', holds(condition, tags), describeTags(condition, tags), describeCondition(condition));
}

function trunkCheck({ target, trunk }: PlannedTarget): Check {
  const passed = canDial(target, trunk);
  if (target.trunkId === null) {
    return check('trunk', passed, passed ? 'dialled by SIP URI' : 'a number without a trunk', 'a trunk on the target');
  }
  const values = trunk === null ? 'the trunk does not exist' : `trunk ${trunk.name}, ${trunk.gateways.length} gateways`;
  return check('trunk', passed, values, 'an active trunk with a gateway');
}

function activeCheck(name: CheckName, isActive: boolean, needed: string): Check {
  return check(name, isActive, isActive ? 'active' : 'paused', needed);
}

function presentCheck(
  name: CheckName,
  row: (Pausable & { readonly isActive: boolean }) | null,
  wallMs: number,
  needed: string,
): Check {
  if (row?.isActive !== true || row.pause === null || !isPaused(row, wallMs)) {
    return activeCheck(name, row?.isActive === true, needed);
  }
  return check(name, false, describePause(row.pause), needed);
}

/** The trace's question: every check, passed or not, with the values that it compared. */
export function explainEligibility(planned: PlannedTarget, moment: Moment, currency: string): Check[] {
  const { wallMs, tags, history, caller, usedSlots, usedCap, barred } = moment;
  const { target, buyer, bidder } = planned;
  const checks = [
    presentCheck('target-active', target, wallMs, 'the target resumed'),
    presentCheck('buyer-active', buyer, wallMs, 'the buyer resumed'),
    openCheck(target, wallMs),
    ...(target.condition === null ? [] : [conditionCheck(target.condition, tags)]),
    ...skillChecks(planned, moment),
    ...buyerListChecks(buyer, caller),
    ...duplicateChecks(planned, history, wallMs),
    concurrencyCheck('target', usedSlots(planned.targetSlot), maxCallsAt(target, wallMs)),
    concurrencyCheck('buyer', usedSlots(planned.buyerSlot), buyer === null ? null : maxCallsAt(buyer, wallMs)),
    ...planned.caps.map((counted) => capCheck(planned, counted, usedCap(meterNumbers.of(counted.key)), currency)),
    trunkCheck(planned),
    ...(barred?.has(target.id) === true ? [check('cap', false, 'kept out when the call was made', 'room then')] : []),
  ];
  if (target.pricing.kind === 'bid') {
    checks.push(activeCheck('bidder-active', bidder?.isActive === true, 'the bidder resumed'));
  }
  const isFree = checks.every(({ passed }) => passed);
  return [...checks, ...sameBuyerChecks(target.id, planned.sameBuyer, history, { wallMs, isFree })];
}
