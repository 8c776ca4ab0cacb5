/**
 * The static prices of one call, from the best downwards and only as far as it is asked: of each level a target is drawn by the
 * weights, and judged when it is drawn. Used by the call's `RoutingField`.
 */

import type { PlannedTarget } from '../plans/planned-target.js';
import type { PriceLevel } from './price-level.js';
import { drawOne } from './weighted-draw.js';

type Levels = readonly PriceLevel[];

/** Judges a target as it is at the moment of the call. */
export interface LadderGround {
  readonly moment: { readonly wallMs: number };
  isEligible(planned: PlannedTarget): boolean;
}

/** Whether `level` comes before the other, or stands beside it. */
const isBefore = (level: PriceLevel, other: PriceLevel): boolean =>
  level.amountMicros > other.amountMicros ||
  (level.amountMicros === other.amountMicros && level.priority < other.priority);

const isBeside = (level: PriceLevel, other: PriceLevel): boolean =>
  level.amountMicros === other.amountMicros && level.priority === other.priority;

export class PriceLadder {
  /** Each best first; what they hold of one price stands side by side. */
  readonly #shelves: readonly Levels[];
  /** The next level of each shelf. */
  readonly #places: number[];
  readonly #ground: LadderGround;
  readonly #wallMs: number;
  /** The level that the next price comes from, in as many parts as shelves have it. */
  #parts: PriceLevel[] = [];
  /** Of that level: who was handed out, or may not compete. Mostly that is one, who needs no set. */
  #firstOut: PlannedTarget | null = null;
  #out: Set<PlannedTarget> | null = null;
  /** Drawn, and not handed out yet. */
  #drawn: PlannedTarget | null = null;

  constructor(shelves: readonly Levels[], ground: LadderGround) {
    this.#shelves = shelves;
    this.#places = shelves.map(() => 0);
    this.#ground = ground;
    this.#wallMs = ground.moment.wallMs;
  }

  /** The best level at which somebody is left who may compete; null when there is none. */
  best(random: () => number): PriceLevel | null {
    while (this.#drawn === null) {
      if (this.#parts.length === 0) this.#stepDown();
      if (this.#parts.length === 0) return null;
      this.#drawn = drawOne(this.#parts, this.#isLeft, random);
      if (this.#drawn === null) this.#leave();
    }
    return this.#parts[0] ?? null;
  }

  /** One of the best level, in proportion to the weights. Null when nobody is left. */
  take(random: () => number): PlannedTarget | null {
    this.best(random);
    const taken = this.#drawn;
    if (taken === null) return null;
    this.#drawn = null;
    this.#putOut(taken);
    return taken;
  }

  /** Everybody who is left at the best level. */
  takeLevel(random: () => number): readonly PlannedTarget[] {
    if (this.best(random) === null) return [];
    const left = this.#parts.flatMap(({ members }) => members.filter(this.#isLeft));
    this.#leave();
    return left;
  }

  readonly #isLeft = (planned: PlannedTarget): boolean => {
    if (planned === this.#firstOut || this.#out?.has(planned) === true) return false;
    if (this.#ground.isEligible(planned)) return true;
    this.#putOut(planned);
    return false;
  };

  #putOut(planned: PlannedTarget): void {
    if (this.#firstOut === null) {
      this.#firstOut = planned;
      return;
    }
    this.#out ??= new Set();
    this.#out.add(planned);
  }

  #leave(): void {
    for (const part of this.#parts) part.noteNobodyAt(this.#wallMs);
    this.#parts = [];
    this.#firstOut = null;
    this.#out = null;
    this.#drawn = null;
  }

  /** To the best level that no shelf has passed yet. */
  #stepDown(): void {
    let parts: PriceLevel[] = [];
    for (let shelf = 0; shelf < this.#shelves.length; shelf += 1) {
      const level = this.#nextOf(shelf);
      if (level === null) continue;
      const [best] = parts;
      if (best === undefined || isBefore(level, best)) parts = [level];
      else if (isBeside(level, best)) parts.push(level);
    }
    for (let shelf = 0; shelf < this.#shelves.length; shelf += 1) {
      const place = this.#places[shelf] ?? 0;
      const level = this.#shelves[shelf]?.[place];
      if (level !== undefined && parts.includes(level)) this.#places[shelf] = place + 1;
    }
    this.#parts = parts;
  }

  #nextOf(shelf: number): PriceLevel | null {
    const levels = this.#shelves[shelf];
    if (levels === undefined) return null;
    let place = this.#places[shelf] ?? 0;
    while (levels[place]?.isClosedAt(this.#wallMs) === true) place += 1;
    this.#places[shelf] = place;
    return levels[place] ?? null;
  }
}
