/** Calls that are up now on this node, and hanging one up. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { CALL, callResource } from '../call-resource.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { liveCallOf, logAudit } from '../live-call.js';
import { viewOf } from './calls.js';

const ID = Type.Object({ id: Type.String({ maxLength: 64 }) });

export const liveRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const tags = ['calls'];

    app.get(
      '/live-calls',
      {
        config: { scope: 'calls:read' },
        schema: {
          operationId: 'listLiveCalls',
          summary: 'Calls that are up now, oldest first',
          tags,
          response: { 200: Type.Object({ items: Type.Array(CALL) }) },
        },
      },
      async (request) => ({ items: deps.live.list().map((call) => callResource(call, viewOf(request))) }),
    );

    app.post(
      '/live-calls/:id/hangup',
      {
        config: { scope: 'calls:control' },
        schema: {
          operationId: 'hangUpCall',
          summary: 'Hang up a call: both legs are ended, the call is billed for what was talked',
          tags,
          params: ID,
          response: { 202: Type.Object({ id: Type.String() }) },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const live = await liveCallOf(deps, id);
        logAudit(request, 'hangup', { callId: id });
        live.hangup();
        return reply.status(202).send({ id });
      },
    );
  };
