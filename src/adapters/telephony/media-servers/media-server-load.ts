/**
 * How full one FreeSWITCH is: what its HEARTBEAT said last, and what has come and gone on our own account since. media-servers.ts
 * compares servers by it; it never decides alone, since a server that looks full may have room again.
 */
import type { Clock } from '../../../application/ports/clock.js';
import type { ChannelEvent } from '../event-socket/channel-event.js';

/** How long a server that has refused a call is tried after the others. */
const REST_MS = 1_000;

export class MediaServerLoad {
  readonly #clock: Clock;
  /** Channels that are not ours: conferences, other apps. */
  #foreign = 0;
  #maxSessions: number | null = null;
  #restsUntil = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `ours`: channels of this app on it now. */
  onHeartbeat(event: ChannelEvent, ours: number): void {
    const sessions = event.number('Session-Count');
    const max = event.number('Max-Sessions');
    if (Number.isFinite(sessions)) this.#foreign = Math.max(0, sessions - ours);
    if (Number.isFinite(max) && max > 0) this.#maxSessions = max;
  }

  /** It has just refused a call, or not answered. */
  refused(): void {
    this.#restsUntil = this.#clock.monotonicMs() + REST_MS;
  }

  isResting(): boolean {
    return this.#clock.monotonicMs() < this.#restsUntil;
  }

  /** Share of its sessions that are taken, 0 to 1 and beyond; before the first HEARTBEAT as if it could carry `assumedMax`. */
  share(ours: number, assumedMax: number): number {
    return (this.#foreign + ours) / (this.#maxSessions ?? assumedMax);
  }
}
