/**
 * Signs a bidder's request when its dialect asks for it, over the body exactly as it is sent. Called by compiled-request.ts for each
 * request, since a nonce is used once.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { RequestSignature } from '../../domain/bidding/bidder.js';

const NONCE_BYTES = 16;

/** Names and values in turn. `body` is the empty text for a request without one. */
export function signatureHeaders(signature: RequestSignature, body: string): readonly string[] {
  const { key, secret, nonceHeader, signatureHeader } = signature;
  const nonce = randomBytes(NONCE_BYTES).toString('hex');
  const mac = createHmac('sha256', secret).update(`${key}${body}${nonce}`).digest('hex');
  return [nonceHeader.toLowerCase(), nonce, signatureHeader.toLowerCase(), mac];
}
