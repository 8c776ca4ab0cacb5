/** The legs that exist now, by side. Each is in it from its birth until its last dialog and its channel are gone. */
import type { HangupCause } from '../../domain/hangup-cause.js';

export interface TableLeg {
  readonly side: 'a' | 'b';
  readonly mediaServer: string;
  readonly hasEnded: boolean;
  /** Ends the leg because a server that carried it is gone. */
  loseLink(cause: HangupCause): void;
  /** The event socket is back: what was missed meanwhile is asked for. */
  resync(): void;
}

export class LegTable {
  readonly #legs = new Set<TableLeg>();

  add(leg: TableLeg): () => void {
    this.#legs.add(leg);
    return () => this.#legs.delete(leg);
  }

  count(side: 'a' | 'b'): number {
    let count = 0;
    for (const leg of this.#legs) if (leg.side === side) count += 1;
    return count;
  }

  /** All, or those on one media server. */
  list(mediaServer?: string): TableLeg[] {
    return [...this.#legs].filter((leg) => mediaServer === undefined || leg.mediaServer === mediaServer);
  }
}
