/**
 * Ends a process without cutting anybody off: intake stops, calls get their time. What is up then is left to the process
 * that comes next, which adopts it, or is hung up where nobody comes next.
 */
import type { LiveCalls } from '../calls/live-calls.js';
import type { Clock } from '../ports/clock.js';

export type DrainEnd = 'leave' | 'hang-up';

export type DrainOutcome = {
  /** Calls that were hung up. */
  readonly cutOff: number;
  /** Calls that are up still. */
  readonly left: number;
};

export async function drainCalls(
  live: LiveCalls,
  clock: Clock,
  { drainMs, end }: { readonly drainMs: number; readonly end: DrainEnd },
): Promise<DrainOutcome> {
  live.stopIntake();
  let stopTimer = (): void => undefined;
  const timeUp = new Promise<'time-up'>((resolve) => {
    stopTimer = clock.startTimer(drainMs, () => resolve('time-up'));
  });
  const first = await Promise.race([live.whenEmpty(), timeUp]);
  stopTimer();
  if (first !== 'time-up') return { cutOff: 0, left: 0 };
  const up = live.size;
  if (end === 'leave') {
    live.leave();
    return { cutOff: 0, left: up };
  }
  live.hangupAll();
  await live.whenEmpty();
  return { cutOff: up, left: 0 };
}
