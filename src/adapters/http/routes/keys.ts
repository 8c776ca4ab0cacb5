/** Keys of the API: made, listed and revoked by a key that may. A key is shown once, in the answer to its creation. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import { createApiKey } from '../../../application/operation/create-api-key.js';
import { type ApiKey, SCOPES } from '../../../domain/campaigns/api-key.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { CREATION_HEADERS, replyOnce } from '../reply-once.js';

const SCOPE = Type.Enum([...SCOPES], { description: `one of ${SCOPES.join(', ')}` });
const TIME = Type.Union([Type.String({ format: 'date-time' }), Type.Null()]);

const KEY = Type.Object({
  id: Type.String(),
  name: Type.String(),
  prefix: Type.String(),
  scopes: Type.Array(SCOPE),
  createdAt: Type.String({ format: 'date-time' }),
  lastUsedAt: TIME,
  revokedAt: TIME,
});

const NEW_KEY = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 120, description: 'a name of 1 to 120 characters' }),
    scopes: Type.Array(SCOPE, { minItems: 1, description: 'a list of scopes' }),
  },
  { additionalProperties: false },
);

const ID = Type.Object({ id: Type.String({ maxLength: 64 }) });

const time = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

function shown(key: ApiKey): Static<typeof KEY> {
  const { id, name, prefix, scopes, createdAt, lastUsedAt, revokedAt } = key;
  const createdTime = new Date(createdAt).toISOString();
  return {
    ...{ id, name, prefix, scopes: [...scopes], createdAt: createdTime },
    ...{ lastUsedAt: time(lastUsedAt), revokedAt: time(revokedAt) },
  };
}

const CONFIG = { scope: 'keys:manage' } as const;
const TAGS = ['keys'];

export const keyRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/keys',
      {
        config: CONFIG,
        schema: {
          operationId: 'listKeys',
          summary: 'All keys, revoked ones included, oldest first',
          tags: TAGS,
          response: { 200: Type.Object({ items: Type.Array(KEY) }) },
        },
      },
      async () => ({ items: (await deps.keys.list()).map(shown) }),
    );

    app.post(
      '/keys',
      {
        config: CONFIG,
        schema: {
          operationId: 'createKey',
          summary: 'Make a key; it is shown in this answer and never again',
          tags: TAGS,
          headers: CREATION_HEADERS,
          body: NEW_KEY,
          response: { 201: Type.Object({ ...KEY.properties, key: Type.Union([Type.String(), Type.Null()]) }) },
        },
      },
      async (request, reply) => {
        return await replyOnce(deps, request, reply, request.body, async () => {
          const { key, text } = await createApiKey(deps, request.body);
          const headers = { location: `/api/v1/keys/${key.id}` };
          // The key itself is kept nowhere, so that a repetition is answered without it.
          const repeatedBody = { ...shown(key), key: null };
          return { status: 201, headers, body: { ...shown(key), key: text }, repeatedBody };
        });
      },
    );

    await app.register(revocationRoutes(deps));
  };

const revocationRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.delete(
      '/keys/:id',
      {
        config: CONFIG,
        schema: {
          operationId: 'revokeKey',
          summary: 'Revoke a key: it is refused from now on',
          tags: TAGS,
          params: ID,
          response: { 200: KEY },
        },
      },
      async (request) => {
        const key = await deps.keys.revoke(request.params.id, deps.clock.wallMs());
        if (key === null) throw new Problem('not-found', 'there is no key with this id');
        return shown(key);
      },
    );
  };
