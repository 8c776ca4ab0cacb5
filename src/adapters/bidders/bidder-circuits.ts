/**
 * A circuit breaker per bidder: after a run of faults the bidder is not asked for a while, then one ping tries it again.
 *
 * closed --faults in a row--> open --the time is up, one trial--> half-open --answer--> closed
 *                               ^-----------------trial fails or is given up-----------'
 *
 * A refusal in good order is an answer. A ping that we gave up ourselves (the auction was over) says nothing about the
 * bidder: it counts neither way, except that a trial which was given up leaves the circuit open.
 */
import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { Clock } from '../../application/ports/clock.js';
import type { NoBidReason, PingOutcome } from '../../domain/bidding/bid.js';

const FAULTS: ReadonlySet<NoBidReason> = new Set([
  'timeout',
  'connection',
  'http-status',
  'too-large',
  'not-json',
  'address-refused',
]);

/** Carries an outcome past the breaker that is neither a success nor a fault. */
class GivenUp extends Error {
  readonly outcome: PingOutcome;
  constructor(outcome: PingOutcome) {
    super('given up');
    this.outcome = outcome;
  }
}

const MAX_CIRCUITS = 4096;

export interface CircuitOptions {
  readonly faultsToOpen: number;
  readonly openMs: number;
}

export class BidderCircuits {
  readonly #clock: Clock;
  readonly #options: CircuitOptions;
  readonly #circuits = new Map<string, CircuitBreakerPolicy>();

  constructor(clock: Clock, options: CircuitOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Null when the bidder is not to be asked now. `ask` must not reject. */
  async run(bidderId: string, ask: () => Promise<PingOutcome>): Promise<PingOutcome | null> {
    const circuit = this.#circuitOf(bidderId);
    // The library would make a second ping wait for the trial, beyond any deadline.
    if (circuit.state === CircuitState.HalfOpen) return null;
    try {
      return await circuit.execute(async () => {
        const outcome = await ask();
        if (outcome.kind === 'no-bid' && outcome.reason === 'cancelled') throw new GivenUp(outcome);
        return outcome;
      });
    } catch (error) {
      return error instanceof GivenUp ? error.outcome : null;
    }
  }

  #circuitOf(bidderId: string): CircuitBreakerPolicy {
    const known = this.#circuits.get(bidderId);
    if (known !== undefined) return known;
    const [oldest] = this.#circuits.keys();
    if (oldest !== undefined && this.#circuits.size >= MAX_CIRCUITS) this.#circuits.delete(oldest);
    const policy = handleWhen(() => circuit.state === CircuitState.HalfOpen).orWhenResult(
      (outcome) => isOutcome(outcome) && outcome.kind === 'no-bid' && FAULTS.has(outcome.reason),
    );
    const circuit: CircuitBreakerPolicy = circuitBreaker(policy, {
      breaker: new ConsecutiveBreaker(this.#options.faultsToOpen),
      halfOpenAfter: { next: () => this.#backoff() },
    });
    this.#circuits.set(bidderId, circuit);
    return circuit;
  }

  /** The library compares its duration with the wall clock, which may jump; the answer comes from the monotonic one. */
  #backoff(): IBackoff<unknown> {
    const clock = this.#clock;
    const endsMs = clock.monotonicMs() + this.#options.openMs;
    return {
      get duration() {
        return clock.monotonicMs() >= endsMs ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
      },
      next: () => this.#backoff(),
    };
  }
}

function isOutcome(value: unknown): value is PingOutcome {
  return typeof value === 'object' && value !== null && 'kind' in value;
}
