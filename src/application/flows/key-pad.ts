/**
 * The keys that a caller presses, in their order, from the answer on: those that nobody has asked for yet are kept, so that he
 * may press ahead of the question. Used by the flow; it must never keep more than a caller could mean.
 */
import type { Clock } from '../ports/clock.js';
import type { CallerLeg } from '../ports/telephony.js';

const MOST_KEPT = 64;
/** In which a terminator that comes behind the last digit belongs to it. */
const TRAILING_MS = 2_000;

export class KeyPad {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #kept: string[] = [];
  #waiting: (() => void) | null = null;
  #trailing: { readonly key: string; readonly untilMs: number } | null = null;
  #pressed = 0;

  /** `signal` ends every wait, as when the caller has left. */
  constructor(leg: Pick<CallerLeg, 'onDtmf'>, clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    leg.onDtmf((key) => this.#take(key));
  }

  /** Since the answer. */
  get pressed(): number {
    return this.#pressed;
  }

  get hasKey(): boolean {
    return this.#kept.length > 0;
  }

  /** One that was pressed already, the first first; null for none. */
  take(): string | null {
    return this.#signal.aborted ? null : (this.#kept.shift() ?? null);
  }

  clear(): void {
    this.#kept.length = 0;
  }

  /** A caller who has been taught to end with this key may do so although nobody waits for it. */
  ignoreTrailing(key: string | null): void {
    if (key === null) return;
    if (this.#kept[0] === key) this.#kept.shift();
    else if (!this.hasKey) this.#trailing = { key, untilMs: this.#clock.monotonicMs() + TRAILING_MS };
  }

  /** Settles when a key is there, `limit` has settled, or nobody waits any more. */
  async arrival(limit: Promise<unknown>): Promise<void> {
    if (this.hasKey || this.#signal.aborted) return;
    let wake = (): void => undefined;
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    this.#waiting = wake;
    this.#signal.addEventListener('abort', wake, { once: true });
    await Promise.race([limit, woken]);
    this.#signal.removeEventListener('abort', wake);
    this.#waiting = null;
  }

  /** Null when none comes in time, or the call is over. */
  async next(limitMs: number): Promise<string | null> {
    let stopTimer = (): void => undefined;
    const elapsed = new Promise<void>((resolve) => {
      if (!this.hasKey && !this.#signal.aborted) stopTimer = this.#clock.startTimer(limitMs, resolve);
    });
    await this.arrival(elapsed);
    stopTimer();
    return this.#signal.aborted ? null : (this.#kept.shift() ?? null);
  }

  #take(key: string): void {
    this.#pressed += 1;
    const trailing = this.#trailing;
    this.#trailing = null;
    if (trailing?.key === key && this.#clock.monotonicMs() <= trailing.untilMs) return;
    if (this.#kept.length < MOST_KEPT) this.#kept.push(key);
    this.#waiting?.();
  }
}
