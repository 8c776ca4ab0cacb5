/**
 * Links to a recording or a fax: whoever has one may have it until it expires, without a key. HMAC-SHA256 (RFC 2104) over the
 * recording's id, the format and the time at which it ends; the three cannot be exchanged without the signature failing.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { RecordingFormat } from '../../application/ports/recording-files.js';

export type LinkedFormat = RecordingFormat | 'pdf';

export const LINK_LIFETIME_MS = 15 * 60_000;

export interface LinkSubject {
  readonly recordingId: string;
  /** `pdf`: a fax. */
  readonly format: LinkedFormat;
  /** Seconds since 1970-01-01 UTC. */
  readonly expires: number;
}

export type LinkVerdict = 'valid' | 'altered' | 'expired';

function signatureOf(key: Uint8Array, { recordingId, format, expires }: LinkSubject): Buffer {
  return createHmac('sha256', key).update(`recording link 1\n${recordingId}\n${format}\n${expires}`).digest();
}

/** A path on this server, with its query. */
export function signLink(key: Uint8Array, subject: LinkSubject): string {
  const { recordingId, format, expires } = subject;
  const signature = signatureOf(key, subject).toString('base64url');
  return `/${format === 'pdf' ? 'faxes' : 'recordings'}/${recordingId}.${format}?expires=${expires}&signature=${signature}`;
}

/** Takes the same time wherever the signature is wrong. An altered link is never called expired. */
export function judgeLink(key: Uint8Array, subject: LinkSubject, signature: string, wallMs: number): LinkVerdict {
  const right = signatureOf(key, subject);
  const given = Buffer.from(signature, 'base64url');
  // Exactly one text stands for a signature: other characters or bits that base64url ignores are an alteration.
  const isText = given.toString('base64url') === signature;
  if (!isText || given.length !== right.length || !timingSafeEqual(given, right)) return 'altered';
  return wallMs < subject.expires * 1_000 ? 'valid' : 'expired';
}
