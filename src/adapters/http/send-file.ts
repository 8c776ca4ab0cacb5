/** Sends a sound with range requests (RFC 9110 section 14), so that a player can seek. The path is ours and never a client's text. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { rangeOf } from './byte-range.js';
import { Problem } from './problem.js';

/** Throws a Problem `not-found` when the file is gone. */
export async function sendFile(
  request: FastifyRequest,
  reply: FastifyReply,
  file: { readonly path: string; readonly contentType: string },
): Promise<FastifyReply> {
  const found = await stat(file.path).catch(() => null);
  if (found === null || !found.isFile()) throw new Problem('not-found', 'the sound is not on the disk any more');
  const { size } = found;
  const range = rangeOf(request.headers.range, size);
  reply.header('accept-ranges', 'bytes');
  if (range.kind === 'unsatisfiable') {
    const headers = { 'content-range': `bytes */${size}` };
    throw new Problem('range-refused', `the sound has ${size} bytes, the range lies behind them`, { headers });
  }
  const { first, last } = range.kind === 'part' ? range : { first: 0, last: size - 1 };
  if (range.kind === 'part') reply.status(206).header('content-range', `bytes ${first}-${last}/${size}`);
  return await reply
    .type(file.contentType)
    .header('content-length', String(last - first + 1))
    .send(createReadStream(file.path, { start: first, end: last }));
}
