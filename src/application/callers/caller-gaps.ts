/** When each caller last came into each campaign, for as long as it matters: a minute. In memory, and gone with the process. */
import type { Clock } from '../ports/clock.js';

/** The longest gap that a campaign may ask for. */
const KEPT_MS = 60_000;
const SWEPT_AT = 10_000;

export class CallerGaps {
  readonly #clock: Clock;
  readonly #last = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds since the caller was last let in; null when that is long ago, or never was. */
  since(campaignId: string, callerNumber: string): number | null {
    const lastMs = this.#last.get(`${campaignId} ${callerNumber}`);
    return lastMs === undefined ? null : this.#clock.monotonicMs() - lastMs;
  }

  /** He was refused after all, and may come by another way. */
  forget(campaignId: string, callerNumber: string): void {
    this.#last.delete(`${campaignId} ${callerNumber}`);
  }

  note(campaignId: string, callerNumber: string): void {
    const nowMs = this.#clock.monotonicMs();
    if (this.#last.size >= SWEPT_AT) {
      for (const [key, lastMs] of this.#last) if (nowMs - lastMs > KEPT_MS) this.#last.delete(key);
    }
    this.#last.set(`${campaignId} ${callerNumber}`, nowMs);
  }
}
