/**
 * Time for the SIP stack: a clock that tests can turn, and the base values of RFC 3261 table 4. Every timer of the stack and
 * of the user agents above it is taken from here, so that none is left behind unseen.
 */

/** A timer that was set; cancelling one that has fired does nothing. */
export interface SipTimer {
  cancel(): void;
}

export interface SipClock {
  /** Monotonic milliseconds. */
  nowMs(): number;
  /** Runs `fire` once after `delayMs`. It keeps no process alive that has nothing else to do. */
  schedule(delayMs: number, fire: () => void): SipTimer;
}

export interface SipTimerValues {
  /** Round-trip estimate, RFC 3261 section 17.1.1.1. */
  readonly t1Ms: number;
  /** The longest interval between retransmissions of a non-INVITE request or an INVITE response. */
  readonly t2Ms: number;
  /** How long a message may stay in the network. */
  readonly t4Ms: number;
}

export const RFC3261_TIMERS: SipTimerValues = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };

export const systemClock: SipClock = {
  nowMs: () => performance.now(),
  schedule: (delayMs, fire) => {
    const handle = setTimeout(fire, delayMs);
    handle.unref();
    return { cancel: () => clearTimeout(handle) };
  },
};
