/**
 * The auction of a call that a ping announced: it was held when the ping came, so that its offers stand and nobody is asked
 * again. Offers whose target has since been edited away, closed or used up are left out; the trace says why.
 */
import type { Offer } from '../domain/auction.js';
import { check } from '../domain/eligibility.js';
import type { ReservedOffer } from '../domain/ping-reservation.js';
import type { RoutingField } from '../domain/routing-field.js';
import type { CallContext, PingOfCall } from './call-context.js';
import type { AuctionResult } from './run-auction.js';
import type { TraceBuilder } from './trace-builder.js';

function offerOf(context: CallContext, field: RoutingField, reserved: ReservedOffer): Offer | null {
  const { configuration, journal } = context;
  const { targetId, bidderId, expiresAt, ...terms } = reserved;
  const planned = field.plan.byTargetId.get(targetId);
  if (planned === undefined || !field.isEligible(planned)) return null;
  const bidder = bidderId === null ? null : (configuration.bidders.get(bidderId) ?? null);
  // Without its bidder nobody could be posted to, and nobody would owe the price.
  if (bidderId !== null && bidder === null) return null;
  const expiresAtMs = expiresAt === null ? null : expiresAt - journal.wallMs();
  return { ...terms, target: planned.target, planned, bidder, expiresAtMs };
}

/** Looks at the field in this turn. */
export async function reservedAuction(
  context: CallContext,
  ping: PingOfCall,
  field: RoutingField,
  trace: TraceBuilder,
): Promise<AuctionResult> {
  const { deps } = context;
  const startedMs = deps.clock.monotonicMs();
  const offers = ping.offers.flatMap((reserved) => offerOf(context, field, reserved) ?? []);
  for (const { target } of offers) {
    trace.add(target.id, check('ping', true, `reserved by the ping ${ping.reference}`, ''));
  }
  trace.rankBy(() => offers);
  return { offerAt: (place) => offers[place] ?? null, nowMs: () => deps.clock.monotonicMs() - startedMs };
}
