/**
 * The part of the composition root that is about the process before this one and the one after it: the right to write calls,
 * the calls that are taken over, and what is left behind. Called by main.ts alone.
 */
import type { Logger } from 'pino';
import type { SqliteStore } from './adapters/sqlite/open-sqlite-store.js';
import { isKnownDead, thisProcess } from './adapters/system/process-life.js';
import type { CallDependencies } from './application/calls/call-dependencies.js';
import type { LiveCalls } from './application/calls/live-calls.js';
import type { Clock } from './application/ports/clock.js';
import { adoptCalls } from './application/survival/adopt-calls.js';
import { type DrainEnd, drainCalls } from './application/survival/drain-calls.js';
import { type HeldLease, holdLease } from './application/survival/hold-lease.js';

/** `signal` gives the waiting for another process up. */
export function takeLease(
  store: SqliteStore,
  clock: Clock,
  log: Logger,
  signal: AbortSignal | null,
): Promise<HeldLease> {
  return holdLease({
    lease: store.lease,
    clock,
    me: thisProcess(),
    isDead: isKnownDead,
    onWaiting: ({ pid, host }) =>
      log.warn({ pid, host }, 'another process serves the calls of this database; waiting for it to leave'),
    signal: signal ?? new AbortController().signal,
  });
}

/** The intake opens when this settles. */
export async function takeCallsOver(
  deps: CallDependencies,
  live: LiveCalls,
  { lastAliveAt }: HeldLease,
  log: Logger,
): Promise<void> {
  const startedMs = deps.clock.monotonicMs();
  const { counts, ...rest } = await adoptCalls(deps, live, { lastAliveAt });
  live.openIntake();
  const touched = [...Object.values(counts), ...Object.values(rest)].some((count) => count > 0);
  const tookMs = Math.round(deps.clock.monotonicMs() - startedMs);
  if (touched) log.warn({ ...counts, ...rest, tookMs }, 'calls of an earlier run were taken over');
}

export interface DepartureParts {
  readonly telephony: {
    stopIntake(): void;
    counts(): { readonly pendingCommands: number };
    close(): Promise<void>;
  };
  readonly live: LiveCalls;
  readonly clock: Clock;
  readonly lease: HeldLease;
  readonly drainMs: number;
  readonly end: DrainEnd;
  readonly log: Logger;
}

const CANCELS_LEAVE_MS = 500;

/** How this process takes leave of its calls: told to, or because another one has them already. */
export class Departure {
  readonly #parts: DepartureParts;
  #isLost = false;
  /** Settles when another process has the calls; nothing is done for them any more. */
  readonly lost: Promise<void>;

  constructor(parts: DepartureParts) {
    this.#parts = parts;
    this.lost = parts.lease.lost.then(() => this.#lose());
  }

  /** What is up afterwards is nobody's until the next process comes. */
  async leave(): Promise<void> {
    const { telephony, live, clock, lease, drainMs, end, log } = this.#parts;
    if (this.#isLost) return;
    telephony.stopIntake();
    const { cutOff, left } = await drainCalls(live, clock, { drainMs, end });
    if (cutOff > 0) log.warn({ calls: cutOff }, 'calls were cut off by the end of the drain');
    await live.whenFollowed();
    if (left === 0) return;
    log.warn({ calls: left }, 'calls are left up for the next start, which takes them over');
    if (telephony.counts().pendingCommands > 0)
      await new Promise<void>((resolve) => void clock.startTimer(CANCELS_LEAVE_MS, resolve));
    // From here on nothing is written: what is still heard of these calls is the business of the next process.
    await lease.release();
  }

  async #lose(): Promise<void> {
    const { telephony, live, log } = this.#parts;
    this.#isLost = true;
    log.error('another process serves the calls of this database now; this one ends');
    live.leave();
    await telephony.close();
  }
}
