/** The live call that a route is about, and who asks, in the words of the timeline and of the audit line. */
import type { FastifyRequest } from 'fastify';
import type { LiveCall } from '../../application/calls/live-calls.js';
import type { HttpDependencies } from './http-dependencies.js';
import { Problem } from './problem.js';

/** Throws a Problem when there is no such call, or it is over. */
export async function liveCallOf(deps: Pick<HttpDependencies, 'live' | 'calls'>, callId: string): Promise<LiveCall> {
  const live = deps.live.find(callId);
  if (live !== null) return live;
  const isKnown = (await deps.calls.find(callId)) !== null;
  if (isKnown) throw new Problem('conflict', 'the call is over');
  throw new Problem('not-found', 'there is no call with this id');
}

export function whoAsks({ apiKey }: Pick<FastifyRequest, 'apiKey'>): string {
  return apiKey === null ? 'nobody' : `key ${apiKey.name} (${apiKey.prefix})`;
}

/** Writes who did what to which call into the log, where it stays when the call is gone. */
export function logAudit(request: FastifyRequest, audit: string, fields: Readonly<Record<string, unknown>>): void {
  const { apiKey, ip } = request;
  request.log.info({ audit, ...fields, keyId: apiKey?.id, keyPrefix: apiKey?.prefix, ip }, `audit: ${audit}`);
}
