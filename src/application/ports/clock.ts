/** The only door through which time comes in: durations and deadlines from a monotonic clock, schedules from the wall clock. */
export interface Clock {
  /** Milliseconds on a clock that never jumps; its zero means nothing. */
  monotonicMs(): number;
  /** Milliseconds since 1970-01-01 UTC. */
  wallMs(): number;
  /** Calls back once after `delayMs`, unless the returned function is called before. */
  startTimer(delayMs: number, onElapsed: () => void): () => void;
}
