/** The query of the call log: filters and the opaque cursor, from text to the form of the repository. */
import Type, { type Static } from 'typebox';
import type { CallFilter, CallPosition } from '../../application/ports/call-repository.js';
import { OUTCOME, STATE } from './call-resource.js';
import { Problem } from './problem.js';

const ID = Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: 'an id of 1 to 64 characters' }));
const TIME = Type.Optional(
  Type.String({ maxLength: 40, description: 'a time such as 2026-11-21T15:00:00Z (RFC 3339)' }),
);

export const CALL_QUERY = Type.Object(
  {
    campaign: ID,
    source: ID,
    buyer: ID,
    target: ID,
    trunk: ID,
    did: ID,
    caller: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 64,
        description: 'the number of a caller in full, such as %2B12125550101; needs the scope calls:read-numbers',
      }),
    ),
    outcome: Type.Optional(OUTCOME),
    state: Type.Optional(STATE),
    from: TIME,
    to: TIME,
    limit: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 200, default: 50, description: 'a whole number from 1 to 200' }),
    ),
    cursor: Type.Optional(Type.String({ maxLength: 200, description: 'nextCursor of the page before' })),
  },
  { additionalProperties: false },
);

export type CallQuery = Static<typeof CALL_QUERY>;

const DEFAULT_LIMIT = 50;
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/i;

function wrong(field: string, found: string, expected: string): Problem {
  return new Problem('malformed-request', `${field}: expected ${expected}`, { faults: [{ field, found, expected }] });
}

function timeOf(field: 'from' | 'to', text: string | undefined): number | null {
  if (text === undefined) return null;
  // A plus sign that was not escaped arrives as a space.
  const at = RFC_3339.test(text.replace(' ', '+')) ? Date.parse(text.replace(' ', '+')) : Number.NaN;
  if (Number.isNaN(at)) throw wrong(field, JSON.stringify(text), 'a time such as 2026-11-21T15:00:00Z (RFC 3339)');
  return at;
}

export function cursorOf({ startedAt, callId }: CallPosition): string {
  return Buffer.from(`${startedAt} ${callId}`).toString('base64url');
}

function positionOf(cursor: string): CallPosition {
  const [, startedAt, callId] = /^(\d{1,15}) (\S{1,64})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (startedAt === undefined || callId === undefined) {
    throw wrong('cursor', JSON.stringify(cursor), 'nextCursor of the page before, unchanged');
  }
  return { startedAt: Number(startedAt), callId };
}

export interface CallSearchRequest {
  readonly filter: CallFilter;
  readonly page: { readonly limit: number; readonly after: CallPosition | null };
}

/** Throws a Problem that names the field. */
export function readCallQuery(query: CallQuery): CallSearchRequest {
  const { cursor, limit = DEFAULT_LIMIT, caller } = query;
  return {
    filter: {
      campaignId: query.campaign ?? null,
      sourceId: query.source ?? null,
      buyerId: query.buyer ?? null,
      targetId: query.target ?? null,
      trunkId: query.trunk ?? null,
      didId: query.did ?? null,
      callerNumber: caller?.replace(/^ (?=\d)/, '+') ?? null,
      outcome: query.outcome ?? null,
      state: query.state ?? null,
      startedFrom: timeOf('from', query.from),
      startedBefore: timeOf('to', query.to),
    },
    page: { limit, after: cursor === undefined ? null : positionOf(cursor) },
  };
}
