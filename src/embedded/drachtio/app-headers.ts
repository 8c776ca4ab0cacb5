/**
 * How header fields that a control client names get into a SIP message, as drachtio does it: some are not the client's to set, names
 * are spelt as usual, and `@localhost` in an address becomes the address of the transport that is used.
 */
import { headerSpelling } from '../sip/sip-header-names.js';
import type { SipHeaders } from '../sip/sip-headers.js';

/** drachtio drops these in silence, a Route included: the next hop is named by the `proxy` option of the client library. */
const NOT_THE_CLIENTS: ReadonlySet<string> = new Set(['via', 'route', 'rseq', 'record-route', 'content-length']);
/** Of the dialog or the transaction; the caller of `applyHeaders` has dealt with what a client may say about them. */
const OF_THE_DIALOG: ReadonlySet<string> = new Set(['from', 'to', 'call-id', 'cseq']);
const WITH_HOST: ReadonlySet<string> = new Set(['contact', 'p-asserted-identity']);

/** Puts the client's header fields into a message; one that is there already (Contact) is replaced. */
export function applyHeaders(into: SipHeaders, from: SipHeaders, localHostPort: string): void {
  const seen = new Set<string>();
  for (const { name, key, value } of from.entries()) {
    if (NOT_THE_CLIENTS.has(key) || OF_THE_DIALOG.has(key) || value === '') continue;
    const text = WITH_HOST.has(key) ? replaceLocalhost(value, localHostPort) : value;
    if (seen.has(key)) into.append(spell(name), text);
    else into.set(spell(name), text);
    seen.add(key);
  }
}

/** `sip:bob@localhost` and `<sip:bob@localhost:5060;x>` get our host and port; a bare URI gets its brackets. */
export function replaceLocalhost(value: string, localHostPort: string): string {
  const found = ['@localhost', 'sip:localhost'].find((text) => value.includes(text));
  if (found === undefined) return value;
  const at = value.indexOf(found) + found.length;
  const after = value.slice(at).replace(/^:\d{1,5}/, '');
  if (after !== '' && !/^[;>?, \t]/.test(after)) return value;
  return withBrackets(`${value.slice(0, at - 'localhost'.length)}${localHostPort}${after}`);
}

/** `sip:bob@host;tag=1` is `<sip:bob@host>;tag=1`: bare, its parameters are the header's (RFC 3261 section 20.10). */
export function withBrackets(value: string): string {
  if (value.includes('<')) return value;
  const semicolon = value.indexOf(';');
  return semicolon < 0 ? `<${value}>` : `<${value.slice(0, semicolon)}>${value.slice(semicolon)}`;
}

/** Known names are spelt as usual; in others each word is capitalised, but a name that begins `X-` is left alone. */
function spell(name: string): string {
  const known = headerSpelling(name);
  if (known !== name || name.startsWith('X-') || name.startsWith('x-')) return known;
  return name.replace(/(^|-)([a-z])/g, (_, dash: string, letter: string) => dash + letter.toUpperCase());
}

/** The Content-Type that a body has: what the client says, else SDP when it looks like it, else undefined. */
export function contentTypeOf(headers: SipHeaders, body: Buffer): string | undefined {
  const named = headers.get('Content-Type');
  if (named !== undefined && named !== '') return named;
  return body.subarray(0, 3).toString('latin1') === 'v=0' ? 'application/sdp' : undefined;
}
