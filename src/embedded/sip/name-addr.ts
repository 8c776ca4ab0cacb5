/**
 * Header values that hold an address: From, To, Contact, Route, Record-Route, Refer-To (RFC 3261 section 20.10), and parameter
 * lists such as Session-Expires. One pass over the text, no regular expressions; what cannot be understood is undefined.
 */

export interface NameAddr {
  /** Quotes and escapes removed. */
  readonly displayName: string;
  /** What stood between the angle brackets, or the bare addr-spec. */
  readonly uri: string;
  /** Header parameters; a parameter without a value has ''. Names are lower case. */
  readonly params: ReadonlyMap<string, string>;
}

/** Parses one name-addr or addr-spec with its header parameters. */
export function parseNameAddr(value: string): NameAddr | undefined {
  const open = indexOutsideQuotes(value, '<');
  if (open < 0) {
    // RFC 3261 section 20.10: without angle brackets every parameter belongs to the header, not to the URI.
    const semicolon = value.indexOf(';');
    const uri = (semicolon < 0 ? value : value.slice(0, semicolon)).trim();
    if (!hasScheme(uri)) return undefined;
    return { displayName: '', uri, params: parseParams(value, semicolon) };
  }
  const close = value.indexOf('>', open);
  if (close < 0) return undefined;
  const uri = value.slice(open + 1, close).trim();
  if (!hasScheme(uri)) return undefined;
  const rest = value.indexOf(';', close);
  return { displayName: unquote(value.slice(0, open).trim()), uri, params: parseParams(value, rest) };
}

/** The `tag` parameter of a From or To value, undefined when there is none. */
export function tagOf(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  return parseNameAddr(value)?.params.get('tag');
}

/** Parses `;name=value;flag` from the semicolon at `from` on; -1 gives no parameters. Quoted values lose their quotes. */
export function parseParams(value: string, from: number): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  let at = from;
  while (at >= 0 && at < value.length) {
    const end = nextSemicolon(value, at + 1);
    const equals = value.indexOf('=', at + 1);
    const hasValue = equals >= 0 && equals < end;
    const name = value
      .slice(at + 1, hasValue ? equals : end)
      .trim()
      .toLowerCase();
    if (name !== '' && !params.has(name))
      params.set(name, hasValue ? unquote(value.slice(equals + 1, end).trim()) : '');
    at = end < value.length ? end : -1;
  }
  return params;
}

function nextSemicolon(value: string, from: number): number {
  let quoted = false;
  for (let at = from; at < value.length; at += 1) {
    const char = value[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === ';' && !quoted) return at;
  }
  return value.length;
}

function indexOutsideQuotes(value: string, wanted: string): number {
  if (!value.includes('"')) return value.indexOf(wanted);
  let quoted = false;
  for (let at = 0; at < value.length; at += 1) {
    const char = value[at];
    if (quoted && char === '\\') at += 1;
    else if (char === '"') quoted = !quoted;
    else if (char === wanted && !quoted) return at;
  }
  return -1;
}

/** RFC 3986 section 3.1: a letter, then letters, digits, `+`, `-`, `.`, up to a colon. */
function hasScheme(uri: string): boolean {
  const colon = uri.indexOf(':');
  if (colon < 1 || colon > 32) return false;
  for (let at = 0; at < colon; at += 1) {
    const char = uri.charCodeAt(at) | 0x20;
    const isLetter = char >= 0x61 && char <= 0x7a;
    const isOther = at > 0 && '0123456789+-.'.includes(uri.charAt(at));
    if (!isLetter && !isOther) return false;
  }
  return true;
}

function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"') || !text.endsWith('"')) return text;
  const inner = text.slice(1, -1);
  return inner.includes('\\') ? inner.replace(/\\(.)/gs, '$1') : inner;
}
