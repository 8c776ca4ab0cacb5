/** Whether the process lives, and whether it can take a call: for an orchestrator, a load balancer and a human with curl. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { HttpDependencies } from '../http-dependencies.js';

const READINESS = Type.Object(
  {
    isReady: Type.Boolean(),
    parts: Type.Array(
      Type.Object({
        name: Type.String(),
        isUp: Type.Boolean(),
        detail: Type.String({ description: 'Why it is not.' }),
      }),
    ),
  },
  { title: 'Readiness' },
);

export const healthRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { scope: 'public', rateLimit: false } as const;
    const tags = ['operation'];

    app.get(
      '/livez',
      {
        config,
        schema: {
          operationId: 'isAlive',
          summary: 'The process answers',
          tags,
          response: { 200: Type.Object({ isAlive: Type.Literal(true) }) },
        },
      },
      async () => ({ isAlive: true as const }),
    );

    app.get(
      '/readyz',
      {
        config,
        schema: {
          operationId: 'isReady',
          summary: 'drachtio, one media server and the database are there, and the node is not stopping',
          tags,
          response: { 200: READINESS, 503: READINESS },
        },
      },
      async (_request, reply) => {
        const { isReady, parts } = await deps.readiness.check();
        return reply.status(isReady ? 200 : 503).send({ isReady, parts: parts.map((part) => ({ ...part })) });
      },
    );
  };
