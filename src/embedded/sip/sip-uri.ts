/**
 * SIP URIs (RFC 3261 section 19.1.1) as far as routing needs them: host, port, transport, `lr`. Parsed by hand in one pass; any
 * other scheme, or a host that is none, gives undefined.
 */
import { parseParams } from './name-addr.js';

export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** As written, escapes kept; undefined when the URI has no user part. */
  readonly user: string | undefined;
  /** Lower case; an IPv6 literal without its brackets. */
  readonly host: string;
  /** 0 when the URI names none. */
  readonly port: number;
  readonly params: ReadonlyMap<string, string>;
  /** What stood after `?`, or ''. */
  readonly headers: string;
}

export function parseSipUri(text: string): SipUri | undefined {
  const colon = text.indexOf(':');
  const scheme = text.slice(0, colon).toLowerCase();
  if (scheme !== 'sip' && scheme !== 'sips') return undefined;
  const at = userEnd(text, colon + 1);
  const hostFrom = at < 0 ? colon + 1 : at + 1;
  const question = text.indexOf('?', hostFrom);
  const end = question < 0 ? text.length : question;
  let semicolon = text.indexOf(';', hostFrom);
  if (semicolon < 0 || semicolon > end) semicolon = -1;
  const hostPort = parseHostPort(text.slice(hostFrom, semicolon < 0 ? end : semicolon));
  if (hostPort === undefined) return undefined;
  const password = at < 0 ? -1 : text.indexOf(':', colon + 1);
  return {
    scheme,
    user: at < 0 ? undefined : text.slice(colon + 1, password >= 0 && password < at ? password : at),
    ...hostPort,
    params: parseParams(text.slice(0, end), semicolon),
    headers: question < 0 ? '' : text.slice(question + 1),
  };
}

/** The `@` that ends the user part: it may follow `;` and `?` that belong to the user, but no second one may come. */
function userEnd(text: string, from: number): number {
  return text.indexOf('@', from);
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`; port 0 when absent. Undefined when either is not allowed by the grammar. */
export function parseHostPort(text: string): { host: string; port: number } | undefined {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    const close = trimmed.indexOf(']');
    if (close < 2) return undefined;
    const port = parsePort(trimmed.slice(close + 1));
    const host = trimmed.slice(1, close).toLowerCase();
    return port === undefined || !isMadeOf(host, '0123456789abcdef:.') ? undefined : { host, port };
  }
  const colon = trimmed.indexOf(':');
  const host = (colon < 0 ? trimmed : trimmed.slice(0, colon)).trimEnd().toLowerCase();
  const port = colon < 0 ? 0 : parsePort(trimmed.slice(colon));
  if (host === '' || port === undefined || !isMadeOf(host, 'abcdefghijklmnopqrstuvwxyz0123456789-._')) return undefined;
  return { host, port };
}

function parsePort(text: string): number | undefined {
  if (text === '') return 0;
  if (!text.startsWith(':')) return undefined;
  const digits = text.slice(1).trim();
  if (digits === '' || digits.length > 5 || !isMadeOf(digits, '0123456789')) return undefined;
  const port = Number(digits);
  return port > 65_535 ? undefined : port;
}

function isMadeOf(text: string, alphabet: string): boolean {
  for (const char of text) if (!alphabet.includes(char)) return false;
  return true;
}

/** A host as it stands in a URI or a Via: IPv6 literals in brackets. */
export function formatHost(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

export function formatHostPort(host: string, port: number): string {
  return `${formatHost(host)}:${port}`;
}
