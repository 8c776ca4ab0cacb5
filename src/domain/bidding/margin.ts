/**
 * What an offer is expected to leave us, for auctions that rank by it in place of the price: by how often the target answers and the
 * call is billed, what the source is paid, and what both legs cost. Pure; every factor is measured, or set in the plan, and told
 * in the decision trace.
 */

import type { Payout } from '../campaigns/source.js';
import { shareOf } from '../money/ledger.js';
import { formatMicros } from '../money/money.js';
import type { Experience, PlanMemory } from '../plans/plan-memory.js';
import type { PlannedTarget } from '../plans/planned-target.js';
import type { Check } from '../routing/decision-trace.js';
import type { Trunk } from '../trunks/trunk.js';
import type { FactorOverrides, MarginRule } from './margin-rule.js';

/** What a call costs whoever gets it. */
export interface CallTerms {
  readonly payout: Payout;
  /** Of the trunk on which it came. */
  readonly inboundCostPerMinuteMicros: number;
}

/** Of a call that came on this trunk, if it is known which. */
export function callTermsOf(trunks: ReadonlyMap<string, Trunk>, trunkId: string | null, payout: Payout): CallTerms {
  const trunk = trunkId === null ? undefined : trunks.get(trunkId);
  return { payout, inboundCostPerMinuteMicros: trunk?.costPerMinute.inboundMicros ?? 0 };
}

const NO_TERMS: CallTerms = { payout: { kind: 'none' }, inboundCostPerMinuteMicros: 0 };

interface Factor {
  readonly value: number;
  /** For people: where it is from. */
  readonly from: string;
}

interface Factors {
  /** From 0 to 1. */
  readonly answer: Factor;
  readonly convert: Factor;
  readonly talkMs: Factor;
  readonly costPerMinuteMicros: Factor;
}

export interface MarginGround {
  readonly memory: Pick<PlanMemory, 'experienceOf'>;
  readonly sourceId: string;
  /** None: a call that costs nothing. */
  readonly terms?: CallTerms;
}

interface Rates {
  readonly answer: number;
  readonly convert: number;
  readonly talkMs: number;
}

function ratesOf({ dials, connected, converted, talkMs }: Experience): Rates {
  return {
    answer: dials === 0 ? 1 : connected / dials,
    convert: connected === 0 ? 1 : converted / connected,
    talkMs: connected === 0 ? 0 : talkMs / connected,
  };
}

const sum = (all: readonly Experience[], field: keyof Experience): number =>
  all.reduce((total, each) => total + each[field], 0);

/** Of one group at one moment. Nothing is known of a group without dials: then the price less payout and costs decides. */
export class Margins {
  readonly #rule: MarginRule;
  readonly #terms: CallTerms;
  readonly #factors = new Map<string, Factors>();

  constructor(rule: MarginRule, planned: readonly PlannedTarget[], campaignId: string, ground: MarginGround) {
    this.#rule = rule;
    const { sourceId, memory, terms = NO_TERMS } = ground;
    this.#terms = terms;
    const experiences = planned.map(({ target: { id: targetId, buyerId } }) =>
      memory.experienceOf({ targetId, buyerId, campaignId, sourceId }, rule),
    );
    const known = experiences.filter(({ dials }) => dials > 0 && dials >= rule.minimumCalls);
    const average: Experience = {
      ...{ dials: sum(known, 'dials'), connected: sum(known, 'connected') },
      ...{ converted: sum(known, 'converted'), talkMs: sum(known, 'talkMs') },
    };
    planned.forEach((each, index) => {
      const own = experiences[index];
      const isKnown = own !== undefined && known.includes(own);
      this.#factors.set(each.target.id, this.#factorsOf(each, isKnown ? own : average, isKnown));
    });
  }

  /** Never less for a higher price. Whole micro-units, so that equal figures are equal. */
  valueOf({ target }: PlannedTarget, amountMicros: number): number {
    const factors = this.#factors.get(target.id);
    if (factors === undefined || !Number.isFinite(amountMicros)) return amountMicros;
    const { answer, convert, talkMs, costPerMinuteMicros } = factors;
    const earned = convert.value * (amountMicros - this.#payoutMicros(target.id, amountMicros));
    const spent = (talkMs.value / 60_000) * costPerMinuteMicros.value;
    return Math.round(answer.value * (earned - spent));
  }

  /** For the trace: what `valueOf` says, factor by factor. */
  explain(planned: PlannedTarget, amountMicros: number, currency: string): Check {
    const money = (micros: number): string => formatMicros(micros, currency);
    const { id } = planned.target;
    const factors = this.#factors.get(id);
    const value = money(this.valueOf(planned, amountMicros));
    if (factors === undefined) return { check: 'margin', passed: true, values: value, needed: null };
    const { answer, convert, talkMs, costPerMinuteMicros } = factors;
    const payout = money(this.#payoutMicros(id, amountMicros));
    const payoutFrom = this.#override(id, 'payoutMicros') === undefined ? "the source's terms" : SET;
    const values =
      `expected margin ${value} = answers ${percent(answer)} × (billed ${percent(convert)} × ` +
      `(${money(amountMicros)} − payout ${payout} (${payoutFrom})) − ${(talkMs.value / 60_000).toFixed(2)} min (${talkMs.from}) × ` +
      `${money(costPerMinuteMicros.value)} a minute (${costPerMinuteMicros.from}))`;
    return { check: 'margin', passed: true, values, needed: null };
  }

  #payoutMicros(targetId: string, amountMicros: number): number {
    const set = this.#override(targetId, 'payoutMicros');
    if (set !== undefined) return set;
    const { payout } = this.#terms;
    switch (payout.kind) {
      case 'none':
        return 0;
      case 'fixed':
        return payout.amountMicros;
      case 'share':
        return shareOf(amountMicros, payout.basisPoints);
    }
  }

  #override(targetId: string, name: keyof FactorOverrides): number | undefined {
    const { targets, factors } = this.#rule;
    const own = Object.hasOwn(targets, targetId) ? targets[targetId]?.[name] : undefined;
    return own ?? factors[name];
  }

  #factorsOf({ target: { id }, trunk }: PlannedTarget, experience: Experience, isKnown: boolean): Factors {
    const rates = ratesOf(experience);
    const { dials, connected, converted } = experience;
    const whose = isKnown ? '' : 'average of the group, ';
    const measured = (value: number, count: number, of: number, words: string): Factor =>
      of === 0 ? { value, from: 'nothing is known' } : { value, from: `${whose}${count} of ${of} ${words}` };
    const settled = (name: keyof FactorOverrides, scale: number, otherwise: Factor): Factor => {
      const set = this.#override(id, name);
      return set === undefined ? otherwise : { value: set * scale, from: SET };
    };
    const legs = this.#terms.inboundCostPerMinuteMicros + (trunk?.costPerMinute.outboundMicros ?? 0);
    const talk = connected === 0 ? 'nothing is known' : `${whose}over ${connected} talks`;
    return {
      answer: settled('answerPercent', 0.01, measured(rates.answer, connected, dials, 'dials')),
      convert: settled('convertPercent', 0.01, measured(rates.convert, converted, connected, 'talks')),
      talkMs: settled('talkSeconds', 1_000, { value: rates.talkMs, from: talk }),
      costPerMinuteMicros: settled('costPerMinuteMicros', 1, { value: legs, from: 'both trunks' }),
    };
  }
}

const SET = 'set in the plan';

const percent = ({ value, from }: Factor): string => `${(value * 100).toFixed(1)} % (${from})`;
