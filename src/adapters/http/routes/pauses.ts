/** Pausing and resuming what takes calls: one verb each, for every kind of row that can be away. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import { PAUSABLE_SECTIONS, type PausableSection, pauseRow } from '../../../application/configuration/pause-row.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { logAudit } from '../live-call.js';
import { Problem } from '../problem.js';
import { entrySchema, namesOf, ROW_ID } from './configuration.js';
import { savedAnswer } from './edit-answer.js';

/** An agent goes away by himself, with the key that he works with. */
const scopeOf = (section: PausableSection) =>
  ({ scope: section === 'agents' ? 'calls:agent' : 'configuration:write' }) as const;

const NEW_PAUSE = Type.Object(
  {
    reason: Type.Optional(Type.String({ maxLength: 200, description: 'a text of at most 200 characters' })),
    until: Type.Optional(
      Type.Union([Type.String({ maxLength: 40 }), Type.Null()], {
        description: 'a time to come such as 2026-11-23T17:00:00Z (RFC 3339); null until somebody resumes it',
      }),
    ),
  },
  { additionalProperties: false },
);

const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;
const CONTROL = /\p{Cc}/gu;

function untilOf(text: string | null, nowMs: number): number | null {
  if (text === null) return null;
  const at = RFC_3339.test(text) ? Date.parse(text) : Number.NaN;
  if (at > nowMs) return at;
  const fault = { field: 'until', found: JSON.stringify(text), expected: 'a time to come, or null' };
  throw new Problem('wrong-fields', `until: found ${fault.found}, expected ${fault.expected}`, { faults: [fault] });
}

const routesOf =
  (deps: HttpDependencies, section: PausableSection): FastifyPluginAsyncTypebox =>
  async (app) => {
    const { one, tags } = namesOf(section);
    const response = { 200: entrySchema(deps, section) };
    app.post(
      `/${section}/:id/pause`,
      {
        config: scopeOf(section),
        schema: {
          ...{ operationId: `pause${one}`, summary: `Take no new calls for a row of ${section}; live ones go on` },
          ...{ tags, params: ROW_ID, body: NEW_PAUSE, response },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { reason = '', until = null } = request.body;
        const at = deps.clock.wallMs();
        const by = request.apiKey?.name ?? 'nobody';
        const pause = { reason: reason.replace(CONTROL, ' ').trim(), by, at, until: untilOf(until, at) };
        const saved = savedAnswer(deps, section, await pauseRow(deps, { section, id, pause }), 200);
        logAudit(request, 'pause', { section, id, reason: pause.reason, until });
        return await reply.headers(saved.headers).send({ ...saved.body });
      },
    );
    app.post(
      `/${section}/:id/resume`,
      {
        config: scopeOf(section),
        schema: {
          ...{ operationId: `resume${one}`, summary: `End the pause of a row of ${section}, if it has one` },
          ...{ tags, params: ROW_ID, response },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const saved = savedAnswer(deps, section, await pauseRow(deps, { section, id, pause: null }), 200);
        logAudit(request, 'resume', { section, id });
        return await reply.headers(saved.headers).send({ ...saved.body });
      },
    );
  };

export const pauseRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    for (const section of PAUSABLE_SECTIONS) await app.register(routesOf(deps, section));
  };
