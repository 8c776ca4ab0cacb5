/** How a call ended, gathered from whatever ended it, and the one release that its record gets. */
import type { CallOutcome } from '../../domain/calls/call.js';
import type { SaleTerms } from '../../domain/calls/continuation.js';
import type { Release } from '../../domain/calls/release.js';
import type { LegEnd } from '../ports/telephony.js';

export interface CallEnding {
  readonly outcome: CallOutcome;
  readonly release: Release;
}

/** An ending with what it cost and whom. */
export interface RoutedEnding extends CallEnding {
  readonly talkMs: number;
  /** On what terms it was sold; null when it was not. */
  readonly sale: SaleTerms | null;
}

/** Turns "this leg has ended" into a value that a race can be run on. */
export async function answerEnds(ended: Promise<LegEnd>): Promise<'ended'> {
  await ended;
  return 'ended';
}

/** What is said of a leg's end, with what its media server or link had to do with it. */
export function withReason(detail: string, end: Pick<LegEnd, 'detail'>): string {
  return end.detail === undefined ? detail : `${detail}; ${end.detail}`;
}

export function callerRelease(end: LegEnd, detail: string): Release {
  const by = end.by === 'far-end' ? 'caller' : 'system';
  return { by, cause: end.cause, sipStatus: end.sipStatus, detail: withReason(detail, end) };
}

export function systemRelease(cause: Release['cause'], sipStatus: number, detail: string): Release {
  return { by: 'system', cause, sipStatus, detail };
}
