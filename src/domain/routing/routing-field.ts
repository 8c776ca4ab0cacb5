/**
 * The field of one call: its campaign's plan at one moment. Looks at targets only as far as the decision needs them, from
 * the best static price downwards; the rest is looked at when the trace is written, with the same moment's values.
 */

import type { Margins } from '../bidding/margin.js';
import { PriceLadder } from '../bidding/price-ladder.js';
import type { PriceLevel } from '../bidding/price-level.js';
import { originalTargetId } from '../callers/same-buyer.js';
import type { PlannedTarget } from '../plans/planned-target.js';
import { isEligible, type Moment } from './eligibility.js';
import type { RoutingPlan } from './routing-plan.js';

const NOBODY: ReadonlySet<string> = new Set();

export class RoutingField {
  readonly plan: RoutingPlan;
  /** By what offers are ranked in place of their price; null for the price. */
  readonly margins: Margins | null;
  readonly #rung: ReadonlySet<string>;
  #moment: Moment;
  /** Put up when a static price is first asked for. */
  #ladder: PriceLadder | null = null;

  /** `rung` are targets that the call has rung already: they are not rung again. */
  constructor(plan: RoutingPlan, moment: Moment, rung: ReadonlySet<string> = NOBODY, margins: Margins | null = null) {
    this.margins = margins;
    this.plan = plan;
    this.#moment = moment;
    this.#rung = rung;
  }

  get moment(): Moment {
    return this.#moment;
  }

  /** From now on the load is read from this copy, so that what is looked at later is judged by the same values. */
  keepLoad({ usedSlots, usedCap }: Pick<Moment, 'usedSlots' | 'usedCap'>): void {
    this.#moment = { ...this.#moment, usedSlots, usedCap };
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
    return !this.wasRung(planned) && isEligible(planned, this.#moment);
  }

  /** A static price that the campaign's minimum lets compete; a bid is judged when it comes. */
  isDearEnough({ priceMicros }: PlannedTarget): boolean {
    return priceMicros === null || priceMicros >= this.plan.campaign.minimumBidMicros;
  }

  /** Before this field was entered. */
  wasRung({ target }: PlannedTarget): boolean {
    return this.#rung.size > 0 && this.#rung.has(target.id);
  }

  /** Those to be asked for a bid. */
  bidding(): readonly PlannedTarget[] {
    if (this.plan.bidding.length === 0) return this.plan.bidding;
    return this.plan.bidding.filter((planned) => this.isEligible(planned));
  }

  /** The best level at which somebody is left who may compete; null when there is none. `random` draws among equals. */
  best(random: () => number): PriceLevel | null {
    return this.#prices().best(random);
  }

  /** Draws one of the best level, in proportion to the weights. Null when nobody is left. */
  take(random: () => number): PlannedTarget | null {
    return this.#prices().take(random);
  }

  /** Everybody who is left at the best level. */
  takeLevel(random: () => number): readonly PlannedTarget[] {
    return this.#prices().takeLevel(random);
  }

  #prices(): PriceLadder {
    this.#ladder ??= new PriceLadder(this.plan.prices.shelvesFor(this.#moment.tags), this);
    return this.#ladder;
  }
}
