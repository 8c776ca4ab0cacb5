/** Pings and posts. An implementation never throws for what a bidder does: every fault is a `no-bid` with its reason. */

import type { PingOutcome, PostOutcome } from '../../domain/bidding/bid.js';
import type { Bidder } from '../../domain/bidding/bidder.js';

/** What a template may name; values are caller data and are treated as hostile. */
export type BidTokens = Readonly<Record<string, string>>;

export interface PingRequest {
  readonly bidder: Bidder;
  readonly tokens: BidTokens;
  /** The smaller of the bidder's own deadline and what is left of the auction's, in ms. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface PostRequest {
  readonly bidder: Bidder;
  readonly tokens: BidTokens;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface Bidders {
  ping(request: PingRequest): Promise<PingOutcome>;
  post(request: PostRequest): Promise<PostOutcome>;
}
