/**
 * Figures for Prometheus. Whoever asks from this machine needs no key; from elsewhere the key needs `metrics:read`. A proxy
 * on this machine speaks for others: a request that was forwarded needs the key too.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import { requireScope } from '../authorise.js';
import type { HttpDependencies } from '../http-dependencies.js';

const LOOPBACK = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|::1|::ffff:127\.\d{1,3}\.\d{1,3}\.\d{1,3})$/;
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

export function isFromThisMachine({ socket, headers }: Pick<FastifyRequest, 'socket' | 'headers'>): boolean {
  return LOOPBACK.test(socket.remoteAddress ?? '') && FORWARDED.every((name) => headers[name] === undefined);
}

export const metricsRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/metrics',
      {
        config: { scope: 'public', rateLimit: false },
        onRequest: async (request) => {
          if (!isFromThisMachine(request)) await requireScope(deps, request, 'metrics:read');
        },
        schema: {
          operationId: 'readMetrics',
          summary: 'Figures for Prometheus; from other machines with a key that has metrics:read',
          tags: ['operation'],
          produces: ['text/plain'],
        },
      },
      async (_request, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.render()),
    );
  };
