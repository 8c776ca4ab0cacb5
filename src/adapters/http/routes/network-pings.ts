/**
 * Where publishers ping us in the shapes of Ringba and Retreaver. What cannot be served looks as it would there: HTTP 200, no
 * number and a reason, also for an unknown key and for a fault of ours, which has an entry in the log.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { PingAnswer } from '../../../application/pings/answer-ping.js';
import type { SentPing } from '../../../application/pings/read-ping.js';
import type { StrangerLimit } from '../authorise.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { retreaverAnswer, retreaverPing } from '../ping-shapes/retreaver.js';
import { ringbaAnswer, ringbaPing } from '../ping-shapes/ringba.js';
import { sentFields } from '../ping-shapes/sent-fields.js';
import { Problem } from '../problem.js';
import { PING_BODY_MAX_BYTES, PING_CONFIG, publisherKeyOf } from './pings.js';

const TAGS = ['publishers'];

/** A form, or JSON that came under a form's name, as curl sends it and the networks take it. */
function parseForm(text: string): unknown {
  return text.trimStart().startsWith('{') ? JSON.parse(text) : Object.fromEntries(new URLSearchParams(text));
}

export const networkPingRoutes =
  (deps: HttpDependencies, limitStrangers: StrangerLimit): FastifyPluginAsyncTypebox =>
  async (app) => {
    const keyOf = publisherKeyOf(deps, limitStrangers);
    const ask = async (request: FastifyRequest, keyText: string, sent: SentPing): Promise<PingAnswer> => {
      try {
        const key = await keyOf(request, keyText);
        return key === null ? { kind: 'no-bid', reason: 'disabled' } : await deps.pings.answer(key, sent);
      } catch (error) {
        if (error instanceof Problem) return { kind: 'no-bid', reason: 'rate-limited' };
        request.log.error({ err: error, route: request.routeOptions.url }, 'a ping could not be answered');
        return { kind: 'no-bid', reason: 'unavailable' };
      }
    };
    const newId = (): string => deps.ids.newId();
    app.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) => {
      try {
        done(null, parseForm(String(body)));
      } catch {
        done(new Problem('malformed-request', 'the body is neither a form nor JSON'));
      }
    });
    const common = { config: PING_CONFIG, bodyLimit: PING_BODY_MAX_BYTES };
    for (const method of ['GET', 'POST'] as const) {
      app.route({
        ...{ ...common, method, url: '/ringba/:key.json' },
        schema: {
          ...{ operationId: `pingAsRingba${method}`, summary: 'A ping in the shape of Ringba', tags: TAGS },
          params: Type.Object({ key: Type.String({ maxLength: 64 }) }),
        },
        handler: async (request) => {
          const fields = sentFields(request.query, request.body);
          const { key } = request.params as { key: string };
          return ringbaAnswer(await ask(request, key, ringbaPing(fields)), fields, newId);
        },
      });
    }
    app.route({
      ...{ ...common, method: 'POST', url: '/retreaver/rtbs.json' },
      schema: { operationId: 'pingAsRetreaver', summary: 'A ping in the shape of Retreaver', tags: TAGS },
      handler: async (request) => {
        const fields = sentFields(request.query, request.body);
        return retreaverAnswer(await ask(request, fields.get('key') ?? '', retreaverPing(fields)), newId);
      },
    });
  };
