/** What is used of every cap in its present window, live calls included. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { Configuration } from '../../../domain/campaigns/configuration.js';
import { MICROS_PER_UNIT } from '../../../domain/money/money.js';
import { nodesOf } from '../../../domain/plans/plan.js';
import { CAP_DIMENSIONS, CAP_WINDOWS, type CapSubject, countedCaps, windowEndAt } from '../../../domain/routing/cap.js';
import type { HttpDependencies } from '../http-dependencies.js';

const CAP_USE = Type.Object({
  subject: Type.Union([
    Type.Literal('target'),
    Type.Literal('buyer'),
    Type.Literal('campaign'),
    Type.Literal('source'),
    Type.Literal('group'),
  ]),
  id: Type.String({ description: 'Of a group with that of its plan: `plan/group`.' }),
  dimension: Type.Enum([...CAP_DIMENSIONS]),
  window: Type.Enum([...CAP_WINDOWS]),
  timeZone: Type.String(),
  kind: Type.Union([Type.Literal('hard'), Type.Literal('soft')]),
  limit: Type.Number({ description: 'calls, or units of the currency for revenue' }),
  used: Type.Number({ description: 'as limit; calls that are up count as what they may come to' }),
  resetsAt: Type.Union([Type.String({ format: 'date-time' }), Type.Null()], {
    description: 'When the window ends by the clocks of `timeZone`; null for a cap that never begins anew.',
  }),
});

function subjectsOf({ targets, buyers, campaigns, sources, plans }: Configuration) {
  const rows = { target: targets, buyer: buyers, campaign: campaigns, source: sources } as const;
  const ofRows = (['campaign', 'source', 'buyer', 'target'] as const satisfies readonly CapSubject[]).flatMap(
    (subject) => [...rows[subject].values()].map(({ id, caps }) => ({ subject, id, caps })),
  );
  const ofGroups = [...plans.values()].flatMap((plan) =>
    nodesOf(plan).flatMap(({ node }) =>
      node.kind === 'group' ? [{ subject: 'group' as const, id: `${plan.id}/${node.id}`, caps: node.caps }] : [],
    ),
  );
  return [...ofRows, ...ofGroups];
}

export const capRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/caps',
      {
        config: { scope: 'configuration:read' },
        schema: {
          operationId: 'listCaps',
          summary: 'Every cap with its limit and what is used of it in the present window',
          tags: ['caps'],
          response: { 200: Type.Object({ items: Type.Array(CAP_USE) }) },
        },
      },
      async () => ({
        items: subjectsOf(deps.configuration.current()).flatMap(({ subject, id, caps }) =>
          countedCaps(subject, id, caps).map((counted) => {
            const unit = counted.cap.dimension === 'revenue' ? MICROS_PER_UNIT : 1;
            const used = deps.caps.used(counted) / unit;
            const endsAt = windowEndAt(counted.cap, deps.clock.wallMs());
            const resetsAt = endsAt === null ? null : new Date(endsAt).toISOString();
            return { subject, id, ...counted.cap, limit: counted.cap.limit / unit, used, resetsAt };
          }),
        ),
      }),
    );
  };
