/**
 * A clock that knows which timers are running, so that the stack can say how many there are and leave none behind at close.
 */
import type { SipClock, SipTimer } from './sip-clock.js';

export class TrackedClock implements SipClock {
  readonly #inner: SipClock;
  readonly #running = new Set<SipTimer>();
  #closed = false;

  constructor(inner: SipClock) {
    this.#inner = inner;
  }

  nowMs(): number {
    return this.#inner.nowMs();
  }

  schedule(delayMs: number, fire: () => void): SipTimer {
    if (this.#closed) return { cancel: () => undefined };
    const inner = this.#inner.schedule(delayMs, () => {
      this.#running.delete(timer);
      fire();
    });
    const timer: SipTimer = {
      cancel: () => {
        if (this.#running.delete(timer)) inner.cancel();
      },
    };
    this.#running.add(timer);
    return timer;
  }

  get runningCount(): number {
    return this.#running.size;
  }

  /** Cancels all; later ones never fire. */
  close(): void {
    this.#closed = true;
    for (const timer of [...this.#running]) timer.cancel();
  }
}
