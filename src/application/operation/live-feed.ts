/**
 * The events of all calls in one order, each with a sequence number, for whoever follows them: a ring of bounded size that
 * every follower reads at his own pace. To publish costs the same however many follow and however slow they are. The
 * sequence begins at 1 with each start of the process, under a new epoch.
 */
import type { Call } from '../../domain/calls/call.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';

export interface FeedEvent {
  readonly sequence: number;
  readonly kind: 'step' | 'closed';
  /** Milliseconds since 1970-01-01 UTC. */
  readonly at: number;
  /** The call as it was at that moment. */
  readonly call: Call;
  /** Null when the call was closed. */
  readonly entry: TimelineEntry | null;
}

/** Null asks for every call. */
export interface FeedFilter {
  readonly campaignId: string | null;
  readonly callId: string | null;
}

export interface FeedRequest extends FeedFilter {
  /** The last sequence number that the follower has; null to begin with the next event. */
  readonly after: number | null;
  /** The epoch in which he got it; null when he does not say. */
  readonly epoch: string | null;
}

export type FeedTaken =
  | { readonly kind: 'event'; readonly event: FeedEvent }
  | { readonly kind: 'caught-up' }
  /** The ring has been overwritten before he read it. */
  | { readonly kind: 'too-slow'; readonly missedFrom: number; readonly oldest: number }
  | { readonly kind: 'closed' };

export type FeedOpening =
  | { readonly kind: 'open'; readonly cursor: FeedCursor }
  | { readonly kind: 'resume-impossible'; readonly sentence: string };

export interface LiveFeedOptions {
  /** Names this run of the sequence; another one for each start. */
  readonly epoch: string;
  /** Events that are kept for whoever drops and comes back. */
  readonly capacity: number;
}

export class LiveFeed {
  readonly epoch: string;
  readonly #ring: (FeedEvent | undefined)[];
  readonly #listeners = new Set<() => void>();
  #newest = 0;
  #isClosed = false;

  constructor({ epoch, capacity }: LiveFeedOptions) {
    if (!Number.isInteger(capacity) || capacity < 1)
      throw new RangeError(`a feed keeps 1 event or more, not ${capacity}`);
    this.epoch = epoch;
    this.#ring = new Array<FeedEvent | undefined>(capacity).fill(undefined);
  }

  /** The last sequence number that was given; 0 before the first. */
  get newest(): number {
    return this.#newest;
  }

  /** The first sequence number that can still be read. */
  get oldest(): number {
    return Math.max(1, this.#newest - this.#ring.length + 1);
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** A listener of call events, for the composition root to subscribe. */
  readonly stepped = (call: Call, entry: TimelineEntry): void => {
    this.#publish({ kind: 'step', at: call.startedAt + entry.atMs, call, entry });
  };

  readonly closed = (call: Call): void => {
    this.#publish({ kind: 'closed', at: call.endedAt ?? call.startedAt, call, entry: null });
  };

  /** Followers read what there is and are told that this was all. */
  close(): void {
    this.#isClosed = true;
    for (const listener of [...this.#listeners]) listener();
  }

  /** The listener runs inside the flow of a call: it must return at once and never throw. Returns the release. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  open(request: FeedRequest): FeedOpening {
    const { after, epoch } = request;
    if (after === null) return { kind: 'open', cursor: new FeedCursor(this, this.#newest + 1, request) };
    const impossible = (why: string): FeedOpening => ({
      kind: 'resume-impossible',
      sentence: `resume impossible: ${why}; read what you missed from the calls and open the feed without "after"`,
    });
    if ((epoch !== null && epoch !== this.epoch) || after > this.#newest) {
      return impossible(`the sequence began anew under epoch ${this.epoch}, newest is ${this.#newest}`);
    }
    if (after + 1 < this.oldest) return impossible(`oldest is ${this.oldest}`);
    return { kind: 'open', cursor: new FeedCursor(this, after + 1, request) };
  }

  /** Undefined when it is no longer, or not yet, there. */
  eventOf(sequence: number): FeedEvent | undefined {
    const event = this.#ring[sequence % this.#ring.length];
    return event?.sequence === sequence ? event : undefined;
  }

  #publish(event: Omit<FeedEvent, 'sequence'>): void {
    if (this.#isClosed) return;
    this.#newest += 1;
    this.#ring[this.#newest % this.#ring.length] = { ...event, sequence: this.#newest };
    for (const listener of this.#listeners) listener();
  }
}

/** One follower's place in the feed. It holds no event: what he has not read stands in the ring, or is lost to him. */
export class FeedCursor {
  readonly #feed: LiveFeed;
  readonly #filter: FeedFilter;
  #next: number;

  constructor(feed: LiveFeed, next: number, filter: FeedFilter) {
    this.#feed = feed;
    this.#next = next;
    this.#filter = { campaignId: filter.campaignId, callId: filter.callId };
  }

  /** Sequence number from which on he has read nothing. */
  get next(): number {
    return this.#next;
  }

  /** What he has not read is no longer there. */
  get isOvertaken(): boolean {
    return this.#next < this.#feed.oldest;
  }

  take(): FeedTaken {
    const { oldest } = this.#feed;
    if (this.isOvertaken) return { kind: 'too-slow', missedFrom: this.#next, oldest };
    while (this.#next <= this.#feed.newest) {
      const event = this.#feed.eventOf(this.#next);
      this.#next += 1;
      if (event !== undefined && this.#isWanted(event)) return { kind: 'event', event };
    }
    return this.#feed.isClosed ? { kind: 'closed' } : { kind: 'caught-up' };
  }

  #isWanted({ call }: FeedEvent): boolean {
    const { campaignId, callId } = this.#filter;
    return (campaignId === null || call.campaignId === campaignId) && (callId === null || call.callId === callId);
  }
}
