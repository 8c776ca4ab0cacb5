/**
 * The record of one call: what the call log, the API and the dashboard show. It is a value; `advance` makes the next one
 * and throws on an arrow that the table does not have, because that is our bug and not the caller's.
 *
 *   received -> refused
 *   received -> answered -> dialing -> bridged -> dialing (buyer lost, next one) ...
 *                        -> fallback -> bridged
 *                           fallback -> dialing (a queue in the chain) -> bridged, fallback
 *   answered, dialing, bridged, fallback -> ended
 *   received -> ended (cancelled before the answer)
 */
import type { FlowProgress } from '../flows/flow-progress.js';
import type { Release } from './release.js';

export type CallState = 'received' | 'refused' | 'answered' | 'dialing' | 'bridged' | 'fallback' | 'ended';

export const CALL_OUTCOMES = [
  'refused',
  'cancelled',
  'sold',
  'connected-unbilled',
  'fallback-connected',
  'voicemail',
  'message',
  'abandoned',
  'failed',
] as const;

export type CallOutcome = (typeof CALL_OUTCOMES)[number];

export interface Call {
  readonly callId: string;
  readonly state: CallState;
  readonly sipCallId: string;
  readonly configurationVersion: number;
  readonly trunkId: string | null;
  readonly didId: string | null;
  readonly campaignId: string | null;
  readonly sourceId: string | null;
  /** The routing plan that it walked, in the version of that moment; null without one. */
  readonly planId: string | null;
  readonly planVersion: number | null;
  /** E.164 when it could be read as a number, else as it came, cut to 64 characters. */
  readonly callerNumber: string;
  readonly calledNumber: string;
  readonly callerName: string | null;
  /** The caller asked that his number go no further. */
  readonly isCallerPrivate: boolean;
  /** What the carrier says of the caller's number (STIR/SHAKEN), in its own word; null when it says nothing. */
  readonly verstat: string | null;
  /** The same caller has called the same number before. */
  readonly isRepeat: boolean;
  /** The caller has converted in the campaign before, within its period: were he to convert, it would be again. */
  readonly isDuplicate: boolean;
  /** Wall clock, milliseconds since 1970-01-01 UTC; durations come from the monotonic clock. */
  readonly startedAt: number;
  readonly answeredAt: number | null;
  readonly bridgedAt: number | null;
  readonly endedAt: number | null;
  readonly holdMs: number | null;
  readonly ringMs: number | null;
  readonly talkMs: number;
  readonly billedMs: number;
  readonly buyerId: string | null;
  readonly targetId: string | null;
  readonly priceMicros: number | null;
  readonly payoutMicros: number | null;
  readonly currency: string | null;
  readonly outcome: CallOutcome | null;
  readonly release: Release | null;
  /** How far the caller has come in the campaign's flow; null when he was in none. */
  readonly flow: FlowProgress | null;
}

const ARROWS: Readonly<Record<CallState, readonly CallState[]>> = {
  received: ['refused', 'answered', 'ended'],
  refused: [],
  answered: ['dialing', 'fallback', 'ended'],
  dialing: ['dialing', 'bridged', 'fallback', 'ended'],
  bridged: ['dialing', 'fallback', 'ended'],
  fallback: ['fallback', 'dialing', 'bridged', 'ended'],
  ended: [],
};

export const CALL_STATES = Object.keys(ARROWS) as readonly CallState[];

export class IllegalTransitionError extends Error {
  override readonly name = 'IllegalTransitionError';
  constructor(from: CallState, to: CallState) {
    super(`a call cannot go from ${from} to ${to}`);
  }
}

export function isTerminal(state: CallState): boolean {
  return ARROWS[state].length === 0;
}

export function mayAdvance(from: CallState, to: CallState): boolean {
  return ARROWS[from].includes(to);
}

export type CallChanges = Partial<Omit<Call, 'callId' | 'state'>>;

export function advance(call: Call, to: CallState, changes: CallChanges = {}): Call {
  if (!mayAdvance(call.state, to)) throw new IllegalTransitionError(call.state, to);
  return { ...call, ...changes, state: to };
}

export interface ReceivedCall {
  readonly callId: string;
  readonly sipCallId: string;
  readonly configurationVersion: number;
  readonly trunkId: string | null;
  readonly callerNumber: string;
  readonly calledNumber: string;
  readonly callerName: string | null;
  readonly isCallerPrivate?: boolean;
  readonly verstat?: string | null;
  readonly startedAt: number;
}

export function receiveCall(received: ReceivedCall): Call {
  return {
    isCallerPrivate: false,
    verstat: null,
    ...received,
    state: 'received',
    isRepeat: false,
    isDuplicate: false,
    didId: null,
    campaignId: null,
    sourceId: null,
    planId: null,
    planVersion: null,
    answeredAt: null,
    bridgedAt: null,
    endedAt: null,
    holdMs: null,
    ringMs: null,
    talkMs: 0,
    billedMs: 0,
    buyerId: null,
    targetId: null,
    priceMicros: null,
    payoutMicros: null,
    currency: null,
    outcome: null,
    release: null,
    flow: null,
  };
}
