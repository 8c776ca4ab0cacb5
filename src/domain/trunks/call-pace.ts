/**
 * A token bucket that holds one token: calls of one key leave at least an interval apart, as carriers count them, so that no second
 * sees more than the limit. Pure: the flow waits, this says how long.
 */

export interface PaceQuestion {
  readonly callsPerSecond: number;
  readonly maxWaitMs: number;
  readonly nowMs: number;
}

export type PaceTurn =
  | { readonly kind: 'turn'; readonly waitMs: number; readonly nextFreeMs: number }
  /** Nothing is taken. */
  | { readonly kind: 'too-long'; readonly waitMs: number };

/** `freeFromMs`: the monotonic instant that the last turn named; undefined before the first. */
export function takeTurn(freeFromMs: number | undefined, question: PaceQuestion): PaceTurn {
  const { callsPerSecond, maxWaitMs, nowMs } = question;
  const atMs = Math.max(nowMs, freeFromMs ?? nowMs);
  const waitMs = atMs - nowMs;
  if (waitMs > maxWaitMs) return { kind: 'too-long', waitMs };
  return { kind: 'turn', waitMs, nextFreeMs: atMs + 1_000 / callsPerSecond };
}
