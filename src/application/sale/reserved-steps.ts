/**
 * The steps of a call that a ping announced: its plan was walked when the ping came, so that those offers stand and nobody is asked
 * again. Offers whose target has since been edited away, closed or used up are left out; the trace says why.
 */

import type { Offer } from '../../domain/bidding/offer.js';
import type { ReservedOffer } from '../../domain/bidding/ping-reservation.js';
import { groupsOf } from '../../domain/plans/plan-course.js';
import type { GroupVisit } from '../../domain/plans/plan-move.js';
import type { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { DialStep } from '../../domain/routing/dial-step.js';
import { check } from '../../domain/routing/eligibility.js';
import type { CallContext, PingOfCall } from '../calls/call-context.js';
import type { DialSteps } from './plan-steps.js';
import type { TraceBuilder } from './trace-builder.js';

function offerOf(context: CallContext, { field }: GroupVisit, reserved: ReservedOffer): Offer | null {
  const { configuration, deps, journal } = context;
  const { targetId, bidderId, expiresAt, ...terms } = reserved;
  const planned = field.plan.byTargetId.get(targetId);
  if (planned === undefined || !field.isEligible(planned)) return null;
  const bidder = bidderId === null ? null : (configuration.bidders.get(bidderId) ?? null);
  // Without its bidder nobody could be posted to, and nobody would owe the price.
  if (bidderId !== null && bidder === null) return null;
  const expiresAtMs = expiresAt === null ? null : deps.clock.monotonicMs() + expiresAt - journal.wallMs();
  return { ...terms, target: planned.target, planned, bidder, expiresAtMs };
}

/** Looks at the plan in this turn. */
export function reservedSteps(context: CallContext, ping: PingOfCall, walk: PlanWalk, trace: TraceBuilder): DialSteps {
  const wanted = new Map(ping.offers.map((reserved) => [reserved.targetId, reserved]));
  const found = new Map<string, Offer>();
  const inGroups = groupsOf(walk.course).filter(
    ({ key, seats }) => key === '' || [...wanted.keys()].some((id) => seats.byTargetId.has(id)),
  );
  for (const visit of inGroups.map((group) => walk.visit(group))) {
    const offers = ping.offers.flatMap((reserved) => {
      const offer = found.has(reserved.targetId) || !visit.isOpen ? null : offerOf(context, visit, reserved);
      return offer === null ? [] : [offer];
    });
    const notes = trace.notesOf(visit);
    trace.offer(visit, offers);
    for (const offer of offers) {
      found.set(offer.target.id, offer);
      notes.add(offer.target.id, check('ping', true, `reserved by the ping ${ping.reference}`, ''));
    }
    notes.rankBy(() => offers);
  }
  const offers = ping.offers.flatMap(({ targetId }) => found.get(targetId) ?? []);
  const { hedgeAfterMs } = context.campaign;
  return {
    next: async (): Promise<DialStep | null> => {
      const step = offers.splice(0, hedgeAfterMs === null ? 1 : 2);
      return step.length === 0 ? null : { offers: step, mode: 'one', intervalMs: 0, hedgeAfterMs };
    },
  };
}
