/**
 * Sends an open recording, whole or in part: ranges, validators and HEAD of RFC 9110. Whatever happens, the file is closed.
 * Called by the route of signed links, once it knows that the link is good.
 */
import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenRecordingFile } from '../../application/ports/recording-files.js';
import type { Recording } from '../../domain/calls/recording.js';
import { type RangeAnswer, rangeOf } from './byte-range.js';
import { Problem } from './problem.js';
import type { LinkedFormat } from './recording-link.js';

const CONTENT_TYPES: Readonly<Record<LinkedFormat, string>> = {
  wav: 'audio/wav',
  mp3: 'audio/mpeg',
  pdf: 'application/pdf',
};

export interface SentRecording {
  readonly recording: Pick<Recording, 'id' | 'callId'>;
  readonly format: LinkedFormat;
  readonly file: OpenRecordingFile;
}

function entityTag({ recording, file }: SentRecording): string {
  return `"${recording.id}-${file.sizeBytes.toString(36)}-${Math.round(file.modifiedAt).toString(36)}"`;
}

/** `If-None-Match` is compared weakly (RFC 9110 section 13.1.2). */
function isCached(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map((each) => each.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(tag);
}

/** A range goes with GET alone (section 14.2), and with `If-Range` only when the file is still the same (section 13.1.5). */
function askedRange(request: FastifyRequest, tag: string, sizeBytes: number): RangeAnswer {
  const condition = request.headers['if-range'];
  const isSame = condition === undefined || condition === tag;
  return request.method === 'GET' && isSame ? rangeOf(request.headers.range, sizeBytes) : { kind: 'whole' };
}

async function answer(request: FastifyRequest, reply: FastifyReply, sent: SentRecording): Promise<FastifyReply> {
  const { recording, format, file } = sent;
  const { sizeBytes } = file;
  const tag = entityTag(sent);
  const range = askedRange(request, tag, sizeBytes);
  reply.headers({
    'accept-ranges': 'bytes',
    'cache-control': 'private, no-cache',
    'content-disposition': `inline; filename="${recording.callId}-${recording.id}.${format}"`,
    etag: tag,
    'last-modified': new Date(file.modifiedAt).toUTCString(),
  });
  if (isCached(request.headers['if-none-match'], tag)) {
    await file.close();
    return reply.status(304).send();
  }
  if (range.kind === 'unsatisfiable') {
    throw new Problem('range-refused', `the recording has ${sizeBytes} bytes`, {
      headers: { 'content-range': `bytes */${sizeBytes}` },
    });
  }
  const { first, last } = range.kind === 'part' ? range : { first: 0, last: sizeBytes - 1 };
  if (range.kind === 'part') reply.status(206).header('content-range', `bytes ${first}-${last}/${sizeBytes}`);
  reply.type(CONTENT_TYPES[format]).header('content-length', last - first + 1);
  if (request.method !== 'HEAD') return reply.send(Readable.from(file.read(first, last), { objectMode: false }));
  await file.close();
  return reply.send();
}

export async function sendRecording(
  request: FastifyRequest,
  reply: FastifyReply,
  sent: SentRecording,
): Promise<FastifyReply> {
  try {
    return await answer(request, reply, sent);
  } catch (error) {
    await sent.file.close();
    throw error;
  }
}
