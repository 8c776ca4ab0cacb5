/**
 * Something that must reach somebody outside after a call, such as a voicemail: written with the end of the call, so that it is
 * neither lost nor made twice, and tried until it is taken or too old.
 */
export interface Delivery {
  /** The recording's or the fax's; whoever receives it twice knows it by this. */
  readonly itemId: string;
  readonly item: 'voicemail' | 'fax';
  /** There is one for each way, so that what one receiver has is not sent to him again for the other's sake. */
  readonly way: 'webhook' | 'mail';
  readonly callId: string;
  readonly campaignId: string;
  readonly state: 'waiting' | 'delivered' | 'given-up';
  /** Attempts that failed. */
  readonly attempts: number;
  /** Milliseconds since 1970-01-01 UTC. */
  readonly dueAt: number;
  /** What became of the last attempt; null before the first. */
  readonly detail: string | null;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** Between an attempt that failed and the next: twelve attempts in about a day. */
const WAITS_MS = [
  ...[10 * SECOND, 30 * SECOND, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE],
  ...[HOUR, 2 * HOUR, 4 * HOUR, 4 * HOUR, 6 * HOUR, 6 * HOUR],
];

/** The delivery after an attempt that failed. */
export function failedOnce(delivery: Delivery, atMs: number, detail: string): Delivery {
  const waitMs = WAITS_MS[delivery.attempts];
  const attempts = delivery.attempts + 1;
  if (waitMs === undefined) return { ...delivery, state: 'given-up', attempts, detail };
  return { ...delivery, attempts, dueAt: atMs + waitMs, detail };
}
