/**
 * What of a caller's patience an offer needs: the post, the ring, what the buyer is told, and the key with which he takes the call. An offer
 * that no longer fits is passed over, so that a static price which needs less may still be rung. All values in ms.
 */
import type { Campaign } from '../campaigns/campaign.js';

/** Under this a ring is not worth the buyer's while. */
export const SHORTEST_RING_MS = 1_000;
/** Under this a post or a ping is not worth the bidder's while. */
export const SHORTEST_ASK_MS = 250;

export interface OfferNeeds {
  /** The longest that the bidder may take for the post; null without a post. */
  readonly postMs: number | null;
  /** Whisper and accept prompt. */
  readonly saidMs: number;
  /** To press the key that takes the call; 0 without one. */
  readonly keyMs: number;
}

export interface OfferBudget {
  readonly fits: boolean;
  /** The least that must be left. */
  readonly neededMs: number;
  readonly postLimitMs: number;
  /** The ring must be over in so long, so that the rest still fits. */
  readonly ringWithinMs: number;
}

export function budgetOf(leftMs: number, { postMs, saidMs, keyMs }: OfferNeeds): OfferBudget {
  const askMs = postMs === null ? 0 : Math.min(postMs, SHORTEST_ASK_MS);
  const neededMs = askMs + SHORTEST_RING_MS + saidMs + keyMs;
  const ringWithinMs = leftMs - saidMs - keyMs;
  const postLimitMs = postMs === null ? 0 : Math.min(postMs, ringWithinMs - SHORTEST_RING_MS);
  return { fits: leftMs >= neededMs, neededMs, postLimitMs, ringWithinMs };
}

/** How long bids may be waited for, so that whoever wins can still be rung; 0 when it is not worth asking. */
export function pingLimitMs({ auctionDeadlineMs }: Campaign, leftMs: number): number {
  const limitMs = Math.min(auctionDeadlineMs, leftMs - SHORTEST_RING_MS);
  return limitMs < Math.min(SHORTEST_ASK_MS, auctionDeadlineMs) ? 0 : limitMs;
}
