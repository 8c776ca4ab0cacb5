/** What a plan would have made of calls of the log: nobody is dialled, no bidder is asked, nothing is written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { BACKTEST_CALLS_MAX, BacktestBusyError, type BacktestQuestion } from '../../../application/backtest-plan.js';
import type { Backtest } from '../../../domain/backtest-tally.js';
import type { Campaign } from '../../../domain/campaign.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { COMPARISON, notesOf } from './comparison.js';
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

const BACKTEST = Type.Object({
  ...{ planId: Type.String(), planVersion: Type.Integer({ description: '0 for a draft.' }), campaignId: Type.String() },
  currency: Type.String(),
  ...COMPARISON,
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

function allNotesOf(found: Backtest): string[] {
  const notes = notesOf(found);
  if (found.after.answerRate !== null)
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
          ...{ ...found, moves: [...found.moves], changes: [...found.changes], notes: allNotesOf(found) },
        };
      },
    );
  };
