/** The calls that this process serves now: for the operator's list, for "hang up", and for draining. */
import type { Call } from '../../domain/calls/call.js';
import type { TimelineEntry } from '../../domain/calls/timeline.js';
import { type Leaving, LeavingSwitch } from '../survival/leaving.js';
import type { CallDesk } from './call-desk.js';

export interface LiveCall {
  readonly current: () => Call;
  /** Its steps so far; the store gets them when it ends. */
  readonly timeline: () => readonly TimelineEntry[];
  readonly hangup: () => void;
  readonly desk: CallDesk;
}

export class LiveCalls {
  readonly #calls = new Map<string, LiveCall>();
  readonly #waiters = new Set<() => void>();
  readonly #afterwards = new Set<Promise<void>>();
  readonly #leaving = new LeavingSwitch();
  #isOpen: boolean;

  /** Not open yet: until the calls of an earlier process are taken over, new ones are answered 503. */
  constructor(isOpen = true) {
    this.#isOpen = isOpen;
  }

  /** False once the intake is stopped: new calls are answered 503 with Retry-After. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Does nothing once this process is leaving. */
  openIntake(): void {
    this.#isOpen = !this.#leaving.hasBegun;
  }

  stopIntake(): void {
    this.#isOpen = false;
  }

  get leaving(): Leaving {
    return this.#leaving;
  }

  /** From now on nothing new is begun for the calls that are up, and nothing is hung up. */
  leave(): void {
    this.#isOpen = false;
    this.#leaving.begin();
  }

  /** Returns the release. */
  add(callId: string, live: LiveCall): () => void {
    this.#calls.set(callId, live);
    return () => {
      this.#calls.delete(callId);
      if (this.#calls.size > 0) return;
      for (const wake of this.#waiters) wake();
      this.#waiters.clear();
    };
  }

  list(): readonly Call[] {
    return [...this.#calls.values()].map((live) => live.current());
  }

  find(callId: string): LiveCall | null {
    return this.#calls.get(callId) ?? null;
  }

  hangupAll(): void {
    for (const live of [...this.#calls.values()]) live.hangup();
  }

  /** Work that outlives its call, such as the MP3. It must not reject. */
  follow(work: Promise<void>): void {
    this.#afterwards.add(work);
    void work.finally(() => this.#afterwards.delete(work));
  }

  /** Settles when the work of the calls that have ended is done. */
  async whenFollowed(): Promise<void> {
    while (this.#afterwards.size > 0) await Promise.all(this.#afterwards);
  }

  /** Settles when no call is left. */
  whenEmpty(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add(resolve));
  }
}
