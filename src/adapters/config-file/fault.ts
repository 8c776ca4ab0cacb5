/** What is wrong with one field of a configuration file: where it stands, what was found there, what is expected. */
export interface Fault {
  /** For example `campaigns[0].maxHoldMs`. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
}

const MAX_SHOWN = 80;
const PLAIN_KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,63}$/;
/** Fields whose value never reaches a terminal or a log. */
const SECRET = /(^|\.)(credentials|headers|settings|secret)(\.|\[|$)/;
/** The query of a URL often carries a key. */
const URL_FIELD = /\.(url|postUrl)$/;

export function fieldPath(path: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${path}[${cut(JSON.stringify(key))}]`;
  return path === '' ? key : `${path}.${key}`;
}

function cut(text: string): string {
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN)}...`;
}

/** What stands at `path`, in words for a terminal: escaped, cut, and without secrets. */
export function describeFound(value: unknown, path: string): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  if (typeof value === 'string' && value !== '' && SECRET.test(path)) return 'a text that is not shown';
  if (typeof value === 'string' && URL_FIELD.test(path)) return cut(JSON.stringify(value.replace(/\?.*$/s, '?...')));
  return cut(JSON.stringify(value));
}

export function faultAt(path: string, value: unknown, expected: string): Fault {
  return { path: path === '' ? '(the document)' : path, found: describeFound(value, path), expected };
}

export function formatFault({ path, found, expected }: Fault): string {
  return `${path}: found ${found}, expected ${expected}`;
}
