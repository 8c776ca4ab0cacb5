/**
 * The channels that exist, by uuid, with the counters and limits of `status`, `fsctl` and HEARTBEAT. The SIP profile asks it
 * before it takes a call; commands look channels up here.
 */
import type { Channel } from './channel.js';

export interface ChannelLimits {
  maxSessions: number;
  /** New sessions a second. */
  sessionsPerSecond: number;
}

export class ChannelTable {
  readonly limits: ChannelLimits;
  isPausedInbound = false;
  isPausedOutbound = false;
  sessionsSinceStart = 0;
  sessionsPeak = 0;
  perSecondPeak = 0;
  readonly #channels = new Map<string, Channel>();
  #second = 0;
  #inThisSecond = 0;
  #inLastSecond = 0;
  #whenEmpty: (() => void)[] = [];

  constructor(limits: ChannelLimits) {
    this.limits = limits;
  }

  /** False: FreeSWITCH answers 503 because of max-sessions, sps or `fsctl pause`. Counts the attempt when true. */
  admit(nowMs: number): boolean {
    this.#turnSecond(nowMs);
    // mod_sofia counts the session that it has just made: the last one is never given out.
    if (this.isPausedInbound || this.#channels.size + 1 >= this.limits.maxSessions) return false;
    if (this.#inThisSecond >= this.limits.sessionsPerSecond) return false;
    this.#inThisSecond += 1;
    this.perSecondPeak = Math.max(this.perSecondPeak, this.#inThisSecond);
    this.sessionsSinceStart += 1;
    return true;
  }

  lastSessionsPerSecond(nowMs: number): number {
    this.#turnSecond(nowMs);
    return this.#inLastSecond;
  }

  add(channel: Channel): void {
    this.#channels.set(channel.uuid, channel);
    this.sessionsPeak = Math.max(this.sessionsPeak, this.#channels.size);
  }

  remove(channel: Channel): void {
    if (this.#channels.get(channel.uuid) === channel) this.#channels.delete(channel.uuid);
    if (this.#channels.size > 0) return;
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  has(uuid: string): boolean {
    return this.#channels.has(uuid);
  }

  /** `switch_core_session_locate`: a channel that has been hung up is not found any more. */
  locate(uuid: string): Channel | null {
    const channel = this.#channels.get(uuid);
    return channel === undefined || channel.isDown ? null : channel;
  }

  all(): Channel[] {
    return [...this.#channels.values()];
  }

  /** What `show channels` lists: from CHANNEL_CREATE to CHANNEL_DESTROY. */
  listed(): Channel[] {
    return this.all().filter((channel) => channel.isListed);
  }

  size(): number {
    return this.#channels.size;
  }

  /** Resolves when the last channel is gone. */
  empty(): Promise<void> {
    if (this.#channels.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #turnSecond(nowMs: number): void {
    const second = Math.floor(nowMs / 1000);
    if (second === this.#second) return;
    this.#inLastSecond = second === this.#second + 1 ? this.#inThisSecond : 0;
    this.#inThisSecond = 0;
    this.#second = second;
  }
}
