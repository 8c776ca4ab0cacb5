/**
 * One FreeSWITCH channel as seen through the event socket: commands about it, and its events for whoever waits. It stands in the
 * link's table until `release`, which also fails whoever still waits.
 */
import type { Clock } from '../../../application/ports/clock.js';
import { DeadlineError } from '../deadline.js';
import { type ChannelEvent, LINK_CHECKED, LINK_REGAINED } from './channel-event.js';
import { command } from './event-socket-command.js';
import type { EventSocketLink } from './event-socket-link.js';

export class ChannelGoneError extends Error {
  override readonly name = 'ChannelGoneError';
  constructor() {
    super('the channel has ended');
  }
}

interface Waiter {
  /** Whether what is waited for has happened and nobody heard of it; null when FreeSWITCH cannot be asked for it. */
  readonly wasMissed: (() => Promise<boolean>) | null;
  /** It has waited since the last ping of the link, or longer. */
  isOld: boolean;
  readonly matches: (event: ChannelEvent) => boolean;
  readonly resolve: (event: ChannelEvent) => void;
  readonly reject: (error: Error) => void;
}

export class Channel {
  #id: string;
  #server: EventSocketLink;
  readonly #clock: Clock;
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(event: ChannelEvent) => void>();
  /** Names; a channel has few of them. */
  readonly #heard = new Set<string>();
  #isReleased = false;

  constructor(id: string, server: EventSocketLink, clock: Clock) {
    this.#id = id;
    this.#server = server;
    this.#clock = clock;
    server.channels.set(id, (event) => this.#onEvent(event));
  }

  get id(): string {
    return this.#id;
  }

  get server(): EventSocketLink {
    return this.#server;
  }

  /** The leg has another channel from now on, as when its server has gone: whoever waits and listens goes on with that one. */
  moveTo(id: string, server: EventSocketLink): void {
    this.#server.channels.delete(this.#id);
    this.#heard.clear();
    this.#id = id;
    this.#server = server;
    if (!this.#isReleased) server.channels.set(id, (event) => this.#onEvent(event));
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Whether such an event has come since the channel was made: FreeSWITCH goes on while a leg is still being journaled and answered. */
  hasHeard(name: string): boolean {
    return this.#heard.has(name);
  }

  /** Hears every event until the returned function is called or the channel released. */
  listen(listener: (event: ChannelEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * The next event that matches, or LINK_REGAINED when it was missed: `wasMissed` is asked when the event socket was away, at its pings, and at
   * the deadline. Rejects with DeadlineError, or ChannelGoneError when the channel is released before.
   */
  next(
    what: string,
    limitMs: number,
    matches: (event: ChannelEvent) => boolean,
    wasMissed: (() => Promise<boolean>) | null = null,
  ): Promise<ChannelEvent> {
    if (this.#isReleased) return Promise.reject(new ChannelGoneError());
    return new Promise((resolve, reject) => {
      const stop = this.#clock.startTimer(limitMs, () => {
        const error = new DeadlineError(what, limitMs);
        if (wasMissed === null) waiter.reject(error);
        else void this.#askFor(waiter).then(() => waiter.reject(error));
      });
      const settle = (): void => {
        stop();
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        matches,
        wasMissed,
        isOld: false,
        resolve: (event) => {
          settle();
          resolve(event);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** `uuid_<verb> <this channel> <words>`; rejects as EventSocketLink.api does. */
  tell(verb: string, ...words: readonly string[]): Promise<string> {
    return this.server.api(command(`uuid_${verb}`, this.id, ...words));
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    this.server.channels.delete(this.id);
    this.#listeners.clear();
    for (const waiter of [...this.#waiters]) waiter.reject(new ChannelGoneError());
  }

  /** Whether a variable has this value; false as well when FreeSWITCH cannot say. */
  has(variable: string, value: string): Promise<boolean> {
    return this.tell('getvar', variable).then(
      (answer) => answer.trim() === value,
      () => false,
    );
  }

  #onEvent(event: ChannelEvent): void {
    if (event.name.startsWith('ringpost::') || event === LINK_REGAINED) this.#heard.add(event.name);
    for (const waiter of [...this.#waiters]) {
      if (event === LINK_REGAINED || (event === LINK_CHECKED && waiter.isOld)) void this.#askFor(waiter);
      if (event === LINK_CHECKED) waiter.isOld = true;
    }
    for (const waiter of [...this.#waiters]) if (waiter.matches(event)) waiter.resolve(event);
    for (const listener of [...this.#listeners]) listener(event);
  }
  async #askFor(waiter: Waiter): Promise<void> {
    if (waiter.wasMissed === null || !this.#waiters.has(waiter)) return;
    const wasMissed = await waiter.wasMissed().catch(() => false);
    if (wasMissed && this.#waiters.has(waiter)) waiter.resolve(LINK_REGAINED);
  }
}
