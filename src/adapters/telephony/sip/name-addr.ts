/**
 * Reads From, To, Contact, P-Asserted-Identity and Record-Route values (RFC 3261 section 20.10) of hostile peers: it never throws and
 * gives null for what is not there. Used for the facts of an INVITE and for the journal of a dialog.
 */
export interface NameAddr {
  readonly displayName: string | null;
  readonly uri: string;
  /** Header parameters, names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const BRACKETED = /^\s*(?:"((?:[^"\\]|\\.)*)"|([^<"]*?))\s*<([^<>]*)>(.*)$/s;

/** The first value of a header that may hold several. */
export function readNameAddr(header: string | undefined): NameAddr | null {
  if (header === undefined || header.length > 4_096) return null;
  const match = BRACKETED.exec(header);
  if (match !== null) {
    const displayName = (match[1]?.replace(/\\(.)/gs, '$1') ?? match[2] ?? '').trim();
    return {
      displayName: displayName === '' ? null : displayName,
      uri: (match[3] ?? '').trim(),
      parameters: readParameters(firstOf(match[4] ?? '')),
    };
  }
  const [uri = '', ...rest] = firstOf(header).split(';');
  return uri.trim() === ''
    ? null
    : { displayName: null, uri: uri.trim(), parameters: readParameters(`;${rest.join(';')}`) };
}

/** User part of a sip, sips or tel URI, without its parameters and password; empty when it has none. */
export function userOf(uri: string): string {
  const match = /^(?:sips?|tel):([^@]*)(@?)/i.exec(uri.trim());
  if (match === null) return '';
  if (match[2] === '' && !/^tel:/i.test(uri)) return '';
  const user = (match[1] ?? '').split(/[;:]/)[0] ?? '';
  try {
    return decodeURIComponent(user);
  } catch {
    return user;
  }
}

/** The values of a header such as Record-Route, in order, split at the commas that stand outside of brackets and quotes. */
export function splitValues(header: string | undefined): string[] {
  const values = header?.match(/(?:"(?:[^"\\]|\\.)*"|<[^<>]*>|[^,"<]|["<])+/gs) ?? [];
  return values.map((value) => value.trim()).filter((value) => value !== '');
}

function firstOf(text: string): string {
  return splitValues(`x${text}`)[0]?.slice(1) ?? '';
}

function readParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (const match of text.matchAll(/;\s*([^\s=;,]+)(?:\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,]*))?/gs)) {
    parameters.set((match[1] ?? '').toLowerCase(), (match[2] ?? '').replace(/^"(.*)"$/s, '$1'));
  }
  return parameters;
}
