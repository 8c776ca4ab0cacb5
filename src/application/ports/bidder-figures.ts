/** How the bidders have answered lately, for those who must find out which of them is slow. Kept by whoever sends the pings. */

/** Counts of pings since a moment. `asked` is the sum of `bids`, `refused`, `timeouts` and `faults`. */
export interface BidderFigure {
  readonly bidderId: string;
  readonly asked: number;
  readonly bids: number;
  /** Refusals in good order. */
  readonly refused: number;
  /** No answer within the bidder's own time, or that of the auction; what comes later is not read. */
  readonly timeouts: number;
  /** Broken connections, HTTP statuses, and answers that are none, or had expired when they came. */
  readonly faults: number;
  /** Pings cut off because the auction was decided: they say nothing about the bidder. */
  readonly givenUp: number;
  /** Left alone after too many faults, or at his limit of pings a minute. */
  readonly unasked: number;
  /** Of bids and refusals, in ms; null without any. */
  readonly meanMs: number | null;
  readonly slowestMs: number | null;
}

export interface BidderFigures {
  /** Of the last so many hours, the running one included; 24 are kept. */
  figures(hours: number): readonly BidderFigure[];
}
