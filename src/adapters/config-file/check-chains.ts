/** The chains of a campaign: a plan that its calls have walked already would only be walked in vain. */
import type { Campaign } from '../../domain/campaigns/campaign.js';
import { nodesOf, type Plan } from '../../domain/plans/plan.js';
import { type Fault, faultAt } from './fault.js';
import type { Placed } from './placed.js';

interface WalkedPlan {
  readonly planId: string;
  /** Where the campaign names it. */
  readonly field: string;
}

function plansOfChain(campaign: Campaign, chain: 'fallback' | 'whenClosed'): readonly WalkedPlan[] {
  return (campaign[chain] ?? []).flatMap((step, index) =>
    step.kind === 'plan' ? [{ planId: step.planId, field: `${chain}[${index}].planId` }] : [],
  );
}

function ownPlanOf({ planId }: Campaign): readonly WalkedPlan[] {
  return planId === null ? [] : [{ planId, field: 'planId' }];
}

/** By which its calls may be sold, queues aside. */
export function plansWalkedBy(campaign: Campaign): readonly WalkedPlan[] {
  return [...ownPlanOf(campaign), ...plansOfChain(campaign, 'fallback'), ...plansOfChain(campaign, 'whenClosed')];
}

/** The plan and those that it links, by their ids. */
export function plansReached(planId: string, plans: ReadonlyMap<string, Plan>): ReadonlySet<string> {
  const reached = new Set([planId]);
  // A Set is walked in the order of insertion, also over what is put in meanwhile.
  for (const id of reached) {
    const plan = plans.get(id);
    if (plan === undefined) continue;
    for (const { node } of nodesOf(plan)) if (node.kind === 'plan') reached.add(node.planId);
  }
  return reached;
}

function checkOneAfterAnother(
  walked: readonly WalkedPlan[],
  path: string,
  plans: ReadonlyMap<string, Plan>,
  faults: Fault[],
): void {
  walked.forEach(({ planId, field }, at) => {
    const own = plansReached(planId, plans);
    const before = walked
      .slice(0, at)
      .find((each) => own.has(each.planId) || plansReached(each.planId, plans).has(planId));
    if (before === undefined) return;
    const expected = `another plan than "${before.planId}" of ${before.field}, which the call has walked by then, and none that links it`;
    faults.push(faultAt(`${path}.${field}`, planId, expected));
  });
}

/** Callers who find it closed have not come to the campaign's own plan. */
export function checkChains({ row, path }: Placed<Campaign>, plans: ReadonlyMap<string, Plan>, faults: Fault[]): void {
  checkOneAfterAnother([...ownPlanOf(row), ...plansOfChain(row, 'fallback')], path, plans, faults);
  checkOneAfterAnother(plansOfChain(row, 'whenClosed'), path, plans, faults);
}
