/** The Idempotency-Key header of a POST: the first request is carried out, a repetition gets the answer of the first. */
import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { answerOnce, type OnceDependencies } from '../../application/operation/answer-once.js';
import { Problem } from './problem.js';

export const CREATION_HEADERS = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ description: 'Makes a repetition of this request harmless.' })),
});

export interface FirstAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: object;
  /** What a repetition gets in place of `body`, when the body holds something that is shown once. */
  readonly repeatedBody?: object;
}

const KEY = /^[\x21-\x7e]{1,200}$/;

function hashOf(request: FastifyRequest, content: unknown): string {
  const hash = createHash('sha256').update(`${request.method} ${request.routeOptions.url ?? ''} `);
  try {
    return hash.update(content instanceof Uint8Array ? content : JSON.stringify(content ?? null)).digest('hex');
  } catch {
    throw new Problem('malformed-request', 'the body is nested too deeply');
  }
}

async function send(reply: FastifyReply, { status, headers, body }: FirstAnswer): Promise<FastifyReply> {
  return await reply.status(status).headers(headers).type('application/json').send(body);
}

/** `content` is what makes two requests the same: the body, or the bytes of an upload. */
export async function replyOnce(
  deps: OnceDependencies,
  request: FastifyRequest,
  reply: FastifyReply,
  content: unknown,
  carryOut: () => Promise<FirstAnswer>,
): Promise<FastifyReply> {
  const key = request.headers['idempotency-key'];
  const apiKeyId = request.apiKey?.id;
  if (key === undefined || apiKeyId === undefined) return await send(reply, await carryOut());
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new Problem('malformed-request', 'an Idempotency-Key has 1 to 200 printable characters without blanks');
  }
  const requestHash = hashOf(request, content);
  const outcome = await answerOnce(deps, { apiKeyId, key, requestHash }, carryOut, (answer) => ({
    status: answer.status,
    headers: { ...answer.headers },
    body: JSON.stringify(answer.repeatedBody ?? answer.body),
  }));
  switch (outcome.kind) {
    case 'carried-out':
      return await send(reply, outcome.answer);
    case 'repeated': {
      const { status, headers, body } = outcome.answer;
      const replayed = { ...headers, 'idempotency-replayed': 'true' };
      return await send(reply, { status, headers: replayed, body: JSON.parse(body) as object });
    }
    case 'in-progress':
      throw new Problem('in-progress', 'the first request with this Idempotency-Key is not done yet; ask again', {
        headers: { 'retry-after': '1' },
      });
    case 'other-request':
      throw new Problem('key-reused', 'this Idempotency-Key came with another request before; take a new one');
  }
}
