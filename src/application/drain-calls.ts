/** Ends a process without cutting anybody off who can still finish: intake stops, calls get their time, the rest is hung up. */
import type { LiveCalls } from './live-calls.js';
import type { Clock } from './ports/clock.js';

export type DrainOutcome = { readonly cutOff: number };

export async function drainCalls(live: LiveCalls, clock: Clock, drainMs: number): Promise<DrainOutcome> {
  live.stopIntake();
  let stopTimer = (): void => undefined;
  const timeUp = new Promise<'time-up'>((resolve) => {
    stopTimer = clock.startTimer(drainMs, () => resolve('time-up'));
  });
  const first = await Promise.race([live.whenEmpty(), timeUp]);
  stopTimer();
  if (first !== 'time-up') return { cutOff: 0 };
  const cutOff = live.size;
  live.hangupAll();
  await live.whenEmpty();
  return { cutOff };
}
