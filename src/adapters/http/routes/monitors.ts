/**
 * Supervisors on a call that is up: one is rung, listens, whispers or talks with both, and is sent away. A scope of its own, and each
 * request leaves a line in the log and an entry in the call's timeline.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import type { MonitorView } from '../../../application/agents/monitor-desk.js';
import { MONITOR_MODES, WHISPER_EARS } from '../../../domain/calls/monitor.js';
import { type Destination, parseDestination } from '../../../domain/trunks/destination.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { liveCallOf, logAudit, whoAsks } from '../live-call.js';
import { Problem } from '../problem.js';

const CALL_ID = Type.Object({ id: Type.String({ maxLength: 64 }) });
const BOTH_IDS = Type.Object({ id: Type.String({ maxLength: 64 }), monitorId: Type.String({ maxLength: 64 }) });

const MANNERS = {
  mode: Type.Enum([...MONITOR_MODES], {
    description: 'one of listen (nobody hears him), whisper (one hears him), barge (both hear him)',
  }),
  to: Type.Optional(
    Type.Enum([...WHISPER_EARS], {
      description:
        'one of buyer (whom the caller talks to, an agent too), caller: who hears a whisper; buyer when absent',
    }),
  ),
};

const REQUEST = Type.Object({
  ...MANNERS,
  destination: Type.String({ maxLength: 300, description: 'The supervisor: a number in E.164 form or a SIP URI.' }),
  trunkId: Type.Optional(Type.String({ maxLength: 64, description: 'Through which a number is dialled.' })),
});

const MONITOR = Type.Object(
  {
    id: Type.String(),
    mode: Type.Enum([...MONITOR_MODES]),
    to: Type.Union([Type.String(), Type.Null()], { description: 'Who hears a whisper: buyer or caller.' }),
    destination: Type.String(),
    by: Type.String({ description: 'Who asked for it.' }),
    state: Type.Enum(['ringing', 'on']),
    startedAt: Type.String({ format: 'date-time' }),
  },
  { title: 'Monitor' },
);

function resource({ startedAt, to, ...view }: MonitorView): Static<typeof MONITOR> {
  return { ...view, to: view.mode === 'whisper' ? to : null, startedAt: new Date(startedAt).toISOString() };
}

/** Throws a Problem that names the field. */
function supervisorOf(
  deps: HttpDependencies,
  { destination, trunkId }: Static<typeof REQUEST>,
): { readonly destination: Destination; readonly trunkId: string | null } {
  const parsed = parseDestination(destination);
  const refuse = (field: string, found: string, expected: string): Problem =>
    new Problem('wrong-fields', 'the supervisor cannot be rung', { faults: [{ field, found, expected }] });
  if (parsed === null) throw refuse('destination', destination, 'a number such as +12025550123, or a SIP URI');
  if (parsed.kind === 'sip') return { destination: parsed, trunkId: null };
  if (trunkId === undefined || deps.configuration.current().trunks.get(trunkId)?.isActive !== true)
    throw refuse('trunkId', trunkId ?? 'nothing', 'the id of an active trunk, since a number is dialled through one');
  return { destination: parsed, trunkId };
}

const config = { scope: 'calls:monitor' } as const;
const tags = ['calls'];

export const monitorRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/calls/:id/monitor',
      {
        config,
        schema: {
          operationId: 'listMonitors',
          summary: 'Supervisors who are rung or listen to a call',
          tags,
          params: CALL_ID,
          response: { 200: Type.Object({ items: Type.Array(MONITOR) }) },
        },
      },
      async (request) => {
        const live = await liveCallOf(deps, request.params.id);
        return { items: live.desk.monitors.list().map(resource) };
      },
    );

    app.post(
      '/calls/:id/monitor',
      {
        config,
        schema: {
          operationId: 'monitorCall',
          summary: 'Ring a supervisor who listens to a call, whispers into it or talks with both',
          description:
            'He is rung at once; whether he answers is told by the list, the feed and the timeline. No recording has what he says. ' +
            'He is hung up when the talk is over.',
          tags,
          params: CALL_ID,
          body: REQUEST,
          response: { 202: MONITOR },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const live = await liveCallOf(deps, id);
        const { mode, to = 'buyer' } = request.body;
        const ring = supervisorOf(deps, request.body);
        logAudit(request, 'monitor', { callId: id, mode, to, destination: request.body.destination });
        const outcome = live.desk.monitors.start({ mode, to, ring, by: whoAsks(request) });
        switch (outcome.kind) {
          case 'started':
            return reply.status(202).send(resource(outcome.monitor));
          case 'no-talk':
            throw new Problem('conflict', 'nobody talks with the caller now');
          case 'too-many':
            throw new Problem('conflict', `${outcome.most} supervisors listen to the call already`);
        }
      },
    );

    await app.register(changeRoutes(deps));
  };

const changeRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    const missing = (): Problem => new Problem('not-found', 'there is no monitor with this id on the call');

    app.put(
      '/calls/:id/monitor/:monitorId',
      {
        config,
        schema: {
          operationId: 'changeMonitor',
          summary: 'Change how a supervisor takes part, while he does',
          tags,
          params: BOTH_IDS,
          body: Type.Object(MANNERS),
          response: { 200: MONITOR },
        },
      },
      async (request) => {
        const { id, monitorId } = request.params;
        const live = await liveCallOf(deps, id);
        const { mode, to = 'buyer' } = request.body;
        logAudit(request, 'monitor-change', { callId: id, monitorId, mode, to });
        const outcome = await live.desk.monitors.change(monitorId, { mode, to }, whoAsks(request));
        if (outcome.kind === 'missing') throw missing();
        if (outcome.kind === 'failed')
          throw new Problem('unavailable', 'the media server did not change it; the supervisor was hung up');
        return resource(outcome.monitor);
      },
    );

    app.delete(
      '/calls/:id/monitor/:monitorId',
      {
        config,
        schema: {
          operationId: 'stopMonitor',
          summary: 'Hang a supervisor up; the talk goes on',
          tags,
          params: BOTH_IDS,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        const { id, monitorId } = request.params;
        const live = await liveCallOf(deps, id);
        logAudit(request, 'monitor-stop', { callId: id, monitorId });
        if (!(await live.desk.monitors.stop(monitorId, whoAsks(request)))) throw missing();
        return reply.status(204).send(null);
      },
    );
  };
