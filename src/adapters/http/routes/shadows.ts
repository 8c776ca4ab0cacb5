/** Plans that run beside live calls: started, compared with what the calls did, stopped. Nobody is dialled by it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { SHADOW_CALLS_MAX } from '../../../application/plans/shadow-desk.js';
import type { StoredRun } from '../../../application/ports/shadow-repository.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { COMPARISON, notesOf, PARTY } from './comparison.js';
import { ROW_ID } from './configuration.js';
import { authorOf, planAsEntry } from './plans.js';
import { planOf, wrong } from './simulation.js';

const TAGS = ['plans'];
const TIME = Type.String({ format: 'date-time' });
const OR_NULL = Type.Union([Type.String(), Type.Null()]);
const ID = Type.String({ minLength: 1, maxLength: 100, description: 'an id' });
const CALLS = 10_000;

const ORDER = Type.Object(
  {
    version: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('draft')], { description: 'a version, or "draft"' }),
    ),
    campaignId: Type.Optional(ID),
    calls: Type.Optional(
      Type.Integer({
        ...{ minimum: 1, maximum: SHADOW_CALLS_MAX },
        description: `it stops by itself after so many, 1 to ${SHADOW_CALLS_MAX}; ${CALLS} when absent`,
      }),
    ),
  },
  { additionalProperties: false },
);

const RUN = Type.Object({
  ...{ runId: Type.String(), planId: Type.String() },
  planVersion: Type.Integer({ description: '0 for a draft.' }),
  campaignId: Type.Union([Type.String(), Type.Null()], { description: 'Null: all that have the plan.' }),
  isRunning: Type.Boolean(),
  calls: Type.Integer({ description: 'Calls that it has looked at.' }),
  callsWanted: Type.Integer({ description: 'It stops by itself after so many.' }),
  ...{ startedAt: TIME, startedBy: Type.String() },
  ...{ stoppedAt: Type.Union([TIME, Type.Null()]), stoppedBy: OR_NULL },
});

function shownRun({ run, calls }: StoredRun): Static<typeof RUN> {
  const { id: runId, plan, campaignId, callsWanted, startedAt, startedBy, stoppedAt, stoppedBy } = run;
  return {
    ...{ runId, planId: plan.id, planVersion: plan.version, campaignId, isRunning: stoppedAt === null },
    ...{ calls, callsWanted, startedAt: new Date(startedAt).toISOString(), startedBy },
    ...{ stoppedAt: stoppedAt === null ? null : new Date(stoppedAt).toISOString(), stoppedBy },
  };
}

const REPORT = Type.Object({
  ...RUN.properties,
  plan: Type.Object({}, { title: 'Plan', additionalProperties: true, description: 'As it was at the start.' }),
  ...COMPARISON,
  revenueChangeMicros: Type.Integer({ description: '`after` less `before`.' }),
  same: Type.Integer({ description: 'Calls that keep their buyer.' }),
});

const CHOICE = Type.Object({
  ...{ runId: Type.String(), from: PARTY, to: PARTY },
  isCompared: Type.Boolean({ description: 'False for a call that says nothing: the caller left before.' }),
  isEstimated: Type.Boolean({ description: 'Whom it would have rung first did not ring for this call.' }),
  asked: Type.Integer({ description: 'Bidders that were asked for the shadow alone.' }),
  trace: Type.Union([Type.Object({}, { title: 'DecisionTrace', additionalProperties: true }), Type.Null()]),
});

async function runOf({ shadows }: HttpDependencies, planId: string, runId: string | undefined): Promise<StoredRun> {
  const runs = await shadows.runs(planId);
  const found = runId === undefined ? runs[0] : runs.find(({ run }) => run.id === runId);
  if (found === undefined) throw new Problem('not-found', 'this plan has never run beside the calls');
  return found;
}

function addRuns(app: FastifyInstance, deps: HttpDependencies): void {
  app.post<{ Params: { id: string }; Body: Static<typeof ORDER> }>(
    '/plans/:id/shadow',
    {
      config: { scope: 'configuration:write' },
      schema: {
        operationId: 'startShadow',
        summary: 'Run the draft, or a version, beside live calls: nobody is dialled by it',
        description:
          'The plan is kept as it is now. What it would have chosen is written with each call of the campaigns that have the ' +
          'plan, or of `campaignId`, once the call is over. One run of a plan at a time (409).',
        ...{ tags: TAGS, params: ROW_ID, body: ORDER, response: { 201: RUN } },
      },
    },
    async (request, reply) => {
      const { params, body } = request;
      const plan = await planOf(deps, params.id, body.version ?? 'draft');
      const { campaignId = null, calls: callsWanted = CALLS } = body;
      if (campaignId !== null && !deps.configuration.current().campaigns.has(campaignId))
        throw wrong('campaignId', campaignId, 'the id of a campaign');
      const stored = await deps.shadows.start({ plan, campaignId, callsWanted }, authorOf(request));
      if (stored === null) throw new Problem('conflict', 'this plan runs beside the calls already; stop it first');
      return await reply.status(201).send(shownRun(stored));
    },
  );
  app.post<{ Params: { id: string } }>(
    '/plans/:id/shadow/stop',
    {
      config: { scope: 'configuration:write' },
      schema: {
        ...{ operationId: 'stopShadow', summary: 'Stop the run; what it found stays', tags: TAGS },
        ...{ params: ROW_ID, response: { 200: RUN } },
      },
    },
    async (request) => {
      const stored = await deps.shadows.stop(request.params.id, authorOf(request));
      if (stored === null) throw new Problem('not-found', 'this plan does not run beside the calls');
      return shownRun(stored);
    },
  );
  app.get<{ Params: { id: string } }>(
    '/plans/:id/shadows',
    {
      config: { scope: 'configuration:read' },
      schema: {
        ...{ operationId: 'listShadows', summary: 'Every run of the plan beside live calls, newest first', tags: TAGS },
        ...{ params: ROW_ID, response: { 200: Type.Object({ items: Type.Array(RUN) }) } },
      },
    },
    async ({ params }) => ({ items: (await deps.shadows.runs(params.id)).map(shownRun) }),
  );
}

function addReports(app: FastifyInstance, deps: HttpDependencies): void {
  app.get<{ Params: { id: string }; Querystring: { runId?: string } }>(
    '/plans/:id/shadow',
    {
      config: { scope: 'calls:read' },
      schema: {
        operationId: 'getShadow',
        summary: 'How far the run has come, and what it would have changed so far',
        description:
          '`before` is what the calls did, `after` what the plan would have brought. Without `runId` the newest run.',
        ...{ tags: TAGS, params: ROW_ID },
        querystring: Type.Object({ runId: Type.Optional(ID) }, { additionalProperties: false }),
        response: { 200: REPORT },
      },
    },
    async ({ params: { id }, query: { runId } }) => {
      const stored = await runOf(deps, id, runId);
      const found = await deps.shadows.compare(stored.run.id);
      const { after, before, replayed, changed } = found;
      const difference = { revenueChangeMicros: after.revenueMicros - before.revenueMicros, same: replayed - changed };
      const notes = notesOf(found);
      const plan = { ...planAsEntry(deps, stored.run.plan) };
      return {
        ...shownRun(stored),
        plan,
        ...found,
        moves: [...found.moves],
        changes: [...found.changes],
        notes,
        ...difference,
      };
    },
  );
  app.get<{ Params: { id: string } }>(
    '/calls/:id/shadow',
    {
      config: { scope: 'calls:read' },
      schema: {
        operationId: 'getCallShadow',
        summary: 'What plans that ran beside this call would have chosen, and why',
        ...{ tags: ['calls'], params: Type.Object({ id: Type.String({ maxLength: 100 }) }) },
        response: { 200: Type.Object({ items: Type.Array(CHOICE) }) },
      },
    },
    async ({ params }) => {
      const choices = await deps.shadows.choicesOf(params.id);
      const items = choices.map(({ runId, from, to, replay, asked, trace }) => ({
        ...{ runId, from, to, isCompared: replay !== null, isEstimated: replay?.takers[0]?.isKnown === false, asked },
        trace: trace === null ? null : { ...trace },
      }));
      return { items };
    },
  );
}

export const shadowRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    addRuns(app as FastifyInstance, deps);
    addReports(app as FastifyInstance, deps);
  };
