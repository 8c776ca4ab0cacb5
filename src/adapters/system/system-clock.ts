/** The clocks and timers of this machine behind the `Clock` port. The composition root makes one; tests use their own. */
import { performance } from 'node:perf_hooks';
import type { Clock } from '../../application/ports/clock.js';

/** Longest delay that a Node timer keeps; a longer one would fire at once. */
const MAX_DELAY_MS = 2_147_483_647;

export function createSystemClock(): Clock {
  return {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    startTimer(delayMs, onElapsed) {
      const timer = setTimeout(onElapsed, Math.min(Math.max(0, delayMs), MAX_DELAY_MS));
      return () => clearTimeout(timer);
    },
  };
}
