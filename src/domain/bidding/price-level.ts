/** Static prices of a plan in levels of one price and one priority, best first: made once per configuration version. */

import type { PlannedTarget } from '../plans/planned-target.js';
import type { OpeningHours } from '../routing/opening-hours.js';
import { type WeightedList, weightedList } from './weighted-draw.js';

type TimedTarget = { readonly hours: OpeningHours | null; readonly pausedUntilMs: number };

/** Until when the time alone keeps it out; 0 when it does not, whatever else does. */
function outUntilMs({ hours, pausedUntilMs }: TimedTarget, wallMs: number): number {
  const pausedMs = wallMs < pausedUntilMs ? pausedUntilMs : 0;
  return hours === null || hours.isOpenAt(wallMs) ? pausedMs : Math.max(pausedMs, hours.sameUntil(wallMs));
}

/** Possible targets of one static price and one priority: the weights decide among them. */
export class PriceLevel implements WeightedList<PlannedTarget> {
  readonly amountMicros: number;
  /** Static prices in levels are ranked by nothing else. */
  readonly valueMicros: number;
  readonly priority: number;
  readonly members: readonly PlannedTarget[];
  readonly weightsUpTo: Float64Array;
  readonly totalWeight: number;
  /** While everybody is known to be closed or away; the calls of that time pass the level by. */
  #closedFromMs = 0;
  #closedUntilMs = 0;

  constructor(amountMicros: number, priority: number, tied: readonly PlannedTarget[]) {
    const list = weightedList(tied, ({ target }) => target.weight);
    this.amountMicros = amountMicros;
    this.valueMicros = amountMicros;
    this.priority = priority;
    this.members = list.members;
    this.weightsUpTo = list.weightsUpTo;
    this.totalWeight = list.totalWeight;
  }

  isClosedAt(wallMs: number): boolean {
    return wallMs < this.#closedUntilMs && wallMs >= this.#closedFromMs;
  }

  /** For a level at which nobody was found: it is remembered when the time alone is the reason. */
  noteNobodyAt(wallMs: number): void {
    let untilMs = Number.POSITIVE_INFINITY;
    for (const member of this.members) {
      const outMs = outUntilMs(member, wallMs);
      if (outMs === 0) return;
      untilMs = Math.min(untilMs, outMs);
    }
    this.#closedFromMs = wallMs;
    this.#closedUntilMs = untilMs;
  }
}

/** `priced` are sorted by price and priority, the best first. */
export function levelsOf(priced: readonly PlannedTarget[]): readonly PriceLevel[] {
  const levels: PriceLevel[] = [];
  let tied: PlannedTarget[] = [];
  const close = (): void => {
    const [first] = tied;
    if (first !== undefined) levels.push(new PriceLevel(priceOf(first), first.target.priority, tied));
  };
  for (const planned of priced) {
    const [first] = tied;
    if (first !== undefined && byPrice(first, planned) !== 0) {
      close();
      tied = [];
    }
    tied.push(planned);
  }
  close();
  return levels;
}

const priceOf = ({ priceMicros }: PlannedTarget): number => priceMicros ?? 0;

/** Negative when `left` comes first. */
export function byPrice(left: PlannedTarget, right: PlannedTarget): number {
  return priceOf(right) - priceOf(left) || left.target.priority - right.target.priority;
}
