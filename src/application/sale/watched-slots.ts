/**
 * The slots, and an alarm when those of a limit are nearly or all taken: once an hour for each limit and threshold, since a busy
 * target comes to it with every call. Wraps the counter at the composition root; counts nothing itself.
 */
import { alertOfSlots, thresholdCrossed } from '../../domain/routing/cap-alert.js';
import type { CallEvents } from '../ports/call-events.js';
import type { Clock } from '../ports/clock.js';
import type { SlotCounter, SlotOutcome, SlotRequest } from '../ports/slot-counter.js';

const HOUR_MS = 3_600_000;
/** Of fewer, one call more or less is no news. */
const LEAST_LIMIT = 5;

export class WatchedSlots implements SlotCounter {
  readonly #slots: SlotCounter;
  readonly #clock: Clock;
  readonly #events: Pick<CallEvents, 'alarm'>;
  /** The hour in which a threshold of a key was last told; forgotten with the hour. */
  #told = new Set<string>();
  #hour = 0;

  constructor(slots: SlotCounter, clock: Clock, events: Pick<CallEvents, 'alarm'>) {
    this.#slots = slots;
    this.#clock = clock;
    this.#events = events;
  }

  async reserve(requests: readonly SlotRequest[], owner: string): Promise<SlotOutcome> {
    const outcome = await this.#slots.reserve(requests, owner);
    if (outcome.kind === 'reserved') for (const request of requests) this.#look(request);
    return outcome;
  }

  used(key: string): number {
    return this.#slots.used(key);
  }

  usedAt(slot: number): number {
    return this.#slots.usedAt(slot);
  }

  counts(): (slot: number) => number {
    return this.#slots.counts();
  }

  snapshot(): ReadonlyMap<string, number> {
    return this.#slots.snapshot();
  }

  #look({ key, limit }: SlotRequest): void {
    if (limit === null || limit < LEAST_LIMIT) return;
    const used = this.#slots.used(key);
    const percent = thresholdCrossed(limit, 0, used);
    if (percent === null || !this.#isNews(`${percent} ${key}`)) return;
    const { kind, sentence } = alertOfSlots(key, limit, used, percent);
    this.#events.alarm(kind, sentence);
  }

  #isNews(name: string): boolean {
    const hour = Math.floor(this.#clock.wallMs() / HOUR_MS);
    if (hour !== this.#hour) this.#told = new Set();
    this.#hour = hour;
    if (this.#told.has(name)) return false;
    this.#told.add(name);
    return true;
  }
}
