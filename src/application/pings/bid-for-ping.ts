/**
 * Holds the auction of a ping over the campaign's targets, with no call to show for it yet, and makes the promise of it: what
 * the publisher gets, until when, and the offers behind it. Nothing stays held when it settles.
 */

import type { BidRecord } from '../../domain/bidding/bid.js';
import { callTermsOf } from '../../domain/bidding/margin.js';
import type { Offer } from '../../domain/bidding/offer.js';
import {
  bidMicrosFor,
  type PingReservation,
  RESERVED_OFFERS_MAX,
  reservedOffer,
} from '../../domain/bidding/ping-reservation.js';
import type { PublisherKey } from '../../domain/bidding/publisher-key.js';
import { receiveCall } from '../../domain/calls/call.js';
import { tagsOf } from '../../domain/calls/call-tags.js';
import type { Campaign } from '../../domain/campaigns/campaign.js';
import type { Configuration } from '../../domain/campaigns/configuration.js';
import type { Did } from '../../domain/campaigns/did.js';
import type { PingTerms, Source } from '../../domain/campaigns/source.js';
import { courseOf } from '../../domain/plans/plan-course.js';
import { PlanWalk } from '../../domain/plans/plan-walk.js';
import type { Moment } from '../../domain/routing/eligibility.js';
import { listedCaller } from '../callers/caller-lists.js';
import { paidBefore, recallCaller } from '../callers/recall-caller.js';
import type { CallDependencies } from '../calls/call-dependencies.js';
import { CallScope } from '../calls/call-scope.js';
import { withoutTurns } from '../sale/plan-records.js';
import { type LoadSource, PlanSteps } from '../sale/plan-steps.js';
import type { AuctionContext } from '../sale/run-auction.js';
import { TraceBuilder } from '../sale/trace-builder.js';
import type { ReadPing } from './read-ping.js';

export type PingAuctionDependencies = Pick<
  CallDependencies,
  | 'callerHistories'
  | 'callerLists'
  | 'planRecords'
  | 'reservations'
  | 'slots'
  | 'caps'
  | 'bidders'
  | 'numbers'
  | 'clock'
  | 'ids'
  | 'random'
  | 'events'
>;

/** What a ping is about, once everything that it names has been found. */
export interface PingSubject {
  readonly key: PublisherKey;
  readonly configuration: Configuration;
  readonly campaign: Campaign;
  readonly source: Source;
  readonly terms: PingTerms;
  readonly did: Did;
  readonly read: ReadPing;
  readonly signature: string | null;
}

/** From the arrival of a call to the buyer's phone: our promise ends so long before the bid that it rests on. */
const ARRIVAL_MS = 5_000;

function callOf({ configuration, campaign, source, did, read }: PingSubject, callId: string, startedAt: number) {
  const call = receiveCall({
    callId,
    sipCallId: '',
    configurationVersion: configuration.version,
    trunkId: null,
    callerNumber: read.callerNumber ?? 'anonymous',
    calledNumber: did.number,
    callerName: null,
    isCallerPrivate: read.callerNumber === null,
    startedAt,
  });
  return { ...call, didId: did.id, campaignId: campaign.id, sourceId: source.id };
}

/** Offers in the order of the plan; none is asked for by further pings once there is one. */
async function offersOf(steps: PlanSteps, found: Offer[], deadlineMs: number): Promise<readonly Offer[]> {
  for (let step = await steps.next(false, deadlineMs); step !== null; step = await steps.next(true, deadlineMs)) {
    found.push(...step.offers);
    if (found.length >= RESERVED_OFFERS_MAX) break;
  }
  return found.slice(0, RESERVED_OFFERS_MAX);
}

/** Those that leave us something: a promise must not cost more than the buyer who takes the call pays. */
function offersWorth(bidMicros: number, offers: readonly Offer[]): readonly Offer[] {
  return offers.filter(({ amountMicros }) => amountMicros >= bidMicros);
}

/** In ms from now. */
function lifetimeMs(wantedMs: number, { expiresAtMs }: Offer, nowMs: number): number {
  if (expiresAtMs === null) return wantedMs;
  const leftMs = expiresAtMs - nowMs;
  return Math.floor(Math.min(wantedMs, Math.max(leftMs - ARRIVAL_MS, leftMs / 2)));
}

function promiseOf(
  { key, campaign, source, terms, did, read, signature }: PingSubject,
  offers: readonly Offer[],
  known: {
    readonly reference: string;
    readonly nowMs: number;
    readonly wallMs: number;
    readonly bids: readonly BidRecord[];
  },
): PingReservation | null {
  const [best] = offers;
  const bidMicros = best === undefined ? null : bidMicrosFor(source.payout, best.amountMicros);
  if (best === undefined || bidMicros === null) return null;
  const { reference, nowMs, wallMs, bids } = known;
  const { callerNumber, tags } = read;
  return {
    ...{ reference, keyId: key.id, sourceId: source.id, campaignId: campaign.id, didId: did.id, callerNumber },
    ...{ signature, tags, bidMicros, currency: campaign.currency, bids, callId: null, madeAt: wallMs },
    // A share is due when the buyer pays; what is fixed is due by the publisher's own rule.
    payoutAfterMs:
      source.payout.kind === 'share' ? Math.max(source.payoutAfterMs, best.billAfterMs) : source.payoutAfterMs,
    expiresAt: wallMs + lifetimeMs(terms.lifetimeMs, best, nowMs),
    offers: offersWorth(bidMicros, offers).map((offer) => reservedOffer(offer, nowMs, wallMs)),
  };
}

/** Null when nobody offers enough. Ends at the campaign's deadline for auctions at the latest. */
export async function bidForPing(deps: PingAuctionDependencies, subject: PingSubject): Promise<PingReservation | null> {
  const { configuration, campaign, source, read } = subject;
  const reference = deps.ids.newId();
  const startedMs = deps.clock.monotonicMs();
  const call = callOf(subject, reference, deps.clock.wallMs());
  const history = await recallCaller(deps, call, campaign);
  // Nobody is paid twice for one caller, so nothing is promised for him.
  if (paidBefore(history, campaign, call.startedAt) !== null) return null;
  const bids: BidRecord[] = [];
  const journal: AuctionContext['journal'] = {
    call,
    step: () => undefined,
    addBid: (bid) => void bids.push(bid),
    offsetMs: () => Math.round(deps.clock.monotonicMs() - startedMs),
    alarm: (kind, sentence) => deps.events.alarm(kind, sentence),
  };
  await using scope = new CallScope((error) => deps.events.alarm('release', `ping ${reference}: ${String(error)}`));
  const tags = tagsOf(call, deps.numbers.areaOf(call.callerNumber), read.tags, subject);
  const usedSlots = (slot: number): number => deps.slots.usedAt(slot);
  const usedCap: Moment['usedCap'] = (meter) => deps.caps.usedAt(meter);
  const caller = listedCaller(deps, call);
  const moment = (): Moment => ({ wallMs: call.startedAt, usedSlots, usedCap, history, caller, tags });
  // A ping is no call: nobody has had his turn by it.
  const memory = withoutTurns(deps.planRecords);
  const course = courseOf(configuration, campaign);
  const terms = callTermsOf(configuration.trunks, null, source.payout);
  const walk = new PlanWalk(course, { moment, memory, sourceId: source.id, terms, random: deps.random });
  const ping = { reference, tags: read.tags, offers: [] };
  const context = { deps: { ...deps, keptAnswers: null }, scope, journal, configuration, campaign, source, ping };
  const found: Offer[] = [];
  const mayAsk = (): boolean => found.length === 0;
  const load: LoadSource = () => ({ usedSlots: deps.slots.counts(), usedCap: deps.caps.snapshot() });
  const steps = new PlanSteps(context, walk, new TraceBuilder(walk), load, mayAsk);
  const offers = await offersOf(steps, found, campaign.auctionDeadlineMs);
  const known = { reference, nowMs: deps.clock.monotonicMs(), wallMs: deps.clock.wallMs(), bids };
  return promiseOf(subject, offers, known);
}
