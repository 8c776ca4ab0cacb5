/** The FreeSWITCH servers that carry calls, and which of them gets the next one. */
import type { EventSocketLink } from '../event-socket/event-socket-link.js';

/** FreeSWITCH's own default, until its first HEARTBEAT says what it can carry. */
const ASSUMED_MAX_SESSIONS = 1_000;
/** More than any share of a server that has not refused anything. */
const RESTING = 1_000_000;

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

  /**
   * Those that are up, in the order in which a call should try them: the emptiest first, round robin among equals, and at the end
   * those that have just refused one.
   */
  candidates(): EventSocketLink[] {
    const count = this.#links.length;
    const first = this.#next;
    this.#next = count === 0 ? 0 : (first + 1) % count;
    const turns = this.#links.flatMap((link, index) => {
      if (!link.isUp) return [];
      const { load, channels } = link;
      const share = load.share(channels.size, ASSUMED_MAX_SESSIONS);
      return [{ link, turn: (index - first + count) % count, share: load.isResting() ? share + RESTING : share }];
    });
    turns.sort((a, b) => a.share - b.share || a.turn - b.turn);
    return turns.map(({ link }) => link);
  }
}
