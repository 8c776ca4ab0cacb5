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

/** Stands in the user part of a target's own SIP URI for the number that is dialled there. */
const NUMBER_PLACE = '[number]';

/** As `parseDestination`, and a SIP URI such as `sip:[number]@pbx.example`; for what an admin writes, never for a bidder's answer. */
export function parseTargetDestination(text: string): Destination | null {
  if (!text.includes(NUMBER_PLACE)) return parseDestination(text);
  const filled = parseSipUri(text.replace(NUMBER_PLACE, '+10'));
  return filled?.user?.includes('+10') === true ? { kind: 'sip', uri: text } : null;
}

/**
 * What is dialled for a target: the number that the bidder names, else the one that the caller has dialled, stands in the place of `[number]`;
 * a SIP URI of the bidder's goes before the target's own.
 */
export function dialledDestination(
  own: Destination | null,
  offered: Destination | null,
  calledNumber: string,
): Destination | null {
  if (own?.kind !== 'sip' || !own.uri.includes(NUMBER_PLACE)) return offered;
  if (offered?.kind === 'sip' && offered.uri !== own.uri) return offered;
  const number = offered?.kind === 'number' ? offered.number : calledNumber;
  const uri = own.uri.replace(NUMBER_PLACE, () => number);
  return parseSipUri(uri) === null ? null : { kind: 'sip', uri };
}

export function formatDestination(destination: Destination): string {
  return destination.kind === 'number' ? destination.number : destination.uri;
}
