/**
 * The auctions that an agent starts: the campaign's plan is walked with what he has entered of the caller, and nobody is dialled. What he
 * forwards to is then tried in turn. Called by serve-by-agent.ts.
 */
import type { Offer } from '../../domain/bidding/offer.js';
import { courseOf } from '../../domain/plans/plan-course.js';
import type { CallContext } from '../calls/call-context.js';
import { withoutTurns } from '../sale/plan-records.js';
import { walkOf } from '../sale/plan-routing.js';
import { type DialSteps, type LoadSource, PlanSteps } from '../sale/plan-steps.js';
import { TraceBuilder } from '../sale/trace-builder.js';

/** More than these nobody reads while a caller waits. */
const MOST_OFFERS = 50;

export interface AgentAuction {
  /** In the order in which the plan would try them. */
  readonly offers: readonly Offer[];
  /** On the clock on which they expire. */
  readonly nowMs: () => number;
  readonly trace: TraceBuilder;
  /** The call with what was entered, as its buyers are told of it. */
  readonly context: CallContext;
}

/** What was entered stands beside what a ping said, and before it. Never rejects. */
export async function holdAuction(context: CallContext, tags: Readonly<Record<string, string>>): Promise<AgentAuction> {
  const { ping, journal, deps, campaign } = context;
  const reference = ping?.reference ?? journal.call.callId;
  const entered: CallContext = { ...context, ping: { reference, tags: { ...ping?.tags, ...tags }, offers: [] } };
  const nowMs = (): number => deps.clock.monotonicMs();
  const endsAtMs = nowMs() + campaign.auctionDeadlineMs;
  const leftMs = (): number => Math.max(0, Math.round(endsAtMs - nowMs()));
  // Nobody has had his turn until he is dialled.
  const walk = walkOf(entered, courseOf(entered.configuration, campaign), withoutTurns(deps.planRecords));
  const trace = new TraceBuilder(walk);
  const load: LoadSource = () => ({ usedSlots: deps.slots.counts(), usedCap: deps.caps.snapshot() });
  const steps = new PlanSteps(entered, walk, trace, load);
  const offers = new Map<string, Offer>();
  for (let step = await steps.next(false, leftMs()); step !== null; step = await steps.next(true, leftMs())) {
    for (const offer of step.offers) if (!offers.has(offer.target.id)) offers.set(offer.target.id, offer);
    if (offers.size >= MOST_OFFERS) break;
  }
  return { offers: [...offers.values()], nowMs, trace, context: entered };
}

/** One after the other. */
export function stepsOver(offers: readonly Offer[]): DialSteps {
  const left = [...offers];
  return {
    next: async () => {
      const offer = left.shift();
      return offer === undefined ? null : { offers: [offer], mode: 'one', intervalMs: 0, hedgeAfterMs: null };
    },
  };
}
