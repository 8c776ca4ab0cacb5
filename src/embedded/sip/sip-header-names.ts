/**
 * The names of SIP header fields: compact forms, one lower-case key per field for look-ups, and the spelling we write.
 * Called by the parser for every header line, so the common spellings are found in one table look-up.
 */

/** RFC 3261 section 7.3.3 and the later registrations that embedded peers use. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

const SPELLINGS = [
  'Accept',
  'Alert-Info',
  'Allow',
  'Allow-Events',
  'Authorization',
  'CSeq',
  'Call-ID',
  'Contact',
  'Content-Disposition',
  'Content-Encoding',
  'Content-Length',
  'Content-Type',
  'Date',
  'Diversion',
  'Event',
  'Expires',
  'From',
  'Max-Forwards',
  'Min-SE',
  'P-Asserted-Identity',
  'Privacy',
  'Proxy-Authenticate',
  'Proxy-Authorization',
  'Proxy-Require',
  'RAck',
  'RSeq',
  'Reason',
  'Record-Route',
  'Refer-To',
  'Referred-By',
  'Remote-Party-ID',
  'Require',
  'Retry-After',
  'Route',
  'Server',
  'Session-Expires',
  'Subject',
  'Supported',
  'To',
  'Unsupported',
  'User-Agent',
  'Via',
  'WWW-Authenticate',
  'Warning',
] as const;

const KEY_OF_SPELLING = new Map<string, string>();
const SPELLING_OF_KEY = new Map<string, string>();
for (const spelling of SPELLINGS) {
  const key = spelling.toLowerCase();
  KEY_OF_SPELLING.set(spelling, key);
  KEY_OF_SPELLING.set(key, key);
  SPELLING_OF_KEY.set(key, spelling);
}
for (const [short, key] of Object.entries(COMPACT)) {
  KEY_OF_SPELLING.set(short, key);
  KEY_OF_SPELLING.set(short.toUpperCase(), key);
}

/** The look-up key of a header name in any spelling: `v`, `VIA` and `Via` all give `via`. */
export function headerKey(name: string): string {
  const known = KEY_OF_SPELLING.get(name);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  return KEY_OF_SPELLING.get(lower) ?? lower;
}

/** The long, usual spelling of a known header; an unknown name keeps the spelling it was given. */
export function headerSpelling(name: string): string {
  return SPELLING_OF_KEY.get(headerKey(name)) ?? name;
}
