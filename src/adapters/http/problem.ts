/**
 * Every refusal of the API as `application/problem+json` (RFC 9457): a status, a sentence that says what to do, and the
 * wrong fields with what was expected. Routes throw a Problem; no stack trace and no text of another layer leaves here.
 */
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import Type, { type Static } from 'typebox';

export const FAULT = Type.Object({
  field: Type.String({ description: 'Where it stands, such as `fallback[0].trunkId`.' }),
  found: Type.String(),
  expected: Type.String(),
});

export const PROBLEM = Type.Object(
  {
    type: Type.String({ description: 'A URN that names the kind of problem.' }),
    title: Type.String({ description: 'The kind of problem in words.' }),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong with this request and what to do about it.' }),
    faults: Type.Optional(Type.Array(FAULT)),
    references: Type.Optional(
      Type.Array(Type.Object({ section: Type.String(), id: Type.String(), field: Type.String() }), {
        description: 'What still refers to a row that was to be removed.',
      }),
    ),
  },
  { title: 'Problem', description: 'RFC 9457' },
);

export type ProblemBody = Static<typeof PROBLEM>;
export type ProblemFault = Static<typeof FAULT>;

const TITLES = {
  'malformed-request': [400, 'The request cannot be read'],
  unauthorised: [401, 'No valid API key'],
  'scope-missing': [403, 'The API key lacks a scope'],
  'link-refused': [403, 'The link is not valid'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  conflict: [409, 'Conflict'],
  'in-progress': [409, 'The first request is still in progress'],
  'referred-to': [409, 'Other rows refer to it'],
  gone: [410, 'Gone'],
  'stale-etag': [412, 'It was changed meanwhile'],
  'too-large': [413, 'Too large'],
  'media-type': [415, 'Unsupported media type'],
  'range-refused': [416, 'Range not satisfiable'],
  'upgrade-required': [426, 'An upgrade is required'],
  'wrong-fields': [422, 'Wrong fields'],
  'key-reused': [422, 'The Idempotency-Key belongs to another request'],
  'not-audio': [422, 'Not a sound that can be played'],
  'if-match-required': [428, 'If-Match is required'],
  'too-many-requests': [429, 'Too many requests'],
  internal: [500, 'Internal error'],
  unavailable: [503, 'Not available now'],
} as const;

export type ProblemKind = keyof typeof TITLES;

interface ProblemMore {
  readonly faults?: readonly ProblemFault[];
  readonly references?: ProblemBody['references'];
  readonly headers?: Readonly<Record<string, string>>;
}

export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly statusCode: number;
  readonly more: ProblemMore;

  /** `detail` is a sentence for the client; it never holds a secret. */
  constructor(kind: ProblemKind, detail: string, more: ProblemMore = {}) {
    super(detail);
    this.kind = kind;
    this.statusCode = TITLES[kind][0];
    this.more = more;
  }

  body(): ProblemBody {
    const { faults, references } = this.more;
    return {
      type: `urn:ringpost:problem:${this.kind}`,
      title: TITLES[this.kind][1],
      status: this.statusCode,
      detail: this.message,
      ...(faults === undefined ? {} : { faults: [...faults] }),
      ...(references === undefined ? {} : { references }),
    };
  }
}

/** Codes of Fastify and its plugins that are the client's doing, with what to tell him. */
const BY_CODE: Readonly<Record<string, readonly [ProblemKind, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['too-large', 'the body is larger than 1 MB (20 MB for an upload)'],
  FST_REQ_FILE_TOO_LARGE: ['too-large', 'the file is larger than 20 MB'],
  FST_FILES_LIMIT: ['malformed-request', 'one file is expected'],
  FST_PARTS_LIMIT: ['malformed-request', 'the form has too many parts'],
  FST_FIELDS_LIMIT: ['malformed-request', 'the form has too many fields'],
  FST_INVALID_MULTIPART_CONTENT_TYPE: ['media-type', 'the body must be multipart/form-data with a boundary'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['media-type', 'send the body as application/json'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-request', 'the body is not JSON'],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-request', 'the body is empty; send a JSON object'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['malformed-request', 'Content-Length differs from the size of the body'],
  FST_ERR_BAD_URL: ['malformed-request', 'the path of the URL cannot be decoded'],
};

/** A fault of the database says of itself whether trying again may help. */
function isRetryable(error: unknown): boolean {
  return error instanceof Error && 'retryable' in error && error.retryable === true;
}

/** What is told of an error, whatever it was. */
export function problemFrom(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const { code, statusCode } = error as Partial<FastifyError>;
  const known = code === undefined ? undefined : BY_CODE[code];
  if (known !== undefined) return new Problem(known[0], known[1]);
  if (isRetryable(error)) {
    return new Problem('unavailable', 'the store cannot take this now; try again', { headers: { 'retry-after': '5' } });
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new Problem('malformed-request', 'the request cannot be read');
  }
  return new Problem('internal', 'something failed here; the log of the server says what');
}

export async function sendProblem(reply: FastifyReply, problem: Problem): Promise<void> {
  reply.headers(problem.more.headers ?? {});
  await reply.status(problem.statusCode).type('application/problem+json').send(JSON.stringify(problem.body()));
}

/** The error handler of the server. */
export async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const problem = problemFrom(error);
  if (problem.statusCode === 500) {
    request.log.error({ err: error, route: request.routeOptions.url }, 'a request of the API failed');
  }
  await sendProblem(reply, problem);
}
