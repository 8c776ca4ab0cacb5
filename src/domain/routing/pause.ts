/**
 * Somebody is away for a while: a target, a buyer, a campaign, a source or a number of ours takes no new calls, and says why. Calls
 * that are up go on, and nothing of the row is lost. What is switched off for good has `isActive` false instead.
 */
export interface Pause {
  /** For people; may be empty. */
  readonly reason: string;
  /** Who paused it: the name of a key. */
  readonly by: string;
  /** Milliseconds since 1970-01-01 UTC, as the other; null when nobody knows. */
  readonly at: number | null;
  /** Exclusive: from then on calls are taken again. Null until somebody resumes it. */
  readonly until: number | null;
}

/** What can be paused. */
export interface Pausable {
  readonly pause: Pause | null;
}

export function isPaused({ pause }: Pausable, wallMs: number): boolean {
  return pause !== null && (pause.until === null || wallMs < pause.until);
}

/** When it is over: 0 for who is not paused, never for who waits to be resumed. */
export function pausedUntilMs({ pause }: Pausable): number {
  return pause === null ? 0 : (pause.until ?? Number.POSITIVE_INFINITY);
}

const timeOf = (wallMs: number): string => `${new Date(wallMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** For trace and log, such as "paused by ops until 2026-11-23 17:00 UTC: lunch". */
export function describePause({ reason, by, until }: Pause): string {
  const end = until === null ? '' : ` until ${timeOf(until)}`;
  return `paused by ${by}${end}${reason === '' ? '' : `: ${reason}`}`;
}
