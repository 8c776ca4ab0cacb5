/** The call log: a page of it by conditions, and one call with everything that is known of it. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import { isTerminal } from '../../../domain/calls/call.js';
import { CALL_QUERY, cursorOf, readCallQuery } from '../call-query.js';
import { CALL, CALL_WITH_DETAILS, type CallView, callResource, detailsResource } from '../call-resource.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';

const ID = Type.Object({ id: Type.String({ maxLength: 64 }) });

export function viewOf(request: Pick<FastifyRequest, 'apiKey'>): CallView {
  return { showsNumbers: request.apiKey?.scopes.includes('calls:read-numbers') ?? false };
}

export const callRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const config = { scope: 'calls:read' } as const;
    const tags = ['calls'];

    app.get(
      '/calls',
      {
        config,
        schema: {
          operationId: 'listCalls',
          summary: 'Calls by conditions, newest first',
          description:
            'All conditions must hold. The work of a page is bounded: it may hold fewer calls than asked for, even none, ' +
            'and still have a `nextCursor`; only null is the end.',
          tags,
          querystring: CALL_QUERY,
          response: {
            200: Type.Object({ items: Type.Array(CALL), nextCursor: Type.Union([Type.String(), Type.Null()]) }),
          },
        },
      },
      async (request) => {
        const view = viewOf(request);
        if (request.query.caller !== undefined && !view.showsNumbers) {
          throw new Problem('scope-missing', 'to search by the number of a caller the key needs calls:read-numbers');
        }
        const { filter, page } = readCallQuery(request.query);
        const { calls, next } = await deps.calls.search(filter, page);
        return {
          items: calls.map((call) => callResource(call, view)),
          nextCursor: next === null ? null : cursorOf(next),
        };
      },
    );

    app.get(
      '/calls/:id',
      {
        config,
        schema: {
          operationId: 'getCall',
          summary: 'One call with timeline, trace, bids, legs, recordings and ledger',
          tags,
          params: ID,
          response: { 200: CALL_WITH_DETAILS },
        },
      },
      async (request) => {
        const { id } = request.params;
        // A call that is up is further than its row, which gets its steps from time to time.
        const live = deps.live.find(id);
        const stored = await deps.calls.find(id);
        if (stored === null) throw new Problem('not-found', 'there is no call with this id');
        const isUp = live !== null && !isTerminal(stored.call.state);
        const details = isUp ? { ...stored, call: live.current(), timeline: live.timeline() } : stored;
        return detailsResource(details, viewOf(request));
      },
    );
  };
