/** Faxes that fax lines have received: list, one, a link to its PDF, and the PDF itself for whoever has a link. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import type { Fax } from '../../../domain/calls/fax.js';
import { maskNumber } from '../../../domain/trunks/phone-number.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { PAGE_QUERY } from '../page.js';
import { Problem } from '../problem.js';
import { judgeLink, LINK_LIFETIME_MS, signLink } from '../recording-link.js';
import { sendRecording } from '../send-recording.js';

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
        const expires = Math.ceil((deps.clock.wallMs() + LINK_LIFETIME_MS) / 1_000);
        request.log.info({ audit: 'fax-link', faxId: fax.id, keyId: request.apiKey?.id }, 'a link');
        const url = signLink(deps.linkKey, { recordingId: fax.id, format: 'pdf', expires });
        return { url, expiresAt: new Date(expires * 1_000).toISOString() };
      },
    );
  };

const FILE_NAME = /^([A-Za-z0-9_-]{1,64})\.pdf$/;

interface FollowedLink {
  readonly file: string;
  /** Seconds since 1970. */
  readonly expires: number;
  readonly signature: string;
}

async function sendLinked(
  deps: HttpDependencies,
  { file: name, expires, signature }: FollowedLink,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const id = FILE_NAME.exec(name)?.[1];
  if (id === undefined) throw new Problem('link-refused', 'this is no link to a fax');
  const subject = { recordingId: id, format: 'pdf', expires } as const;
  const verdict = judgeLink(deps.linkKey, subject, signature, deps.clock.wallMs());
  if (verdict === 'altered') throw new Problem('link-refused', 'the link was altered; ask for a new one');
  if (verdict === 'expired') {
    throw new Problem('gone', `the link expired at ${new Date(expires * 1_000).toISOString()}; ask for a new one`);
  }
  const fax = await foundFax(deps, id);
  const file = await deps.faxFiles.openPdf(fax);
  if (file === null) throw new Problem('gone', 'the file of this fax is not there any more');
  return await sendRecording(request, reply, { recording: fax, format: 'pdf', file });
}

/** Outside `/api/v1`: what a link points to. */
export const faxFileRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const params = Type.Object({ file: Type.String({ maxLength: 80, description: 'a fax, such as ID.pdf' }) });
    const querystring = Type.Object({
      expires: Type.Integer({ minimum: 0, maximum: 100_000_000_000, description: 'as in the link' }),
      signature: Type.String({ maxLength: 100, description: 'as in the link' }),
    });
    const config = { scope: 'public' } as const;
    const summary = 'The PDF of a fax by its signed link; a byte range may be asked for';
    const described = { operationId: 'getFaxFile', summary, tags: ['faxes'], params, querystring };
    app.get('/faxes/:file', { config, schema: described }, async (request, reply) =>
      sendLinked(deps, { ...request.params, ...request.query }, request, reply),
    );
    app.head('/faxes/:file', { config, schema: { hide: true, params, querystring } }, async (request, reply) =>
      sendLinked(deps, { ...request.params, ...request.query }, request, reply),
    );
  };
