/**
 * What publishers were promised, in the store: it survives a restart, and of two calls that come for one promise one gets
 * it, whichever process serves them. Reservations are forgotten an hour after they expired.
 */
import type { Arrival, PingReservation } from '../../domain/bidding/ping-reservation.js';

/** A call that may take a promise up. */
export interface ArrivingCall {
  readonly callId: string;
  readonly didId: string;
  readonly callerNumber: string;
}

/** For so long it can be said of a call that it came late, in ms. */
export const REMEMBERED_MS = 3_600_000;

export interface PingReservations {
  /**
   * Durable when it settles. False, and nothing is written, when it names no caller and another one that names none stands
   * for the same number: nobody could tell their calls apart.
   */
  add(reservation: PingReservation): Promise<boolean>;
  /** The one with this signature that stands and no call has taken up yet. */
  find(signature: string, at: number): Promise<PingReservation | null>;
  /** Those of the DIDs for which a reservation without a caller stands. */
  claimedDids(at: number): Promise<readonly string[]>;
  /** As `judgeArrival` says; what matches is taken up by this call. Atomic. */
  take(call: ArrivingCall, at: number): Promise<Arrival>;
  /** What this call took up; null when it took up nothing. */
  ofCall(callId: string): Promise<PingReservation | null>;
}
