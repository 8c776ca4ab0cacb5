/** Faxes that fax lines have received: list, one, a link to its PDF, and the PDF itself for whoever has a link. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Fax } from '../../../domain/calls/fax.js';
import { maskNumber } from '../../../domain/trunks/phone-number.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { linkedFileRoutes, linkTo } from '../linked-files.js';
import { PAGE_QUERY } from '../page.js';
import { Problem } from '../problem.js';

const orNull = <S extends Type.TSchema>(schema: S) => Type.Union([schema, Type.Null()]);

const FAX = Type.Object(
  {
    id: Type.String(),
    callId: Type.String(),
    didId: Type.String(),
    campaignId: Type.String(),
    state: Type.Enum(['receiving', 'received', 'failed']),
    startedAt: Type.String({ format: 'date-time' }),
    callerNumber: Type.String({ description: 'Masked unless the key has the scope calls:read-numbers.' }),
    senderStation: Type.String({ description: 'What the sending machine calls itself; empty for nothing.' }),
    pages: Type.Integer(),
    rate: orNull(Type.Integer({ description: 'Bits per second.' })),
    isT38: Type.Boolean(),
    hasPdf: Type.Boolean(),
    failure: orNull(Type.String()),
  },
  { title: 'Fax' },
);

const ID = Type.Object({ id: Type.String({ maxLength: 64 }) });
const DEFAULT_LIMIT = 100;

function shown(request: FastifyRequest, fax: Fax): Static<typeof FAX> {
  const { tiffPath: _tiff, pdfPath, startedAt, callerNumber, senderStation, ...rest } = fax;
  const showsNumbers = request.apiKey?.scopes.includes('calls:read-numbers') === true;
  return {
    ...rest,
    startedAt: new Date(startedAt).toISOString(),
    callerNumber: showsNumbers ? callerNumber : maskNumber(callerNumber),
    // A machine mostly calls itself by its number.
    senderStation: showsNumbers ? senderStation : maskNumber(senderStation),
    hasPdf: pdfPath !== null,
  };
}

/** Of the last fax of a page: ids grow with time. */
const cursorOf = (id: string): string => Buffer.from(`fax:${id}`).toString('base64url');

function idOf(cursor: string): string {
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  if (!text.startsWith('fax:')) throw new Problem('malformed-request', 'the cursor is none that this API gave out');
  return text.slice(4);
}

async function foundFax(deps: HttpDependencies, id: string): Promise<Fax> {
  const fax = await deps.faxes.find(id);
  if (fax === null) throw new Problem('not-found', 'there is no fax with this id');
  return fax;
}

function needPdf(fax: Fax): void {
  if (fax.state === 'receiving') throw new Problem('conflict', 'the fax is not finished yet; try again');
  if (fax.pdfPath === null) throw new Problem('gone', `there is no such fax: ${fax.failure ?? 'nobody knows why'}`);
}

export const faxRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { scope: 'recordings:read' } as const;
    const tags = ['faxes'];
    const page = Type.Object({ items: Type.Array(FAX), nextCursor: orNull(Type.String()) });
    app.get(
      '/faxes',
      {
        config,
        schema: {
          ...{ operationId: 'listFaxes', summary: 'Faxes, the newest first', tags },
          ...{ querystring: PAGE_QUERY, response: { 200: page } },
        },
      },
      async (request) => {
        const { limit = DEFAULT_LIMIT, cursor } = request.query;
        const rows = await deps.faxes.list(limit + 1, cursor === undefined ? null : idOf(cursor));
        const items = rows.slice(0, limit).map((fax) => shown(request, fax));
        const last = items.at(-1);
        return { items, nextCursor: rows.length > limit && last !== undefined ? cursorOf(last.id) : null };
      },
    );
    const one = { operationId: 'readFax', summary: 'One fax', tags, params: ID, response: { 200: FAX } };
    app.get('/faxes/:id', { config, schema: one }, async (request) =>
      shown(request, await foundFax(deps, request.params.id)),
    );
    app.get(
      '/faxes/:id/link',
      {
        config,
        schema: {
          operationId: 'linkFax',
          summary: 'A link to its PDF that is valid for 15 minutes and needs no key',
          ...{ tags, params: ID },
          response: {
            200: Type.Object({
              url: Type.String({ description: 'Path on this server, with its query.' }),
              expiresAt: Type.String({ format: 'date-time' }),
            }),
          },
        },
      },
      async (request) => {
        const fax = await foundFax(deps, request.params.id);
        needPdf(fax);
        request.log.info({ audit: 'fax-link', faxId: fax.id, keyId: request.apiKey?.id }, 'a link');
        return linkTo(deps, fax.id, 'pdf');
      },
    );
  };

export const faxFileRoutes = (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  linkedFileRoutes(deps, {
    noun: 'fax',
    path: '/faxes/:file',
    formats: ['pdf'],
    described: {
      operationId: 'getFaxFile',
      summary: 'The PDF of a fax by its signed link; a byte range may be asked for',
      tags: ['faxes'],
    },
    open: async (id) => {
      const fax = await foundFax(deps, id);
      return { recording: fax, file: await deps.faxFiles.openPdf(fax) };
    },
  });
