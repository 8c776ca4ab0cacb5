/** Keys under which publishers ping: made, listed and revoked. A key is shown once, in the answer to its creation. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { createPublisherKey } from '../../../application/pings/publisher-keys.js';
import type { PublisherKey } from '../../../domain/bidding/publisher-key.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { CREATION_HEADERS, replyOnce } from '../reply-once.js';

const PINGS_PER_MINUTE = 600;

const PUBLISHER_KEY = Type.Object({
  id: Type.String(),
  name: Type.String(),
  prefix: Type.String(),
  sourceId: Type.String(),
  campaignId: Type.String(),
  pingsPerMinute: Type.Integer(),
  createdAt: Type.String({ format: 'date-time' }),
  revokedAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()]),
});

const ID_FIELD = Type.String({ minLength: 1, maxLength: 64, description: 'an id' });

const NEW_KEY = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120, description: 'a name of 1 to 120 characters' }),
    sourceId: ID_FIELD,
    campaignId: ID_FIELD,
    pingsPerMinute: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 100_000, description: 'a whole number from 1 to 100,000' }),
    ),
  },
  { additionalProperties: false },
);

function shown({ createdAt, revokedAt, sha256: _sha256, ...key }: PublisherKey): Static<typeof PUBLISHER_KEY> {
  const revoked = revokedAt === null ? null : new Date(revokedAt).toISOString();
  return { ...key, createdAt: new Date(createdAt).toISOString(), revokedAt: revoked };
}

const CONFIG = { scope: 'publisher-keys:manage' } as const;
const TAGS = ['publishers'];

export const publisherKeyRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/publisher-keys',
      {
        config: CONFIG,
        schema: {
          operationId: 'listPublisherKeys',
          summary: 'All keys of publishers, revoked ones included, oldest first',
          tags: TAGS,
          response: { 200: Type.Object({ items: Type.Array(PUBLISHER_KEY) }) },
        },
      },
      async () => ({ items: (await deps.publisherKeys.list()).map(shown) }),
    );
    await app.register(creationRoutes(deps));
    app.delete(
      '/publisher-keys/:id',
      {
        config: CONFIG,
        schema: {
          operationId: 'revokePublisherKey',
          summary: 'Revoke a key of a publisher: its pings get no bid from now on',
          tags: TAGS,
          params: Type.Object({ id: Type.String({ maxLength: 64 }) }),
          response: { 200: PUBLISHER_KEY },
        },
      },
      async (request) => {
        const key = await deps.publisherKeys.revoke(request.params.id, deps.clock.wallMs());
        if (key === null) throw new Problem('not-found', 'there is no publisher key with this id');
        return shown(key);
      },
    );
  };

const creationRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/publisher-keys',
      {
        config: CONFIG,
        schema: {
          operationId: 'createPublisherKey',
          summary: 'Make a key for a publisher; it is shown in this answer and never again',
          tags: TAGS,
          headers: CREATION_HEADERS,
          body: NEW_KEY,
          response: {
            201: Type.Object({ ...PUBLISHER_KEY.properties, key: Type.Union([Type.String(), Type.Null()]) }),
          },
        },
      },
      async (request, reply) =>
        await replyOnce(deps, request, reply, request.body, async () => {
          const asked = { pingsPerMinute: PINGS_PER_MINUTE, ...request.body };
          const created = await createPublisherKey(deps, asked);
          if (created.kind === 'faulty') {
            const detail = created.faults.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
            throw new Problem('wrong-fields', detail, { faults: created.faults });
          }
          const { key, text } = created;
          const headers = { location: `/api/v1/publisher-keys/${key.id}` };
          // The key itself is kept nowhere, so that a repetition is answered without it.
          return {
            ...{ status: 201, headers, body: { ...shown(key), key: text } },
            repeatedBody: { ...shown(key), key: null },
          };
        }),
    );
  };
