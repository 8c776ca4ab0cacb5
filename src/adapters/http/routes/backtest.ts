/** What a plan would have made of calls of the log: nobody is dialled, no bidder is asked, nothing is written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { BACKTEST_CALLS_MAX, BacktestBusyError, type BacktestQuestion } from '../../../application/backtest-plan.js';
import { type Backtest, CHANGES_SHOWN } from '../../../domain/backtest-tally.js';
import type { Campaign } from '../../../domain/campaign.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { ROW_ID } from './configuration.js';
import { planOf, wrong } from './simulation.js';

const TIME = Type.String({ format: 'date-time', description: 'a time such as "2026-11-27T17:59:00Z"' });

const QUESTION = Type.Object(
  {
    version: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('draft')], { description: 'a version, or "draft"' }),
    ),
    campaignId: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: 'an id' })),
    ...{ from: Type.Optional(TIME), before: Type.Optional(TIME) },
    last: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: BACKTEST_CALLS_MAX },
        description: `so many of the newest calls, 1 to ${BACKTEST_CALLS_MAX}`,
      }),
    ),
  },
  { additionalProperties: false },
);

const OR_NULL = Type.Union([Type.String(), Type.Null()]);
const PARTY = Type.Union([Type.Object({ targetId: Type.String(), buyerId: Type.String() }), Type.Null()]);
const TOTALS = Type.Object({
  revenueMicros: Type.Integer(),
  answered: Type.Number({ description: 'Calls that a target takes; where it is estimated, an expectation.' }),
  answerRate: Type.Union([Type.Number(), Type.Null()], { description: 'From 0 to 1; null without calls.' }),
});
const COUNT = (description: string) => Type.Integer({ description });

const BACKTEST = Type.Object({
  ...{ planId: Type.String(), planVersion: Type.Integer({ description: '0 for a draft.' }), campaignId: Type.String() },
  ...{ currency: Type.String(), replayed: Type.Integer() },
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
});

type Question = Static<typeof QUESTION>;

function campaignOf({ configuration }: HttpDependencies, planId: string, campaignId: string | undefined): Campaign {
  const { campaigns } = configuration.current();
  const found =
    campaignId === undefined
      ? [...campaigns.values()].find((each) => each.planId === planId)
      : campaigns.get(campaignId);
  if (found === undefined) throw wrong('campaignId', campaignId, 'the id of a campaign, or a plan that one has');
  return found;
}

async function questionOf(deps: HttpDependencies, planId: string, body: Question): Promise<BacktestQuestion> {
  const plan = await planOf(deps, planId, body.version);
  const from = body.from === undefined ? null : Date.parse(body.from);
  const before = body.before === undefined ? null : Date.parse(body.before);
  if (from !== null && before !== null && from >= before) throw wrong('before', body.before, 'a time after `from`');
  const campaign = campaignOf(deps, planId, body.campaignId);
  const last = body.last ?? BACKTEST_CALLS_MAX;
  return { configuration: deps.configuration.current(), campaign, plan, from, before, last };
}

function notesOf({ unknown, after, skipped }: Backtest): string[] {
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
  const notes = found.flatMap(([count, sentence]) => (count === 0 ? [] : [sentence]));
  if (after.answerRate !== null)
    notes.push('targets and caps are those of now; who was full then is full; tags of a ping are not in the log');
  return notes;
}

export const backtestRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/plans/:id/backtest',
      {
        config: { scope: 'calls:read' },
        schema: {
          operationId: 'backtestPlan',
          summary: 'What would this plan have made of the calls of the log',
          description:
            `Replays the newest calls of a campaign, up to ${BACKTEST_CALLS_MAX}, with their recorded bids, latencies, tags and ` +
            'caps. `before` is what the log says, `after` what the plan would have brought. One at a time (409).',
          ...{ tags: ['plans'], params: ROW_ID, body: QUESTION, response: { 200: BACKTEST } },
        },
      },
      async ({ params: { id }, body }) => {
        const question = await questionOf(deps, id, body);
        const { plan, campaign } = question;
        const found = await deps.backtest(question).catch((error: unknown) => {
          if (error instanceof BacktestBusyError) throw new Problem('conflict', `${error.message}; try again`);
          throw error;
        });
        return {
          ...{ planId: plan.id, planVersion: plan.version, campaignId: campaign.id, currency: campaign.currency },
          ...{ ...found, moves: [...found.moves], changes: [...found.changes], notes: notesOf(found) },
        };
      },
    );
  };
