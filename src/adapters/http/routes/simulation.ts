/** Where a call would go by a plan, and why: nobody is dialled and no bidder is asked. */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import type { SupposedCall } from '../../../application/plans/simulate-plan.js';
import type { Campaign } from '../../../domain/campaigns/campaign.js';
import type { Source } from '../../../domain/campaigns/source.js';
import type { Plan } from '../../../domain/plans/plan.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';
import { ROW_ID } from './configuration.js';
import { draftOf, versionOf } from './plans.js';

const ID = Type.String({ minLength: 1, maxLength: 100, description: 'an id' });
const NUMBER = Type.String({ minLength: 1, maxLength: 64, description: 'a number such as "+12125550100"' });

const QUESTION = Type.Object(
  {
    version: Type.Optional(
      Type.Union([Type.Integer({ minimum: 1 }), Type.Literal('draft')], { description: 'a version, or "draft"' }),
    ),
    caller: NUMBER,
    called: Type.Optional(NUMBER),
    campaignId: Type.Optional(ID),
    sourceId: Type.Optional(ID),
    trunkId: Type.Optional(ID),
    at: Type.Optional(Type.String({ format: 'date-time', description: 'a time such as "2026-11-27T17:59:00Z"' })),
    tags: Type.Optional(Type.Record(Type.String({ maxLength: 100 }), Type.String({ maxLength: 500 }))),
    bids: Type.Optional(
      Type.Record(Type.String({ maxLength: 100 }), Type.Number({ minimum: 0, maximum: 1_000_000 }), {
        description: 'What bidders would bid, in units of the currency, by target.',
      }),
    ),
    failing: Type.Optional(Type.Array(ID, { maxItems: 1_000, description: 'targets that would not take the call' })),
  },
  { additionalProperties: false },
);

const STEP = Type.Object({
  group: Type.String(),
  mode: Type.Enum(['one', 'simultaneous', 'staggered']),
  intervalMs: Type.Integer(),
  hedgeAfterMs: Type.Union([Type.Integer(), Type.Null()]),
  offers: Type.Array(Type.Object({ targetId: Type.String(), amountMicros: Type.Integer() })),
});

const SIMULATION = Type.Object({
  planId: Type.Union([Type.String(), Type.Null()]),
  planVersion: Type.Union([Type.Integer(), Type.Null()], { description: '0 for a draft.' }),
  targetId: Type.Union([Type.String(), Type.Null()], { description: 'Null: the fallback of the campaign follows.' }),
  steps: Type.Array(STEP),
  trace: Type.Object({}, { title: 'DecisionTrace', additionalProperties: true }),
});

type Question = Static<typeof QUESTION>;

export function wrong(field: string, found: unknown, expected: string): Problem {
  const shown = JSON.stringify(found) ?? 'nothing';
  return new Problem('wrong-fields', `${field}: found ${shown}, expected ${expected}`, {
    faults: [{ field, found: shown, expected }],
  });
}

/** By the called number, by their ids, or whoever has the plan. */
function partiesOf(
  { configuration }: HttpDependencies,
  planId: string,
  { called, campaignId, sourceId }: Question,
): { readonly campaign: Campaign; readonly source: Source } {
  const { campaigns, sources, didsByNumber } = configuration.current();
  const did = called === undefined ? undefined : didsByNumber.get(called);
  const named = campaignId ?? did?.campaignId;
  const campaign =
    named === undefined ? [...campaigns.values()].find((each) => each.planId === planId) : campaigns.get(named);
  if (campaign === undefined) throw wrong('campaignId', campaignId, 'the id of a campaign, or a number that has one');
  const ofCampaign = [...didsByNumber.values()].find((each) => each.campaignId === campaign.id);
  const source = sources.get(sourceId ?? did?.sourceId ?? ofCampaign?.sourceId ?? '');
  if (source === undefined) throw wrong('sourceId', sourceId, 'the id of a source, or a number that has one');
  return { campaign, source };
}

/** The published plan, one of its versions, or its draft. Throws `not-found`. */
export async function planOf(deps: HttpDependencies, planId: string, version: Question['version']): Promise<Plan> {
  if (version === 'draft') return (await draftOf(deps, planId)).plan;
  if (version !== undefined) return await versionOf(deps, planId, version);
  const plan = deps.planDesk.published(planId);
  if (plan === null) throw new Problem('not-found', 'there is no plan with this id');
  return plan;
}

export const simulationRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/plans/:id/simulate',
      {
        config: { scope: 'configuration:read' },
        schema: {
          operationId: 'simulatePlan',
          summary: 'Where would this call go, and why: nobody is dialled',
          tags: ['plans'],
          params: ROW_ID,
          body: QUESTION,
          response: { 200: SIMULATION },
        },
      },
      async ({ params: { id }, body }) => {
        const plan = await planOf(deps, id, body.version);
        const { caller, called = '', trunkId = null, at, tags = {}, bids = {}, failing = [] } = body;
        if (trunkId !== null && !deps.configuration.current().trunks.has(trunkId))
          throw wrong('trunkId', trunkId, 'the id of a trunk');
        const micros = Object.entries(bids).map(([targetId, units]) => [targetId, Math.round(units * 1_000_000)]);
        const supposed: SupposedCall = {
          ...{ configuration: deps.configuration.current(), ...partiesOf(deps, id, body), plan },
          ...{ callerNumber: caller, calledNumber: called, trunkId, tags, failing: new Set(failing) },
          at: at === undefined ? deps.clock.wallMs() : Date.parse(at),
          bids: Object.fromEntries(micros) as Record<string, number>,
        };
        const { trace, ...simulation } = await deps.simulate(supposed);
        return {
          ...simulation,
          steps: simulation.steps.map((step) => ({ ...step, offers: [...step.offers] })),
          trace: { ...trace },
        };
      },
    );
  };
