/**
 * A limit on how long anything may take, since neither drachtio-srf nor modesl settles a promise whose connection was
 * lost. Every await on a server in this folder goes through here.
 */
import type { Clock } from '../../application/ports/clock.js';

export class DeadlineError extends Error {
  override readonly name = 'DeadlineError';
  constructor(what: string, limitMs: number) {
    super(`${what} took more than ${limitMs} ms`);
  }
}

/** Settles as `work` does, or rejects with DeadlineError after `limitMs`; a late result is then dropped. */
export function withDeadline<T>(clock: Clock, limitMs: number, what: string, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = clock.startTimer(limitMs, () => reject(new DeadlineError(what, limitMs)));
    work.then(
      (value) => {
        stop();
        resolve(value);
      },
      (error: unknown) => {
        stop();
        reject(error);
      },
    );
  });
}

/** Waits for `work` but no longer than `limitMs`; never rejects. */
export async function settledWithin(clock: Clock, limitMs: number, work: Promise<unknown>): Promise<void> {
  await withDeadline(clock, limitMs, 'waiting', work).catch(() => undefined);
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
