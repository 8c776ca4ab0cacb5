/** The FreeSWITCH servers that carry calls, and which of them gets the next one. */
import type { EventSocketLink } from './event-socket-link.js';

export class MediaServers {
  readonly #links: readonly EventSocketLink[];
  #next = 0;

  constructor(links: readonly EventSocketLink[]) {
    this.#links = links;
  }

  get all(): readonly EventSocketLink[] {
    return this.#links;
  }

  find(name: string): EventSocketLink | null {
    return this.#links.find((link) => link.name === name) ?? null;
  }

  /** Those that are up, in the order in which a call should try them: round robin. */
  candidates(): EventSocketLink[] {
    const count = this.#links.length;
    const first = this.#next;
    this.#next = count === 0 ? 0 : (first + 1) % count;
    return this.#links
      .map((_link, index) => this.#links[(first + index) % count])
      .filter((link) => link?.isUp === true) as EventSocketLink[];
  }
}
