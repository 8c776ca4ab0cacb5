/**
 * Rows of the configuration: trunks, dids, sources, campaigns, buyers, targets, bidders, agents. A body is exactly an entry of the
 * configuration file (docs/configuration-file.md) and is judged by the same checks. Prompts add what sounds need, in
 * `prompts.ts`.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { createRow, removeRow, replaceRow, rowsOf } from '../../../application/configuration/edit-configuration.js';
import { documentOf, SECTION_NAMES, type SectionName } from '../../../domain/campaigns/configuration.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { ifMatchOf } from '../if-match.js';
import { PAGE_QUERY, pageOf } from '../page.js';
import { Problem } from '../problem.js';
import { CREATION_HEADERS, replyOnce } from '../reply-once.js';
import { refuseUnlessRemoved, savedAnswer, shownRow } from './edit-answer.js';

export const ROW_ID = Type.Object({ id: Type.String({ maxLength: 100 }) });
export const EDIT_HEADERS = Type.Object({
  'if-match': Type.Optional(Type.String({ description: 'The ETag that was read. Required.' })),
});

/** Entries are judged by the ConfigurationChecker, which knows the rest of the configuration as well. */
export const judgedByChecker = () => (value: unknown) => ({ value });

const READ = { scope: 'configuration:read' } as const;
const WRITE = { scope: 'configuration:write' } as const;

const SINGULAR: Readonly<Record<SectionName, string>> = {
  trunks: 'Trunk',
  dids: 'Did',
  sources: 'Source',
  campaigns: 'Campaign',
  buyers: 'Buyer',
  targets: 'Target',
  bidders: 'Bidder',
  prompts: 'Prompt',
  calendars: 'Calendar',
  plans: 'Plan',
  flows: 'Flow',
  agents: 'Agent',
};

export function namesOf(section: SectionName): { readonly one: string; readonly tags: string[] } {
  return { one: SINGULAR[section], tags: [section === 'prompts' ? 'prompts' : 'configuration'] };
}

export const entrySchema = (deps: HttpDependencies, section: SectionName) =>
  Type.Unsafe<Record<string, unknown>>(deps.checker.schemaOf(section));

export const idIn = (request: FastifyRequest): string => (request.params as { readonly id: string }).id;

/** List and single row. */
export function addReads(app: FastifyInstance, deps: HttpDependencies, section: SectionName): void {
  const { one, tags } = namesOf(section);
  const entry = entrySchema(deps, section);
  const list = Type.Object({ items: Type.Array(entry), nextCursor: Type.Union([Type.String(), Type.Null()]) });
  app.get<{ Querystring: { limit?: number; cursor?: string } }>(
    `/${section}`,
    {
      config: READ,
      schema: {
        ...{ operationId: `list${one}s`, summary: `${section}, by id`, tags },
        ...{ querystring: PAGE_QUERY, response: { 200: list } },
      },
    },
    async (request) => {
      const configuration = deps.configuration.current();
      const sorted = [...rowsOf(configuration, section)].sort((left, right) => (left.id < right.id ? -1 : 1));
      const { rows, nextCursor } = pageOf(sorted, request.query);
      const shown = deps.checker.showAll(section, new Set(rows.map(({ id }) => id)), documentOf(configuration));
      return { items: rows.map(({ id }) => shown.get(id)), nextCursor };
    },
  );
  app.get(
    `/${section}/:id`,
    {
      config: READ,
      schema: {
        ...{ operationId: `get${one}`, summary: `One row of ${section}, with its ETag`, tags },
        ...{
          params: ROW_ID,
          response: { 200: entry, 304: Type.Null({ description: 'It is what If-None-Match names.' }) },
        },
      },
    },
    async (request, reply) => {
      const row = shownRow(deps, section, idIn(request));
      if (request.headers['if-none-match'] === row.etag) return await reply.status(304).header('etag', row.etag).send();
      return await reply.header('etag', row.etag).send(row.entry);
    },
  );
}

function addWrites(app: FastifyInstance, deps: HttpDependencies, section: SectionName): void {
  const { one, tags } = namesOf(section);
  const entry = entrySchema(deps, section);
  app.post(
    `/${section}`,
    {
      config: WRITE,
      validatorCompiler: judgedByChecker,
      schema: {
        ...{ operationId: `create${one}`, summary: `Put a row into ${section}`, tags },
        ...{ headers: CREATION_HEADERS, body: entry, response: { 201: entry } },
      },
    },
    async (request, reply) =>
      await replyOnce(deps, request, reply, request.body, async () =>
        savedAnswer(deps, section, await createRow(deps, section, request.body, request.apiKey?.name), 201),
      ),
  );
  app.put(
    `/${section}/:id`,
    {
      config: WRITE,
      validatorCompiler: judgedByChecker,
      schema: {
        ...{ operationId: `replace${one}`, summary: `Replace a row of ${section} as a whole`, tags },
        ...{ params: ROW_ID, headers: EDIT_HEADERS, body: entry, response: { 200: entry } },
      },
    },
    async (request, reply) => {
      const edit = { section, id: idIn(request), entry: request.body, author: request.apiKey?.name ?? '' };
      const saved = savedAnswer(deps, section, await replaceRow(deps, edit, ifMatchOf(request)), 200);
      return await reply.headers(saved.headers).send(saved.body);
    },
  );
}

export function addRemoval(app: FastifyInstance, deps: HttpDependencies, section: SectionName): void {
  const { one, tags } = namesOf(section);
  app.delete(
    `/${section}/:id`,
    {
      config: WRITE,
      schema: {
        ...{ operationId: `remove${one}`, summary: `Remove a row of ${section} that no other names`, tags },
        ...{ params: ROW_ID, headers: EDIT_HEADERS, response: { 204: Type.Null({ description: 'Removed.' }) } },
      },
    },
    async (request, reply) => {
      const id = idIn(request);
      if (id.startsWith('builtin:')) throw new Problem('conflict', 'a built-in sound comes with the system and stays');
      refuseUnlessRemoved(section, await removeRow(deps, { section, id }, ifMatchOf(request)));
      return await reply.status(204).send();
    },
  );
}

export const configurationRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const section of SECTION_NAMES.filter((name) => name !== 'prompts')) {
      addReads(app as FastifyInstance, deps, section);
      addWrites(app as FastifyInstance, deps, section);
      addRemoval(app as FastifyInstance, deps, section);
    }
  };
