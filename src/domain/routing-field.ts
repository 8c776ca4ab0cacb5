/**
 * The field of one call: its campaign's plan at one moment. Looks at targets only as far as the decision needs them, from
 * the best static price downwards; the rest is looked at when the trace is written, with the same moment's values.
 */
import { isEligible, type Moment } from './eligibility.js';
import type { PlannedTarget, PriceLevel, RoutingPlan } from './routing-plan.js';
import { originalTargetId } from './same-buyer.js';

/** So many draws that hit a target already drawn mean that few are left: then those are counted out. */
const DRAWS_MAX = 8;

export class RoutingField {
  readonly plan: RoutingPlan;
  #moment: Moment;
  /** The level that the next static price comes from; every level before it is used up. */
  #level = 0;
  /** Members of that level that were taken or found not to be eligible. */
  #drawn = new Set<number>();

  constructor(plan: RoutingPlan, moment: Moment) {
    this.plan = plan;
    this.#moment = moment;
  }

  get moment(): Moment {
    return this.#moment;
  }

  /** From now on the load is read from this copy, so that what is looked at later is judged by the same values. */
  keepLoad(used: ReadonlyMap<string, number>, usedCap: Moment['usedCap']): void {
    this.#moment = { ...this.#moment, usedSlots: (key) => used.get(key) ?? 0, usedCap };
  }

  /** Who has had the caller first and is to have him again, before every price; null when nobody is, or he cannot now. */
  original(): PlannedTarget | null {
    const { history, wallMs } = this.#moment;
    if (history.contacts.length === 0) return null;
    const targetId = originalTargetId(this.plan.campaign.sameBuyer, history, wallMs);
    const planned = targetId === null ? undefined : this.plan.byTargetId.get(targetId);
    return planned !== undefined && this.isEligible(planned) ? planned : null;
  }

  isEligible(planned: PlannedTarget): boolean {
    return isEligible(planned, this.#moment);
  }

  /** Those to be asked for a bid. */
  bidding(): readonly PlannedTarget[] {
    return this.plan.bidding.filter((planned) => this.isEligible(planned));
  }

  /** The best level at which somebody is left who may compete; null when there is none. */
  best(): PriceLevel | null {
    for (let level = this.plan.levels[this.#level]; level !== undefined; level = this.plan.levels[this.#level]) {
      for (let index = 0; index < level.members.length; index += 1) if (this.#isLeft(level, index)) return level;
      this.#level += 1;
      this.#drawn = new Set();
    }
    return null;
  }

  /** Draws one of the best level, in proportion to the weights. Null when nobody is left. */
  take(random: () => number): PlannedTarget | null {
    const level = this.best();
    if (level === null) return null;
    const index = this.#draw(level, random);
    this.#drawn.add(index);
    return level.members[index] ?? null;
  }

  /** Everybody who is left at the best level. */
  takeLevel(): readonly PlannedTarget[] {
    const level = this.best();
    if (level === null) return [];
    const left = level.members.filter((_member, index) => this.#isLeft(level, index));
    this.#level += 1;
    this.#drawn = new Set();
    return left;
  }

  #isLeft(level: PriceLevel, index: number): boolean {
    const planned = level.members[index];
    if (planned === undefined || this.#drawn.has(index)) return false;
    if (this.isEligible(planned)) return true;
    this.#drawn.add(index);
    return false;
  }

  /** Somebody is left. Drawing again what was drawn already is drawing among the others, as long as these are many. */
  #draw(level: PriceLevel, random: () => number): number {
    const { weightsUpTo, members } = level;
    const total = weightsUpTo.at(-1) ?? 0;
    for (let draws = 0; draws < DRAWS_MAX && total > 0; draws += 1) {
      const index = firstAbove(weightsUpTo, random() * total);
      if (this.#isLeft(level, index)) return index;
    }
    const left = [...members.keys()].filter((index) => this.#isLeft(level, index));
    const weights = left.map((index) => Math.max(0, members[index]?.target.weight ?? 0));
    let rest = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const at = weights.findIndex((weight) => {
      rest -= weight;
      return rest < 0;
    });
    return left[Math.max(0, at)] ?? 0;
  }
}

/** The first place whose value is above `sought`; the values grow. */
function firstAbove(values: Float64Array, sought: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((values[middle] ?? 0) > sought) high = middle;
    else low = middle + 1;
  }
  return low;
}
