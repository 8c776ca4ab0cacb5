/** How a comparison of two plans over the same calls looks in the API: that of a back-test, and that of a shadow. */
import Type from 'typebox';
import { type Backtest, CHANGES_SHOWN } from '../../../domain/plans/backtest-tally.js';

const OR_NULL = Type.Union([Type.String(), Type.Null()]);
export const PARTY = Type.Union([Type.Object({ targetId: Type.String(), buyerId: Type.String() }), Type.Null()]);
const TOTALS = Type.Object({
  revenueMicros: Type.Integer(),
  answered: Type.Number({ description: 'Calls that a target takes; where it is estimated, an expectation.' }),
  answerRate: Type.Union([Type.Number(), Type.Null()], { description: 'From 0 to 1; null without calls.' }),
});
const COUNT = (description: string) => Type.Integer({ description });

export const COMPARISON = {
  replayed: Type.Integer(),
  skipped: COUNT('Never routed, still up, or the caller left before anybody had the call.'),
  ...{ before: TOTALS, after: TOTALS, changed: COUNT('Calls that have another buyer.') },
  moves: Type.Array(Type.Object({ from: OR_NULL, to: OR_NULL, calls: Type.Integer() }), {
    description: 'From buyer to buyer; null for a call that no target takes.',
  }),
  changes: Type.Array(Type.Object({ callId: Type.String(), from: PARTY, to: PARTY, isEstimated: Type.Boolean() }), {
    description: `The newest ${CHANGES_SHOWN} of them.`,
  }),
  unknown: Type.Object({
    neverRung: COUNT('Calls that ring first whom they did not ring: estimated by the answer rate of the target.'),
    neverAsked: COUNT('Bids that could have mattered, of bidders that were not asked: taken for none.'),
    notTaken: COUNT('Bids that could have mattered and were not waited for: taken for none.'),
    drawn: COUNT('Calls in which a draw or a turn had part, which is drawn anew.'),
  }),
  notes: Type.Array(Type.String(), { description: 'What could not be known, in sentences.' }),
};

/** What could not be known, as far as the figures say it. */
export function notesOf({ unknown, skipped }: Backtest): string[] {
  const { neverRung, neverAsked, notTaken, drawn } = unknown;
  const found: readonly (readonly [number, string])[] = [
    [
      neverRung,
      `${neverRung} calls ring first a target that they did not ring: it answers, and pays, as often as in these calls`,
    ],
    [neverAsked, `${neverAsked} bidders that could have come first were never asked: taken for no bid`],
    [notTaken, `${notTaken} bids that could have come first were not waited for: taken for no bid`],
    [drawn, `in ${drawn} calls weights or turns decided: they are drawn anew, so single calls may differ by chance`],
    [skipped, `${skipped} calls say nothing: never routed, still up, or the caller left before anybody had the call`],
  ];
  return found.flatMap(([count, sentence]) => (count === 0 ? [] : [sentence]));
}
