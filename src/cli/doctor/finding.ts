/** What one check of `ringpost doctor` says: a state, what was found, and what to do about it. Made by the checks, printed by run-doctor.ts. */

export type FindingState = 'ok' | 'warning' | 'fault' | 'skipped';

export interface Outcome {
  readonly state: FindingState;
  /** One sentence or several. Never holds a secret. */
  readonly found: string;
  /** What to do; null when there is nothing to do. */
  readonly advice: string | null;
}

export interface Finding extends Outcome {
  readonly name: string;
}

export const ok = (found: string): Outcome => ({ state: 'ok', found, advice: null });
export const warning = (found: string, advice: string): Outcome => ({ state: 'warning', found, advice });
export const fault = (found: string, advice: string): Outcome => ({ state: 'fault', found, advice });
export const skipped = (found: string, advice: string | null = null): Outcome => ({ state: 'skipped', found, advice });

/** Thrown by what several checks share when it cannot be had: whoever asked for it is skipped, and the check that is about it says why. */
export class SkippedError extends Error {
  override readonly name = 'SkippedError';
}

/** Text of a server or of the system in a sentence: short, on one line, nothing that a terminal would obey. */
export function quoted(text: string, length = 160): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}...` : line;
}

export function sentenceOf(error: unknown): string {
  return quoted(error instanceof Error ? error.message : String(error), 300);
}

/** `a, b and c`; more than `limit` are counted. */
export function listed(items: readonly string[], limit = 8): string {
  const shown = items.slice(0, limit);
  if (items.length > limit) shown.push(`${items.length - limit} more`);
  const last = shown.pop() ?? '';
  return shown.length === 0 ? last : `${shown.join(', ')} and ${last}`;
}
