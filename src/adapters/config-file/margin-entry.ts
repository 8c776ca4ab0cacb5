/** The rule by which an auction ranks by expected margin, as a configuration file has it: amounts in units of the currency. */
import Type, { type Static } from 'typebox';
import type { FactorOverrides, MarginRule } from '../../domain/bidding/margin-rule.js';
import { AMOUNT, oneOf, orNull, wholeNumber } from './field.js';
import { microsOf, unitsOf } from './micros.js';

const PERCENT = Type.Optional(Type.Number({ minimum: 0, maximum: 100, description: 'a percentage from 0 to 100' }));
const SECONDS = Type.Optional(Type.Number({ minimum: 0, maximum: 86_400, description: 'seconds from 0 to 86,400' }));

const FACTORS = {
  answerPercent: PERCENT,
  convertPercent: PERCENT,
  talkSeconds: SECONDS,
  payout: Type.Optional(AMOUNT),
  costPerMinute: Type.Optional(AMOUNT),
};

const OF_TARGET = Type.Object(FACTORS, {
  description: 'answerPercent, convertPercent, talkSeconds, payout and costPerMinute',
});

export const MARGIN = Type.Object(
  {
    lastCalls: Type.Optional(wholeNumber(1, 1_000)),
    minimumCalls: Type.Optional(wholeNumber(0, 1_000)),
    within: orNull(oneOf('campaign', 'campaign-and-source')),
    ...FACTORS,
    targets: Type.Optional(
      Type.Record(Type.String({ maxLength: 64 }), OF_TARGET, { description: 'factors by the id of a target' }),
    ),
  },
  { description: 'how an auction estimates what an offer leaves' },
);

export type MarginEntry = Static<typeof MARGIN>;
type FactorEntry = Static<typeof OF_TARGET>;

function factorsOf({
  answerPercent,
  convertPercent,
  talkSeconds,
  payout,
  costPerMinute,
}: FactorEntry): FactorOverrides {
  return {
    ...(answerPercent === undefined ? {} : { answerPercent }),
    ...(convertPercent === undefined ? {} : { convertPercent }),
    ...(talkSeconds === undefined ? {} : { talkSeconds }),
    ...(payout === undefined ? {} : { payoutMicros: microsOf(payout) }),
    ...(costPerMinute === undefined ? {} : { costPerMinuteMicros: microsOf(costPerMinute) }),
  };
}

function factorEntry({ payoutMicros, costPerMinuteMicros, ...rest }: FactorOverrides): FactorEntry {
  return {
    ...rest,
    ...(payoutMicros === undefined ? {} : { payout: unitsOf(payoutMicros) }),
    ...(costPerMinuteMicros === undefined ? {} : { costPerMinute: unitsOf(costPerMinuteMicros) }),
  };
}

export function marginOf({ lastCalls, minimumCalls, within, targets = {}, ...factors }: MarginEntry): MarginRule {
  return {
    ...{ lastCalls: lastCalls ?? 100, minimumCalls: minimumCalls ?? 10 },
    within: within === undefined ? 'campaign' : within,
    factors: factorsOf(factors),
    targets: Object.fromEntries(Object.entries(targets).map(([id, each]) => [id, factorsOf(each)])),
  };
}

export function marginEntry({ lastCalls, minimumCalls, within, factors, targets }: MarginRule): MarginEntry {
  const byTarget = Object.entries(targets).map(([id, each]) => [id, factorEntry(each)] as const);
  return { lastCalls, minimumCalls, within, ...factorEntry(factors), targets: Object.fromEntries(byTarget) };
}
