/**
 * What an agent does with the call that he has: he enters what he learns, starts an auction, watches the bids on the live feed, and
 * forwards. A scope of its own; who asked stands in the log and in the call's timeline.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type, { type Static } from 'typebox';
import type { AgentControls, SessionAnswer } from '../../../application/agents/agent-session.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { liveCallOf, logAudit, whoAsks } from '../live-call.js';
import { Problem } from '../problem.js';

const CALL_ID = Type.Object({ id: Type.String({ maxLength: 64 }) });

const TAGS = Type.Record(Type.String(), Type.String({ maxLength: 200 }), {
  minProperties: 1,
  maxProperties: 40,
  description: 'Names of small letters, digits and _, such as zip and service. An empty text takes one away.',
});

const SESSION = Type.Object(
  {
    agentId: Type.String(),
    state: Type.Enum(['talking', 'forwarding', 'handed-over']),
    tags: Type.Record(Type.String(), Type.String()),
    auction: Type.Enum(['none', 'running', 'closed']),
    currency: Type.String(),
    offers: Type.Array(
      Type.Object({
        targetId: Type.String(),
        name: Type.String(),
        amountMicros: Type.Integer(),
        standsForMs: Type.Union([Type.Number(), Type.Null()], {
          description: 'How long the bid still stands; null for a price that does not expire.',
        }),
      }),
      { description: 'Best first.' },
    ),
  },
  { title: 'AgentSession' },
);

const FORWARD = Type.Object({
  targetId: Type.Optional(Type.String({ maxLength: 64, description: 'The best bid that stands when absent.' })),
  handover: Type.Optional(
    Type.Enum(['cold', 'warm'], {
      description: "one of cold, warm: whether the agent drops as the buyer comes; the campaign's when absent",
    }),
  ),
});

function sessionResource({ view }: AgentControls): Static<typeof SESSION> {
  return { ...view, tags: { ...view.tags }, offers: view.offers.map((offer) => ({ ...offer })) };
}

async function sessionOf(deps: HttpDependencies, id: string): Promise<AgentControls> {
  const { agent } = (await liveCallOf(deps, id)).desk;
  if (agent === null) throw new Problem('conflict', 'no agent has the call');
  return agent;
}

const TAG_NAME = /^[a-z][a-z0-9_]{0,39}$/;

function refuseStrangeNames(entered: Readonly<Record<string, string>>): void {
  const strange = Object.keys(entered).filter((name) => !TAG_NAME.test(name));
  if (strange.length === 0) return;
  const expected = 'a name of small letters, digits and _, at most 40';
  const faults = strange.map((name) => ({
    field: name.slice(0, 80),
    found: JSON.stringify(name.slice(0, 80)),
    expected,
  }));
  throw new Problem('wrong-fields', 'a tag has a name that cannot be kept', { faults });
}

function refuseUnlessDone(answer: SessionAnswer): void {
  if (answer.kind === 'refused') throw new Problem('conflict', answer.sentence);
}

const config = { scope: 'calls:agent' } as const;
const tags = ['calls'];

export const agentRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.get(
      '/calls/:id/agent',
      {
        config,
        schema: {
          operationId: 'getAgentSession',
          summary: 'What an agent has entered, and the bids of his last auction',
          tags,
          params: CALL_ID,
          response: { 200: SESSION },
        },
      },
      async (request) => sessionResource(await sessionOf(deps, request.params.id)),
    );

    app.put(
      '/calls/:id/tags',
      {
        config,
        schema: {
          operationId: 'enterTags',
          summary: 'Enter what the agent has learnt of the caller; the next auction is told of it',
          description: 'Added to what was entered before. Conditions see each as `ping.NAME`, bidders as `NAME`.',
          tags,
          params: CALL_ID,
          body: TAGS,
          response: { 200: SESSION },
        },
      },
      async (request) => {
        const { id } = request.params;
        const session = await sessionOf(deps, id);
        logAudit(request, 'agent-tags', { callId: id, names: Object.keys(request.body) });
        refuseStrangeNames(request.body);
        refuseUnlessDone(session.enter(request.body, whoAsks(request)));
        return sessionResource(session);
      },
    );

    await app.register(forwardRoutes(deps));
  };

const forwardRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/calls/:id/auction',
      {
        config,
        schema: {
          operationId: 'startAuction',
          summary: 'Ask the bidders of the campaign; bids arrive on the live feed and in the session',
          tags,
          params: CALL_ID,
          response: { 202: SESSION },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const session = await sessionOf(deps, id);
        logAudit(request, 'agent-auction', { callId: id });
        refuseUnlessDone(session.startAuction(whoAsks(request)));
        return reply.status(202).send(sessionResource(session));
      },
    );

    app.post(
      '/calls/:id/forward',
      {
        config,
        schema: {
          operationId: 'forwardCall',
          summary: 'Forward the caller to a bid of the last auction',
          description:
            'The bid is judged at this moment: 409 with a sentence when it has expired. A buyer who does not take the call brings the caller back.',
          tags,
          params: CALL_ID,
          body: FORWARD,
          response: { 202: SESSION },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        const { targetId = null, handover } = request.body;
        const session = await sessionOf(deps, id);
        logAudit(request, 'agent-forward', { callId: id, targetId, handover });
        refuseUnlessDone(session.forward(targetId, whoAsks(request), handover));
        return reply.status(202).send(sessionResource(session));
      },
    );

    await app.register(leaveRoutes(deps));
  };

const leaveRoutes =
  (deps: HttpDependencies): FastifyPluginAsyncTypebox =>
  async (app) => {
    app.post(
      '/calls/:id/agent/leave',
      {
        config,
        schema: {
          operationId: 'dropAgent',
          summary: 'Hang the agent up: the caller goes on with the buyer, or to the fallback chain',
          tags,
          params: CALL_ID,
          response: { 200: SESSION },
        },
      },
      async (request) => {
        const { id } = request.params;
        const session = await sessionOf(deps, id);
        logAudit(request, 'agent-leave', { callId: id });
        refuseUnlessDone(await session.leave(whoAsks(request)));
        return sessionResource(session);
      },
    );
  };
