/** What a plan would have made of calls of the log: nobody is dialled, no bidder is asked, nothing is written. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import {
  BACKTEST_CALLS_MAX,
  BacktestBusyError,
  BacktestCancelledError,
  type BacktestProgress,
  type BacktestQuestion,
} from '../../../application/plans/backtest-plan.js';
import type { Campaign } from '../../../domain/campaigns/campaign.js';
import type { Backtest } from '../../../domain/plans/backtest-tally.js';
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
    inBackground: Type.Optional(Type.Boolean({ description: 'true or false' })),
  },
  { additionalProperties: false },
);

const BACKTEST = Type.Object({
  ...{ planId: Type.String(), planVersion: Type.Integer({ description: '0 for a draft.' }), campaignId: Type.String() },
  currency: Type.String(),
  ...COMPARISON,
});

const PROGRESS = Type.Object({
  id: Type.String(),
  state: Type.Enum(['running', 'done', 'cancelled', 'failed']),
  read: Type.Integer({ description: 'Calls of the log that were looked at.' }),
  atMost: Type.Integer({ description: 'So many were asked for; the log may have fewer.' }),
  startedAt: Type.String({ format: 'date-time' }),
  endedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
  failure: Type.Union([Type.String(), Type.Null()]),
  result: Type.Union([BACKTEST, Type.Null()]),
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
    notes.push('targets and caps are those of now; who was full then is full; how long a bid stood is not in the log');
  return notes;
}

function shownResult({ plan, campaign }: BacktestQuestion, found: Backtest): Static<typeof BACKTEST> {
  return {
    ...{ planId: plan.id, planVersion: plan.version, campaignId: campaign.id, currency: campaign.currency },
    ...{ ...found, moves: [...found.moves], changes: [...found.changes], notes: allNotesOf(found) },
  };
}

function shownProgress(progress: BacktestProgress): Static<typeof PROGRESS> {
  const { id, question, state, read, startedAt, endedAt, found, failure } = progress;
  return {
    ...{ id, state, read, atMost: question.last, failure, startedAt: new Date(startedAt).toISOString() },
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
    result: found === null ? null : shownResult(question, found),
  };
}

function addBackground(app: FastifyInstance, deps: HttpDependencies): void {
  const common = { tags: ['plans'], params: ROW_ID };
  app.get<{ Params: { id: string } }>(
    '/plans/:id/backtest',
    {
      config: { scope: 'calls:read' },
      schema: {
        ...{ operationId: 'getBacktest', summary: 'How far the back-test in the background is, and what it found' },
        ...{ ...common, response: { 200: PROGRESS } },
      },
    },
    async ({ params }) => {
      const progress = deps.backtests.latest(params.id);
      if (progress === null) throw new Problem('not-found', 'no back-test of this plan was begun in the background');
      return shownProgress(progress);
    },
  );
  app.delete<{ Params: { id: string } }>(
    '/plans/:id/backtest',
    {
      config: { scope: 'calls:read' },
      schema: {
        ...{ operationId: 'cancelBacktest', summary: 'Cancel the back-test of this plan that runs' },
        ...{ ...common, response: { 204: Type.Null({ description: 'It ends before the next page of the log.' }) } },
      },
    },
    async ({ params }, reply) => {
      if (!deps.backtests.cancel(params.id)) throw new Problem('not-found', 'no back-test of this plan runs');
      return await reply.status(204).send();
    },
  );
}

export const backtestRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    addBackground(app as FastifyInstance, deps);
    app.post(
      '/plans/:id/backtest',
      {
        config: { scope: 'calls:read' },
        schema: {
          operationId: 'backtestPlan',
          summary: 'What would this plan have made of the calls of the log',
          description:
            `Replays the newest calls of a campaign, up to ${BACKTEST_CALLS_MAX}, with their recorded bids, latencies, tags and ` +
            'caps. `before` is what the log says, `after` what the plan would have brought. One at a time (409). ' +
            'With `inBackground` the answer comes at once (202), and GET says how far it is.',
          ...{ tags: ['plans'], params: ROW_ID, body: QUESTION, response: { 200: BACKTEST, 202: PROGRESS } },
        },
      },
      async ({ params: { id }, body }, reply) => {
        const question = await questionOf(deps, id, body);
        try {
          if (body.inBackground === true)
            return await reply.status(202).send(shownProgress(deps.backtests.begin(question)));
          return await reply.send(shownResult(question, await deps.backtests.run(question)));
        } catch (error) {
          if (error instanceof BacktestBusyError) throw new Problem('conflict', `${error.message}; try again`);
          if (error instanceof BacktestCancelledError) throw new Problem('conflict', error.message);
          throw error;
        }
      },
    );
  };
