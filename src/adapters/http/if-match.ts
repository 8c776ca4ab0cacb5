/** Entity tags of rows: strong ones only, and an edit without one is refused (RFC 9110 section 13.1.1, RFC 6585 section 3). */
import type { FastifyRequest } from 'fastify';
import type { TagMatch } from '../../application/configuration/edit-configuration.js';
import { Problem } from './problem.js';

const TAG = /(W\/)?"([\x21\x23-\x7e]{0,200})"/g;

export function quoted(tag: string): string {
  return `"${tag}"`;
}

/** Throws when there is no If-Match. `*` matches whatever is there; a weak tag matches nothing. */
export function ifMatchOf(request: FastifyRequest): TagMatch {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '') {
    throw new Problem('if-match-required', 'send If-Match with the ETag that you read, so that no edit is lost');
  }
  if (header.trim() === '*') return () => true;
  const tags = new Set([...header.matchAll(TAG)].filter((match) => match[1] === undefined).map((match) => match[2]));
  return (tag) => tags.has(tag);
}
