/** How calls end of which this process has seen only the remains, and what of them is billed. */
import type { Agreement, ForeseenEnd } from '../../domain/calls/continuation.js';
import { type RoutedEnding, systemRelease } from '../calls/call-ending.js';

export interface Parting {
  readonly bridgedAt: number;
  /** Length of the recording, when it ended with the talk; null when nobody knows. */
  readonly recordedMs: number | null;
  /** When the earlier process was last known to live; null for never. */
  readonly lastAliveAt: number | null;
  readonly why: string;
}

/** Billed is what is known: the length of the recording, else until the earlier process was last seen alive. */
export function partedEnding({ label, sale }: Agreement, parting: Parting): RoutedEnding {
  const { bridgedAt, recordedMs, lastAliveAt, why } = parting;
  const seenMs = lastAliveAt === null ? 0 : lastAliveAt - bridgedAt;
  const talkMs = Math.max(0, Math.round(recordedMs ?? seenMs));
  const how = recordedMs === null ? 'until the control app was last seen' : 'by the length of the recording';
  const detail = `talked to ${label}; ${why}; ${(talkMs / 1000).toFixed(1)} s of talk ${how}`;
  const outcome = sale === null ? 'fallback-connected' : 'sold';
  return { outcome, release: systemRelease('NORMAL_CLEARING', 200, detail), talkMs, sale };
}

/** `why` says what is left of it, when the end of the caller's leg was to say how the call ended and nobody saw it. */
export function unseenEnding({ sale }: Agreement, foreseen: ForeseenEnd, why: string): RoutedEnding {
  const { outcome, talkMs, release, detail } = foreseen;
  return {
    outcome,
    talkMs,
    release: release ?? systemRelease('NORMAL_CLEARING', 200, `${detail}; ${why}`),
    sale: outcome === 'sold' ? sale : null,
  };
}
