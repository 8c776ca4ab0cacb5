/**
 * Sells a call by a plan that is not its campaign's, when that one has come to nothing: a step of a fallback chain. Nobody who has rung for
 * the call is rung again, and no bidder is asked twice, so that a plan behind a plan is another chance and never the same one.
 */
import { courseBehind } from '../../domain/plans/plan-course.js';
import type { Check } from '../../domain/routing/decision-trace.js';
import { check } from '../../domain/routing/eligibility.js';
import type { AnsweredCall } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import { HoldTeller } from '../calls/hold-teller.js';
import { withPlan } from '../sale/plan-routing.js';
import { type Sale, sellCall } from '../sale/sell-call.js';

/** Targets that have rung, and those whose bidder was asked, by whatever the call has gone through until now. */
function spentBy({ configuration, journal }: CallContext): ReadonlyMap<string, Check> {
  const spent = new Map<string, Check>();
  const asked = new Set(journal.bids.map(({ bidderId }) => bidderId));
  for (const { id, pricing } of configuration.targets.values()) {
    if (pricing.kind !== 'bid' || !asked.has(pricing.bidderId)) continue;
    const values = `bidder ${pricing.bidderId} was asked for this call already`;
    spent.set(id, check('asked-before', false, values, 'a bidder that has not been asked for this call'));
  }
  const rang = check('rung-before', false, 'it rang for this call already', 'a target that has not rung for this call');
  for (const { step, data } of journal.timeline) {
    if (step === 'dialing' && typeof data.targetId === 'string') spent.set(data.targetId, rang);
  }
  return spent;
}

/** Null when there is no such plan. The caller holds on music meanwhile, for `maxHoldMs` at most. */
export async function walkOtherPlan(
  context: CallContext,
  answered: AnsweredCall,
  { planId, maxHoldMs }: { readonly planId: string; readonly maxHoldMs: number },
): Promise<Sale | null> {
  const { configuration, campaign, deps, journal, ping } = context;
  const plan = configuration.plans.get(planId);
  if (plan === undefined) return null;
  const { planId: planBefore, planVersion } = journal.call;
  // What was promised to a ping has been offered already.
  const own = { ...context, ping: ping === null ? null : { ...ping, offers: [] }, spent: spentBy(context) };
  const { leg: caller, recording } = answered;
  const teller = new HoldTeller(context, answered);
  const patienceEndsMs = deps.clock.monotonicMs() + maxHoldMs;
  const sale = await withPlan(
    own,
    ({ steps, first, trace }) => sellCall(own, { caller, recording, steps, first, trace, patienceEndsMs, teller }),
    maxHoldMs,
    courseBehind(configuration, campaign, plan),
  );
  await teller.hush();
  if (sale.kind === 'sold') return sale;
  // The record is that of the campaign's own plan, as if this one had not been walked.
  journal.forgetTrace();
  journal.note({ planId: planBefore, planVersion });
  return sale;
}
