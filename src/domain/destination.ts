/**
 * Where a buyer is reached: a number through one of our trunks, or a SIP URI. Bidders' answers and configuration files
 * both come through `parseDestination`, so that nothing else is ever dialled.
 */
import { type E164, isE164 } from './phone-number.js';
import { parseSipUri } from './sip-uri.js';

export type Destination =
  | { readonly kind: 'number'; readonly number: E164 }
  | { readonly kind: 'sip'; readonly uri: string };

/** Null when it is neither an E.164 number nor a SIP URI that we would dial. */
export function parseDestination(text: string): Destination | null {
  if (isE164(text)) return { kind: 'number', number: text };
  return parseSipUri(text) === null ? null : { kind: 'sip', uri: text };
}

export function formatDestination(destination: Destination): string {
  return destination.kind === 'number' ? destination.number : destination.uri;
}
