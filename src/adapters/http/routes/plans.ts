/**
 * Plans as versions: drafts, what they change, publication now or at a time, and the way back. The published plan itself is a row of the
 * configuration like any other (`configuration.ts`); to put one is to publish it.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { tagOf } from '../../../application/configuration/edit-configuration.js';
import type { DraftSaved, Published } from '../../../application/plans/plan-desk.js';
import { EMPTY_DOCUMENT } from '../../../domain/campaigns/configuration.js';
import type { Plan } from '../../../domain/plans/plan.js';
import { diffOfPlans } from '../../../domain/plans/plan-diff.js';
import type { PlanDraft } from '../../../domain/plans/plan-version.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { ifMatchOf, quoted } from '../if-match.js';
import { Problem } from '../problem.js';
import { EDIT_HEADERS, entrySchema, idIn, judgedByChecker, ROW_ID } from './configuration.js';
import { type Entry, refusalOf } from './edit-answer.js';

const READ = { scope: 'configuration:read' } as const;
const WRITE = { scope: 'configuration:write' } as const;
const TAGS = ['plans'];
const TIME = Type.String({ format: 'date-time' });
const TIME_OR_NULL = Type.Union([TIME, Type.Null()]);
const VERSION = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });

const VERSION_ROW = Type.Object({
  ...{ version: Type.Integer(), name: Type.String(), publishedAt: TIME, publishedBy: Type.String() },
  isPublished: Type.Boolean({ description: 'It is the one that calls walk now.' }),
});
const CHANGE = Type.Object({
  kind: Type.Enum(['added', 'removed', 'moved', 'changed']),
  place: Type.String({ description: 'Where it stands, such as `root.members[1]`.' }),
  node: Type.String(),
  field: Type.Union([Type.String(), Type.Null()]),
  ...{ from: Type.Unknown(), to: Type.Unknown() },
  sentence: Type.String(),
});

export const authorOf = (request: FastifyRequest): string => request.apiKey?.name ?? '';

export function planAsEntry(deps: HttpDependencies, plan: Plan): Entry {
  return deps.checker.show('plans', plan.id, { ...EMPTY_DOCUMENT, plans: [plan] }) ?? {};
}

function draftSchema(deps: HttpDependencies) {
  return Type.Object({
    plan: entrySchema(deps, 'plans'),
    basedOn: Type.Integer({ description: 'The version from which it was begun; 0 for a new plan.' }),
    ...{ savedAt: TIME, savedBy: Type.String(), publishAt: TIME_OR_NULL },
    failure: Type.Union([Type.String(), Type.Null()], { description: 'Why it was not published at its time.' }),
  });
}

const time = (at: number): string => new Date(at).toISOString();

function shownDraft(deps: HttpDependencies, { plan, basedOn, savedAt, savedBy, publishAt, failure }: PlanDraft) {
  const when = { savedAt: time(savedAt), savedBy, publishAt: publishAt === null ? null : time(publishAt) };
  return { plan: planAsEntry(deps, plan), basedOn, ...when, failure };
}

async function sendDraft(deps: HttpDependencies, reply: FastifyReply, draft: PlanDraft): Promise<FastifyReply> {
  return await reply.header('etag', quoted(draft.revision)).send(shownDraft(deps, draft));
}

export async function draftOf(deps: HttpDependencies, planId: string): Promise<PlanDraft> {
  const draft = await deps.planDesk.draft(planId);
  if (draft === null) throw new Problem('not-found', 'there is no draft of this plan');
  return draft;
}

function savedDraft(outcome: DraftSaved): PlanDraft {
  if (outcome.kind !== 'saved') throw refusalOf(outcome, 'plans');
  return outcome.draft;
}

function publishedPlan(outcome: Published): Plan {
  if (outcome.kind !== 'published') throw refusalOf(outcome, 'plans');
  return outcome.plan;
}

/** Throws `not-found`. */
export async function versionOf(deps: HttpDependencies, planId: string, version: number): Promise<Plan> {
  const plan = await deps.planDesk.version(planId, version);
  if (plan === null) throw new Problem('not-found', `plan ${planId} has no version ${version}`);
  return plan;
}

function addVersions(app: FastifyInstance, deps: HttpDependencies): void {
  app.get(
    '/plans/:id/versions',
    {
      config: READ,
      schema: {
        ...{ operationId: 'listPlanVersions', summary: 'Every version that was published, newest first', tags: TAGS },
        ...{ params: ROW_ID, response: { 200: Type.Object({ items: Type.Array(VERSION_ROW) }) } },
      },
    },
    async (request) => {
      const id = idIn(request);
      const now = deps.planDesk.published(id)?.version ?? null;
      const versions = await deps.planDesk.versions(id);
      if (versions.length === 0) throw new Problem('not-found', 'there is no plan with this id');
      return {
        items: versions.map(({ plan: { version, name }, publishedAt, publishedBy }) => {
          return { version, name, publishedAt: time(publishedAt), publishedBy, isPublished: version === now };
        }),
      };
    },
  );
  const entry = entrySchema(deps, 'plans');
  app.get<{ Params: { id: string; version: number } }>(
    '/plans/:id/versions/:version',
    {
      config: READ,
      schema: {
        ...{ operationId: 'getPlanVersion', summary: 'A plan as it was published in one version', tags: TAGS },
        ...{ params: Type.Object({ ...ROW_ID.properties, version: VERSION }), response: { 200: entry } },
      },
    },
    async ({ params }) => planAsEntry(deps, await versionOf(deps, params.id, params.version)),
  );
  app.get<{ Params: { id: string }; Querystring: { from?: number; to?: number } }>(
    '/plans/:id/diff',
    {
      config: READ,
      schema: {
        ...{
          operationId: 'diffPlan',
          summary: 'What changes, node by node: from the published plan to its draft',
          tags: TAGS,
        },
        params: ROW_ID,
        querystring: Type.Object(
          { from: Type.Optional(VERSION), to: Type.Optional(VERSION) },
          { additionalProperties: false },
        ),
        response: { 200: Type.Object({ items: Type.Array(CHANGE) }) },
      },
    },
    async ({ params: { id }, query: { from, to } }) => {
      const before = from === undefined ? deps.planDesk.published(id) : await versionOf(deps, id, from);
      const after = to === undefined ? (await draftOf(deps, id)).plan : await versionOf(deps, id, to);
      return { items: diffOfPlans(before, after) };
    },
  );
}

function addDrafts(app: FastifyInstance, deps: HttpDependencies): void {
  const draft = draftSchema(deps);
  app.get(
    '/plans/:id/draft',
    {
      config: READ,
      schema: {
        ...{ operationId: 'getPlanDraft', summary: 'The draft of a plan, with its ETag', tags: TAGS },
        ...{ params: ROW_ID, response: { 200: draft } },
      },
    },
    async (request, reply) => await sendDraft(deps, reply, await draftOf(deps, idIn(request))),
  );
  app.put(
    '/plans/:id/draft',
    {
      config: WRITE,
      validatorCompiler: judgedByChecker,
      schema: {
        ...{
          operationId: 'savePlanDraft',
          summary: 'Save a draft; If-Match is required when there is one already',
          tags: TAGS,
        },
        ...{ params: ROW_ID, headers: EDIT_HEADERS, body: entrySchema(deps, 'plans'), response: { 200: draft } },
      },
    },
    async (request, reply) => {
      const id = idIn(request);
      const isNew = request.headers['if-match'] === undefined && (await deps.planDesk.draft(id)) === null;
      const isMatch = isNew ? null : ifMatchOf(request);
      const outcome = await deps.planDesk.save(id, request.body, authorOf(request), isMatch);
      return await sendDraft(deps, reply, savedDraft(outcome));
    },
  );
  app.delete(
    '/plans/:id/draft',
    {
      config: WRITE,
      schema: {
        ...{ operationId: 'discardPlanDraft', summary: 'Throw a draft away; what is published stays', tags: TAGS },
        ...{ params: ROW_ID, headers: EDIT_HEADERS, response: { 204: Type.Null({ description: 'Thrown away.' }) } },
      },
    },
    async (request, reply) => {
      const outcome = await deps.planDesk.discard(idIn(request), ifMatchOf(request));
      if (outcome !== 'done') throw refusalOf({ kind: outcome }, 'plans');
      return await reply.status(204).send();
    },
  );
}

function addPublication(app: FastifyInstance, deps: HttpDependencies): void {
  const published = Type.Object({ id: Type.String(), version: Type.Integer() });
  app.post<{ Params: { id: string }; Body: { at?: string } }>(
    '/plans/:id/publish',
    {
      config: WRITE,
      schema: {
        ...{ operationId: 'publishPlan', summary: 'Publish the draft now, or `at` a time to come (202)', tags: TAGS },
        ...{ params: ROW_ID, headers: EDIT_HEADERS },
        body: Type.Object({ at: Type.Optional(TIME) }, { additionalProperties: false }),
        response: { 200: published, 202: draftSchema(deps) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { at } = request.body;
      const isMatch = ifMatchOf(request);
      if (at === undefined) {
        const { version } = publishedPlan(await deps.planDesk.publishDraft(id, authorOf(request), isMatch));
        return await reply.send({ id, version });
      }
      if (Date.parse(at) <= deps.clock.wallMs()) {
        const faults = [{ field: 'at', found: JSON.stringify(at), expected: 'a time to come' }];
        throw new Problem('wrong-fields', `at: found ${JSON.stringify(at)}, expected a time to come`, { faults });
      }
      const draft = savedDraft(await deps.planDesk.publishAt(id, Date.parse(at), authorOf(request), isMatch));
      return await sendDraft(deps, reply.status(202), draft);
    },
  );
  app.post<{ Params: { id: string }; Body: { version: number } }>(
    '/plans/:id/roll-back',
    {
      config: WRITE,
      schema: {
        ...{ operationId: 'rollBackPlan', summary: 'Publish an earlier version again, as a new one', tags: TAGS },
        ...{ params: ROW_ID, headers: EDIT_HEADERS },
        body: Type.Object({ version: VERSION }, { additionalProperties: false }),
        response: { 200: published },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const isMatch = ifMatchOf(request);
      const tag = tagOf(deps, 'plans', id);
      // A plan that was removed is brought back by If-Match: *.
      if (!isMatch(tag ?? '')) throw refusalOf({ kind: 'stale' }, 'plans');
      const plan = publishedPlan(await deps.planDesk.rollBack(id, request.body.version, authorOf(request)));
      return await reply.header('etag', quoted(tagOf(deps, 'plans', id) ?? '')).send({ id, version: plan.version });
    },
  );
}

export const planRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    addVersions(app as FastifyInstance, deps);
    addDrafts(app as FastifyInstance, deps);
    addPublication(app as FastifyInstance, deps);
  };
