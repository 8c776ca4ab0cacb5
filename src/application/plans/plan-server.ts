/** Serves the callers of a queue by a plan: its targets are the members, rung as it says. Used by flows and fallback chains. */
import { mayEnter } from '../../domain/plans/group-admission.js';
import { courseBehind, groupsOf } from '../../domain/plans/plan-course.js';
import { RoutingField } from '../../domain/routing/routing-field.js';
import type { AnsweredCall } from '../calls/answer-call.js';
import type { CallContext } from '../calls/call-context.js';
import type { QueueServer, ServeTerms } from '../flows/wait-in-line.js';
import { momentOf, type Routing, withPlan } from '../sale/plan-routing.js';
import { type Sale, sellCall } from '../sale/sell-call.js';

export type Sold = Extract<Sale, { kind: 'sold' }>;

/** Null when there is no such plan. */
export function serverOfPlan(
  { configuration, campaign }: CallContext,
  { leg: caller, recording }: AnsweredCall,
  planId: string,
): QueueServer<Sold> | null {
  const plan = configuration.plans.get(planId);
  if (plan === undefined) return null;
  const course = courseBehind(configuration, campaign, plan);

  const ring = async (context: CallContext, terms: ServeTerms, routing: Routing): Promise<Sale | null> => {
    const { steps, trace } = routing;
    const step = await routing.first;
    if (step === null) return null;
    terms.onRinging();
    const patienceEndsMs = context.deps.clock.monotonicMs() + terms.leftMs;
    const first = Promise.resolve(step);
    const { onJoined } = terms;
    return await sellCall(context, { caller, recording, steps, first, trace, patienceEndsMs, onJoined });
  };

  return {
    /** So that the plan is walked, and the timeline told, only when it may lead to somebody. */
    couldServe(context) {
      const moment = momentOf(context);
      return groupsOf(course).some((group) => {
        if (!mayEnter(group, moment)) return false;
        const field = new RoutingField(group.seats, moment);
        return group.seats.planned.some((planned) => field.isEligible(planned));
      });
    },
    async serve(context, terms) {
      const { ping } = context;
      // What was promised to a ping is not the team's.
      const own = { ...context, ping: ping === null ? null : { ...ping, offers: [] } };
      const sale = await withPlan(own, (routing) => ring(context, terms, routing), terms.leftMs, course);
      if (sale?.kind === 'sold') return sale;
      // What follows has a trace of its own.
      context.journal.forgetTrace();
      return null;
    },
  };
}
