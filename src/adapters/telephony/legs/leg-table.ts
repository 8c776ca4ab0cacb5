/** The legs that exist now, by side. Each is in it from its birth until its last dialog and its channel are gone. */
import type { HangupCause } from '../../../domain/calls/hangup-cause.js';

export interface TableLeg {
  readonly side: 'a' | 'b';
  readonly mediaServer: string;
  readonly hasEnded: boolean;
  /** Ends the leg because a server that carried it is gone; for `silentMs` its audio has been. */
  loseLink(cause: HangupCause, detail: string, silentMs?: number): void;
  /** drachtio is back, and may know nothing of the leg. */
  regainLink(): Promise<void>;
  /** The event socket is back: what was missed meanwhile is asked for. False when the channel is gone. Never rejects. */
  resync(): Promise<boolean>;
}

/** A far end that hears nothing for long enough hangs up by itself. */
const MAX_FAREWELLS = 10_000;

export class LegTable {
  readonly #legs = new Set<TableLeg>();
  readonly #ringing = new Set<{ readonly mediaServer: string; readonly callId: string; readonly giveUp: () => void }>();
  readonly #farewells: (() => void)[] = [];

  /** A dial that rings by a leg on this media server; `giveUp` is called when the server is gone and the caller is elsewhere. */
  addRinging(mediaServer: string, callId: string, giveUp: () => void): () => void {
    const ringing = { mediaServer, callId, giveUp };
    this.#ringing.add(ringing);
    return () => this.#ringing.delete(ringing);
  }

  giveUpRinging(mediaServer: string, callId: string): void {
    for (const ringing of [...this.#ringing])
      if (ringing.mediaServer === mediaServer && ringing.callId === callId) ringing.giveUp();
  }

  add(leg: TableLeg): () => void {
    this.#legs.add(leg);
    return () => this.#legs.delete(leg);
  }

  /** A far end that cannot be told now that its leg has ended. */
  oweFarewell(say: () => void): void {
    this.#farewells.push(say);
    if (this.#farewells.length > MAX_FAREWELLS) this.#farewells.shift();
  }

  payFarewells(): void {
    for (const say of this.#farewells.splice(0)) say();
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
