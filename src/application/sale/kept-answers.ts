/**
 * Bids that came to nothing while they stand, for a caller who calls again before they expire: bidders who say so (`reuseAnswers`) are not
 * asked a second time. A bid has one owner: the call that got it, then this store, then the call that takes it out. What was posted or
 * dialled never comes back, so no bid is taken up twice. In memory alone; a restart asks anew.
 */
import type { PingOutcome } from '../../domain/bidding/bid.js';
import type { Bidder } from '../../domain/bidding/bidder.js';
import { isE164 } from '../../domain/trunks/phone-number.js';
import type { CallScope } from '../calls/call-scope.js';
import type { BidTokens } from '../ports/bidders.js';

export type Bid = Extract<PingOutcome, { kind: 'bid' }>;

interface Kept {
  readonly bid: Bid;
  /** Monotonic. */
  readonly askedAtMs: number;
  readonly expiresAtMs: number;
  isSpent: boolean;
}

/** The answer of a bidder for a target, in one call. */
export interface Asking {
  readonly callId: string;
  readonly targetId: string;
  readonly bidder: Bidder;
  readonly tokens: BidTokens;
  readonly configurationVersion: number;
}

export interface Reused {
  readonly bid: Bid;
  readonly ageMs: number;
}

/** Those that were kept first go first. */
const MOST_KEPT = 10_000;

/** What two askings have in common that are one: all that the bidder was told but the name of the call. */
function nameOf({ targetId, bidder, tokens, configurationVersion }: Asking): string {
  const { call_id: _call, ...told } = tokens;
  return JSON.stringify([configurationVersion, bidder.id, targetId, Object.entries(told).sort()]);
}

/** Whoever withholds his number, or has none in E.164, such as "Unavailable", cannot be known again: another may say the same. */
const isKnown = ({ bidder, tokens }: Asking): boolean =>
  bidder.reuseAnswers === true && isE164(tokens.caller_number ?? '');

export class KeptAnswers {
  readonly #nowMs: () => number;
  readonly #kept = new Map<string, Kept>();
  /** Of live calls, by call and target. */
  readonly #owned = new Map<string, readonly Kept[]>();

  /** `nowMs` is monotonic. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Out of the store, with what is left of its life; null when there is none. */
  take(asking: Asking): Reused | null {
    if (!isKnown(asking)) return null;
    const name = nameOf(asking);
    const kept = this.#kept.get(name);
    this.#kept.delete(name);
    const lifetimeMs = (kept?.expiresAtMs ?? 0) - this.#nowMs();
    if (kept === undefined || lifetimeMs <= 0) return null;
    return { bid: { ...kept.bid, lifetimeMs, latencyMs: 0 }, ageMs: this.#nowMs() - kept.askedAtMs };
  }

  /** Into the store when the scope of the call ends, unless it was spent by then. `ageMs` is 0 for a new one. */
  keepAfter(scope: CallScope, asking: Asking, { bid, ageMs }: Reused): void {
    if (!isKnown(asking)) return;
    const nowMs = this.#nowMs();
    const owner = ownerOf(asking);
    const kept: Kept = { bid, askedAtMs: nowMs - ageMs, expiresAtMs: nowMs + bid.lifetimeMs, isSpent: false };
    this.#owned.set(owner, [...(this.#owned.get(owner) ?? []), kept]);
    scope.defer(() => {
      this.#disown(owner, kept);
      if (kept.isSpent || kept.expiresAtMs <= this.#nowMs()) return;
      this.#kept.set(nameOf(asking), kept);
      const [first] = this.#kept.keys();
      if (this.#kept.size > MOST_KEPT && first !== undefined) this.#kept.delete(first);
    });
  }

  /** What a part of the call, such as a queue, has asked ends with that part; the rest is the call's on. */
  #disown(owner: string, kept: Kept): void {
    const left = (this.#owned.get(owner) ?? []).filter((each) => each !== kept);
    if (left.length === 0) this.#owned.delete(owner);
    else this.#owned.set(owner, left);
  }

  /** It is posted or dialled from now on. */
  spend(asking: Pick<Asking, 'callId' | 'targetId'>): void {
    for (const kept of this.#owned.get(ownerOf(asking)) ?? []) kept.isSpent = true;
  }
}

function ownerOf({ callId, targetId }: Pick<Asking, 'callId' | 'targetId'>): string {
  return `${callId} ${targetId}`;
}
