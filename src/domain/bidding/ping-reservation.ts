/**
 * What a publisher was promised for a call that is still to come: our bid, the number to send it to, and the offers of the
 * buyers behind it. Pure: says what we bid, and which promise a call that arrives may take up. Nothing of a buyer is held
 * meanwhile; slots and caps are reserved when the call is dialled, since most pings never become a call.
 */

import type { Payout } from '../campaigns/source.js';
import { shareOf } from '../money/ledger.js';
import type { Destination } from '../trunks/destination.js';
import type { BidRecord } from './bid.js';
import type { Offer } from './offer.js';

/** An offer of the ping's auction, by the ids of its parties, so that what has been edited since holds for the call. */
export interface ReservedOffer {
  readonly targetId: string;
  readonly bidderId: string | null;
  readonly amountMicros: number;
  readonly destination: Destination | null;
  readonly reference: string | null;
  readonly billAfterMs: number;
  /** Milliseconds since 1970-01-01 UTC; null for a static price. */
  readonly expiresAt: number | null;
}

export interface PingReservation {
  /** Ours, told to the publisher; what buyers' bidders were told as the id of the call. */
  readonly reference: string;
  readonly keyId: string;
  readonly sourceId: string;
  readonly campaignId: string;
  readonly didId: string;
  /** E.164; null when the publisher named none, and whoever calls first is the caller. */
  readonly callerNumber: string | null;
  /** The same for the same key, caller and tags; null when no caller was named, since then no two pings are the same. */
  readonly signature: string | null;
  /** As the publisher sent them, by name without `ping.`; hostile. */
  readonly tags: Readonly<Record<string, string>>;
  /** What the publisher is paid. */
  readonly bidMicros: number;
  readonly currency: string;
  /** Connected time in ms from which it is due. */
  readonly payoutAfterMs: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly madeAt: number;
  /** Exclusive. */
  readonly expiresAt: number;
  /** Best first. */
  readonly offers: readonly ReservedOffer[];
  readonly bids: readonly BidRecord[];
  /** The call that took it up. */
  readonly callId: string | null;
}

/** Of all offers so many are kept; a caller's patience is over long before. */
export const RESERVED_OFFERS_MAX = 20;

/** Why a call takes up no promise. `none`: nothing was pinged for this number of late. */
export type UnmatchedReason = 'none' | 'late' | 'other-caller' | 'taken';

export type Arrival =
  | { readonly kind: 'matched'; readonly reservation: PingReservation }
  | { readonly kind: 'unmatched'; readonly reason: UnmatchedReason };

/**
 * `reservations` are those of the dialled number. One that names the caller goes before one that names nobody; of several
 * the one that expires first.
 */
export function judgeArrival(reservations: readonly PingReservation[], callerNumber: string, atMs: number): Arrival {
  const standing = reservations
    .filter(({ expiresAt }) => atMs < expiresAt)
    .sort((left, right) => left.expiresAt - right.expiresAt);
  const free = standing.filter(({ callId }) => callId === null);
  const found =
    free.find((each) => each.callerNumber === callerNumber) ?? free.find((each) => each.callerNumber === null);
  if (found !== undefined) return { kind: 'matched', reservation: found };
  const unmatched = (reason: UnmatchedReason): Arrival => ({ kind: 'unmatched', reason });
  if (standing.some((each) => each.callerNumber === callerNumber)) return unmatched('taken');
  const untaken = reservations.filter(({ callId }) => callId === null);
  if (untaken.some((each) => each.callerNumber === callerNumber)) return unmatched('late');
  if (free.length > 0) return unmatched('other-caller');
  return unmatched(untaken.some((each) => each.callerNumber === null) ? 'late' : 'none');
}

/** What we bid when the best offer is so much; null when the publisher's rule leaves nothing to bid, or would cost us money. */
export function bidMicrosFor(payout: Payout, bestMicros: number): number | null {
  switch (payout.kind) {
    case 'none':
      return null;
    case 'fixed':
      return payout.amountMicros > 0 && payout.amountMicros <= bestMicros ? payout.amountMicros : null;
    case 'share': {
      const bidMicros = shareOf(bestMicros, payout.basisPoints);
      return bidMicros > 0 ? bidMicros : null;
    }
  }
}

/** Offers of an auction as they are kept; `nowMs` is on its clock, `wallMs` the same moment on the wall's. */
export function reservedOffer(offer: Offer, nowMs: number, wallMs: number): ReservedOffer {
  const { target, bidder, amountMicros, destination, reference, billAfterMs, expiresAtMs } = offer;
  const expiresAt = expiresAtMs === null ? null : Math.floor(wallMs + expiresAtMs - nowMs);
  return {
    ...{ targetId: target.id, bidderId: bidder?.id ?? null, amountMicros, destination, reference, billAfterMs },
    expiresAt,
  };
}
