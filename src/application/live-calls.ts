/** The calls that this process serves now: for the operator's list, for "hang up", and for draining. */
import type { Call } from '../domain/call.js';

export interface LiveCall {
  readonly current: () => Call;
  readonly hangup: () => void;
}

export class LiveCalls {
  readonly #calls = new Map<string, LiveCall>();
  readonly #waiters = new Set<() => void>();
  #isOpen = true;

  /** False once the intake is stopped: new calls are answered 503 with Retry-After. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  get size(): number {
    return this.#calls.size;
  }

  stopIntake(): void {
    this.#isOpen = false;
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

  /** Settles when no call is left. */
  whenEmpty(): Promise<void> {
    if (this.#calls.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.add(resolve));
  }
}
