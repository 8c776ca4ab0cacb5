/**
 * How much of a call's timeline and bids has been handed to the store, and how much of it the store has confirmed. Belongs to the journal
 * of one call. What is confirmed has no gap before it, so that the closing need not carry it again.
 */
import type { BidRecord } from '../../domain/bidding/bid.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import type { CallProgress } from '../ports/call-repository.js';

type Growth = Pick<CallProgress, 'timeline' | 'bids'>;

export class WrittenProgress {
  readonly #handed: { timeline: number; bids: number };
  readonly #stored: { timeline: number; bids: number };

  /** With what the store had at the beginning. */
  constructor(stored: { readonly timeline: number; readonly bids: number }) {
    this.#handed = { ...stored };
    this.#stored = { ...stored };
  }

  get stored(): { readonly timeline: number; readonly bids: number } {
    return { ...this.#stored };
  }

  /** What has come since the last time. */
  take(timeline: readonly TimelineEntry[], bids: readonly BidRecord[]): Growth {
    const from = { ...this.#handed };
    this.#handed.timeline = timeline.length;
    this.#handed.bids = bids.length;
    return {
      timeline: { from: from.timeline, entries: timeline.slice(from.timeline) },
      bids: { from: from.bids, entries: bids.slice(from.bids) },
    };
  }

  /** The store has it. A write that failed leaves a gap, and what follows it does not count. */
  confirm({ timeline, bids }: Growth): void {
    if (timeline.from === this.#stored.timeline) this.#stored.timeline += timeline.entries.length;
    if (bids.from === this.#stored.bids) this.#stored.bids += bids.entries.length;
  }
}
