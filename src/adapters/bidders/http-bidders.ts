/**
 * Pings and posts over HTTP, in whatever dialect a bidder speaks. Called by the auction and by the dial of its winner;
 * it must never throw for what a bidder does, and never let a caller's data change where or what is asked.
 */
import type { BidderFigure, BidderFigures } from '../../application/ports/bidder-figures.js';
import type { Bidders, BidTokens, PingRequest, PostRequest } from '../../application/ports/bidders.js';
import type { Clock } from '../../application/ports/clock.js';
import type { NumberingPlan } from '../../application/ports/numbering-plan.js';
import type { NoBidReason, PingOutcome, PostOutcome } from '../../domain/bidding/bid.js';
import type { Dialect } from '../../domain/bidding/bidder.js';
import { createAddressGuard, type HostResolver } from './address-guard.js';
import { AnswerFigures } from './answer-figures.js';
import type { AcceptedAnswer, NotUsable } from './answer-reader.js';
import { BidderCircuits } from './bidder-circuits.js';
import { type CompiledDialect, type CompiledStep, DialectCompiler } from './compiled-dialect.js';
import { UnsendableRequestError } from './compiled-request.js';
import { ConnectionPools } from './connection-pools.js';
import { printable } from './dotted-path.js';
import { runExchange } from './exchange.js';
import { PingQuota } from './ping-quota.js';

export interface HttpBiddersOptions {
  readonly clock: Clock;
  readonly numberingPlan: NumberingPlan;
  /** CIDR ranges inside our own networks that bidders may live in, such as 127.0.0.0/8 for a demonstration. */
  readonly allowPrivateAddresses?: readonly string[];
  /** ISO 3166, for destinations in national form when the dialect names no country. */
  readonly defaultCountry?: string;
  readonly maxOrigins?: number;
  readonly connectionsPerOrigin?: number;
  readonly trustedCertificates?: readonly string[];
  /** Faults in a row after which a bidder is left alone, and for how long in ms. */
  readonly circuitFaults?: number;
  readonly circuitOpenMs?: number;
  readonly resolve?: HostResolver;
}

export interface HttpBidders extends Bidders, BidderFigures {
  close(): Promise<void>;
}

interface StepRequest {
  readonly tokens: BidTokens;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

class UndiciBidders implements HttpBidders {
  readonly #clock: Clock;
  readonly #pools: ConnectionPools;
  readonly #circuits: BidderCircuits;
  readonly #dialects: DialectCompiler;
  readonly #quota: PingQuota;
  readonly #figures: AnswerFigures;

  constructor(options: HttpBiddersOptions) {
    this.#clock = options.clock;
    this.#pools = new ConnectionPools({
      guard: createAddressGuard(options.allowPrivateAddresses ?? [], options.resolve),
      maxOrigins: options.maxOrigins ?? 256,
      connectionsPerOrigin: options.connectionsPerOrigin ?? 128,
      trustedCertificates: options.trustedCertificates ?? null,
    });
    this.#circuits = new BidderCircuits(options.clock, {
      faultsToOpen: options.circuitFaults ?? 5,
      openMs: options.circuitOpenMs ?? 10_000,
    });
    this.#dialects = new DialectCompiler(options.numberingPlan, options.defaultCountry ?? 'US');
    this.#quota = new PingQuota(options.clock);
    this.#figures = new AnswerFigures(options.clock);
  }

  async ping(request: PingRequest): Promise<PingOutcome> {
    const outcome = await this.#pingWithin(request);
    this.#figures.note(request.bidder.id, outcome);
    return outcome;
  }

  figures(hours: number): readonly BidderFigure[] {
    return this.#figures.figures(hours);
  }

  async post(request: PostRequest): Promise<PostOutcome> {
    const askedMs = this.#clock.monotonicMs();
    const { post } = this.#compiled(request.bidder.dialect);
    const answer = await this.#ask(post, request, false);
    const latencyMs = this.#clock.monotonicMs() - askedMs;
    if (answer.kind === 'not-usable') {
      return { kind: 'not-accepted', reason: answer.reason, detail: answer.detail, latencyMs };
    }
    const { destination, amountMicros, billAfterMs } = answer;
    return { kind: 'accepted', destination, amountMicros, billAfterMs, latencyMs };
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  /** Within the limits that we keep for the bidder's sake and for ours. */
  async #pingWithin(request: PingRequest): Promise<PingOutcome> {
    const { bidder } = request;
    const askedMs = this.#clock.monotonicMs();
    if (!this.#quota.admits(bidder)) {
      return this.#noBid('rate-limited', `${bidder.maxPingsPerMinute} pings a minute have been sent`, askedMs);
    }
    const outcome = await this.#circuits.run(bidder.id, () => this.#pingOnce(request, askedMs));
    return (
      outcome ?? this.#noBid('circuit-open', `${printable(bidder.name)} failed too often and is left alone`, askedMs)
    );
  }

  async #pingOnce(request: PingRequest, askedMs: number): Promise<PingOutcome> {
    const { bidder } = request;
    const compiled = this.#compiled(bidder.dialect);
    const answer = await this.#ask(compiled.ping, request, true);
    if (answer.kind === 'not-usable') return this.#noBid(answer.reason, answer.detail, askedMs);
    const { amountMicros, destination, reference, billAfterMs } = answer;
    if (amountMicros === null) return this.#noBid('no-price', 'the answer has no price', askedMs);
    if (compiled.postNeedsReference && reference === null) {
      return this.#noBid('refused', 'the answer has no reference, which the post needs', askedMs);
    }
    return {
      kind: 'bid',
      amountMicros,
      destination,
      reference,
      billAfterMs,
      lifetimeMs: answer.lifetimeMs ?? bidder.bidLifetimeMs,
      latencyMs: this.#clock.monotonicMs() - askedMs,
    };
  }

  async #ask(
    step: CompiledStep | string,
    request: StepRequest,
    maySendTwice: boolean,
  ): Promise<AcceptedAnswer | NotUsable> {
    const fault = (reason: NoBidReason, detail: string): NotUsable => ({ kind: 'not-usable', reason, detail });
    if (typeof step === 'string') return fault('connection', step);
    try {
      const http = step.request.build(request.tokens);
      const pool = this.#pools.of(http.origin);
      if (pool === null) return fault('connection', 'no more bidders are asked: the system is stopping');
      const { timeoutMs, signal } = request;
      const result = await runExchange(pool, http, { clock: this.#clock, timeoutMs, signal, maySendTwice });
      if (result.kind === 'failed') return fault(result.reason, result.detail);
      return step.read(result.status, result.body, this.#clock.wallMs());
    } catch (error) {
      if (error instanceof UnsendableRequestError) return fault('cancelled', `not sent: ${error.message}`);
      return fault('connection', printable(error instanceof Error ? error.message : String(error)));
    }
  }

  #compiled(dialect: Dialect): CompiledDialect {
    return this.#dialects.compiled(dialect);
  }

  #noBid(reason: NoBidReason, detail: string, askedMs: number): PingOutcome {
    return { kind: 'no-bid', reason, detail, latencyMs: this.#clock.monotonicMs() - askedMs };
  }
}

/** Holds connections until `close`. Throws when `allowPrivateAddresses` holds what is no CIDR range. */
export function createHttpBidders(options: HttpBiddersOptions): HttpBidders {
  return new UndiciBidders(options);
}
