/**
 * Takes the right to write calls, waiting for the process that has it to leave or to die, and keeps it until it is given
 * back or lost. Called by the composition root before any call is touched.
 */
import type { Clock } from '../ports/clock.js';
import type { LeaseHolder, LeaseState, ProcessLease } from '../ports/process-lease.js';

/** A holder that has not been heard of for this long is taken for dead. */
export const LEASE_STALE_MS = 3_000;
const BEAT_MS = 500;
const LOOK_MS = 100;

export interface LeaseTerms {
  readonly lease: ProcessLease;
  readonly clock: Clock;
  readonly me: LeaseHolder;
  /** Whether that process is known to be gone, which only somebody on the same host can say. */
  readonly isDead: (holder: LeaseHolder) => boolean;
  /** Called once, when somebody else has it. */
  readonly onWaiting: (holder: LeaseHolder) => void;
  /** Gives the waiting up. */
  readonly signal: AbortSignal;
}

export interface HeldLease {
  /** When the one before was last heard of; null when there was none. */
  readonly lastAliveAt: number | null;
  /** Settles when it is lost to another process; never when it is given back. */
  readonly lost: Promise<void>;
  release(): Promise<void>;
}

function isFree({ holder, beatAt }: LeaseState, { clock, isDead }: LeaseTerms): boolean {
  return holder === null || isDead(holder) || clock.wallMs() - beatAt > LEASE_STALE_MS;
}

/** Rejects when the waiting is given up, or the store fails. */
export async function holdLease(terms: LeaseTerms): Promise<HeldLease> {
  const { lease, clock, me, signal } = terms;
  let hasTold = false;
  for (;;) {
    const state = await lease.look();
    if (isFree(state, terms) && (await lease.take(me, state.fence, clock.wallMs())))
      return keep(lease, clock, state.beatAt === 0 ? null : state.beatAt);
    if (state.holder !== null && !hasTold) terms.onWaiting(state.holder);
    hasTold = true;
    if (signal.aborted) throw new Error('told to stop while another process served the calls of this database');
    await new Promise<void>((resolve) => void clock.startTimer(LOOK_MS, resolve));
  }
}

/** A store that fails to take a beat is no loss: whether somebody else has taken over, only the store can say. */
function keep(lease: ProcessLease, clock: Clock, lastAliveAt: number | null): HeldLease {
  let stopTimer = (): void => undefined;
  let isOver = false;
  const lost = new Promise<void>((resolve) => {
    const beat = async (): Promise<void> => {
      const isHeld = await lease.beat(clock.wallMs()).catch(() => true);
      if (isOver) return;
      if (isHeld) stopTimer = clock.startTimer(BEAT_MS, () => void beat());
      else resolve();
    };
    stopTimer = clock.startTimer(BEAT_MS, () => void beat());
  });
  const release = async (): Promise<void> => {
    isOver = true;
    stopTimer();
    await lease.release(clock.wallMs());
  };
  return { lastAliveAt, lost, release };
}
