/**
 * Where publishers ping us in our own shape. The key is in the address and never in the log, which has the route alone. Every
 * wrong field is named; a refusal is HTTP 200 with one of a closed list of reasons, which say nothing of our buyers.
 */
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';
import { NO_BID_REASONS, type PingAnswer } from '../../../application/pings/answer-ping.js';
import { findPublisherKey } from '../../../application/pings/publisher-keys.js';
import type { SentPing } from '../../../application/pings/read-ping.js';
import type { PublisherKey } from '../../../domain/bidding/publisher-key.js';
import type { StrangerLimit } from '../authorise.js';
import type { HttpDependencies } from '../http-dependencies.js';
import { Problem } from '../problem.js';

export const PING_BODY_MAX_BYTES = 16_384;
/** Keys have limits of their own; who has none is counted by his address. */
export const PING_CONFIG = { scope: 'public', rateLimit: false } as const;
const TAGS = ['publishers'];

const PING = Type.Object(
  {
    callerNumber: Type.Optional(Type.String({ maxLength: 40, description: 'the number of the caller' })),
    inboundNumber: Type.Optional(Type.String({ maxLength: 40, description: 'the number of ours to be called' })),
    tags: Type.Optional(
      Type.Record(Type.String(), Type.String({ maxLength: 1_000, description: 'a text' }), {
        description: 'names with texts, such as {"zip": "73301"}',
      }),
    ),
  },
  { additionalProperties: false },
);

const BID = Type.Object({
  status: Type.Literal('bid'),
  reference: Type.String(),
  bid: Type.Object({ amount: Type.Number(), currency: Type.String() }),
  payoutAfterSeconds: Type.Number({ description: 'Connected time from which the bid is paid.' }),
  phoneNumber: Type.String(),
  sipAddress: Type.Union([Type.String(), Type.Null()]),
  expiresAt: Type.String({ format: 'date-time' }),
  expiresInSeconds: Type.Integer(),
  isDuplicate: Type.Boolean({ description: 'The same ping was answered before, and that bid still stands.' }),
});

const NO_BID = Type.Object({ status: Type.Literal('no-bid'), reason: Type.Enum([...NO_BID_REASONS]) });

type OwnAnswer = Static<typeof BID> | Static<typeof NO_BID>;

function ownAnswer(answer: PingAnswer, sent: SentPing): OwnAnswer {
  if (answer.kind === 'no-bid') return { status: 'no-bid', reason: answer.reason };
  if (answer.kind === 'wrong') {
    const found = (field: string): string =>
      JSON.stringify(field.startsWith('tags.') ? sent.tags[field.slice(5)] : sent[field as 'callerNumber']);
    const faults = answer.faults.map(({ field, expected }) => ({ field, found: found(field).slice(0, 80), expected }));
    const detail = faults.map(({ field, expected }) => `${field}: expected ${expected}`).join('; ');
    throw new Problem('wrong-fields', detail.slice(0, 1_000), { faults });
  }
  const { reservation, phoneNumber, sipAddress, expiresInMs, isDuplicate } = answer;
  const { reference, bidMicros, currency, payoutAfterMs, expiresAt } = reservation;
  return {
    ...{ status: 'bid', reference, bid: { amount: bidMicros / 1_000_000, currency } },
    ...{ payoutAfterSeconds: payoutAfterMs / 1_000, phoneNumber },
    sipAddress: sipAddress === null ? null : `sip:${sipAddress}`,
    ...{ expiresAt: new Date(expiresAt).toISOString(), expiresInSeconds: Math.floor(expiresInMs / 1_000), isDuplicate },
  };
}

type KeyOf = (request: FastifyRequest, text: string) => Promise<PublisherKey | null>;

/** Null for whoever has no key that holds; refused like every other stranger when he asks too often. */
export const publisherKeyOf =
  (deps: HttpDependencies, limitStrangers: StrangerLimit): KeyOf =>
  async (request, text) => {
    const key = await findPublisherKey(deps, text);
    if (key === null) await limitStrangers(request);
    return key;
  };

export const pingRoutes =
  (deps: HttpDependencies, limitStrangers: StrangerLimit): FastifyPluginAsyncTypebox =>
  async (app) => {
    const keyOf = publisherKeyOf(deps, limitStrangers);
    const known = new WeakMap<FastifyRequest, PublisherKey>();
    app.post(
      '/:key',
      {
        config: PING_CONFIG,
        bodyLimit: PING_BODY_MAX_BYTES,
        onRequest: async (request) => {
          const key = await keyOf(request, (request.params as { key: string }).key);
          if (key === null) throw new Problem('unauthorised', 'the publisher key is not known, or was revoked');
          known.set(request, key);
        },
        schema: {
          operationId: 'ping',
          summary: 'Ask for our bid for a call, with the number to send it to',
          tags: TAGS,
          params: Type.Object({ key: Type.String({ maxLength: 64 }) }),
          body: PING,
          response: { 200: Type.Union([BID, NO_BID]) },
        },
      },
      async (request) => {
        const key = known.get(request);
        if (key === undefined) throw new Error('a ping came past the check of its key');
        const { callerNumber = null, inboundNumber = null, tags = {} } = request.body;
        const sent = { callerNumber, inboundNumber, tags, isStrict: true };
        return ownAnswer(await deps.pings.answer(key, sent), sent);
      },
    );
  };
